"""Numbers: read as people write them; those that are not a person's own line in a country that is called are not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.phone import Fault, Number, PhoneFault, read_number, shown


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("0170 1234567", "DE", "+491701234567"),
        ("+49 (0)170 / 123-45-67", "", "+491701234567"),
        ("0049 170 1234567", "", "+491701234567"),
        ("0049 170 1234567", "FR", "+491701234567"),
        ("06 12 34 56 78", "fr", "+33612345678"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("tel:+34 612 34 56 78", "", "+34612345678"),
        ("٠١٧٠ ١٢٣٤٥٦٧", "DE", "+491701234567"),
    ],
)
def test_numbers_as_people_write_them(text: str, region: str, e164: str) -> None:
    """Blanks, brackets, dashes, other digits, and a country either said or known."""
    number = read_number(text, region)
    assert isinstance(number, Number)
    assert number.e164 == e164


@pytest.mark.parametrize(
    ("text", "region", "fault"),
    [
        ("", "DE", Fault.MISSING),
        ("   ", "DE", Fault.MISSING),
        ("0170 1234567", "", Fault.NO_COUNTRY),
        ("0170 1234567", "XX", Fault.NO_COUNTRY),
        ("0170 1234", "DE", Fault.INVALID),
        ("0170 12", "DE", Fault.SHORT),
        ("+49 170 12345678901234", "", Fault.INVALID),
        ("call me maybe", "DE", Fault.INVALID),
        ("<script>alert(1)</script>", "DE", Fault.INVALID),
        ("\x00" * 10, "DE", Fault.INVALID),
        ("1" * 5000, "DE", Fault.INVALID),
        ("+999 123456789", "", Fault.INVALID),
        ("0900 1123456", "DE", Fault.KIND),
        ("+1 900 555 0123", "", Fault.KIND),
        ("0180 5123456", "DE", Fault.KIND),
        ("0845 464 0000", "GB", Fault.KIND),
        ("070 1234 5678", "GB", Fault.KIND),
        ("+44 7640 123456", "", Fault.KIND),
        ("+800 1234 5678", "", Fault.KIND),
        ("0800 1111111", "DE", Fault.KIND),
        ("+979 123 456 789", "", Fault.KIND),
        ("+8816 1234 5678", "", Fault.COUNTRY),
        ("112", "DE", Fault.SHORT),
        ("110", "DE", Fault.SHORT),
        ("911", "US", Fault.SHORT),
        ("9 1 1", "", Fault.SHORT),
        ("116 117", "DE", Fault.SHORT),
        ("+44 20 7946 0958 ext. 5", "", Fault.EXTENSION),
    ],
)
def test_what_is_not_called(text: str, region: str, fault: Fault) -> None:
    """Each fault has its own name, under which the page finds its sentence."""
    found = read_number(text, region)
    assert found == PhoneFault(fault)
    assert found.key == f"number_{fault}"


def test_only_the_countries_that_are_called() -> None:
    """With a list, every other country is refused, also one that shares its number; without one, all are taken."""
    assert read_number("+41 44 668 18 00", "DE", ["DE", "AT"]) == PhoneFault(Fault.COUNTRY)
    assert read_number("+1 876 953 2000", "US", ["US"]) == PhoneFault(Fault.COUNTRY)
    assert isinstance(read_number("+41 44 668 18 00", "DE", ["CH"]), Number)
    assert isinstance(read_number("+41 44 668 18 00", "DE"), Number)


@pytest.mark.parametrize(
    ("text", "zone"),
    [("+491701234567", "Europe/Berlin"), ("+442079460958", "Europe/London"), ("+14155552671", "America/Los_Angeles")],
)
def test_the_clock_of_a_number(text: str, zone: str) -> None:
    """Where all of its time zones show the same time, that is the zone."""
    number = read_number(text, "")
    assert isinstance(number, Number)
    assert number.zone == zone


def test_a_number_of_several_clocks_has_none() -> None:
    """A Portuguese mobile may be on the Azores: the page has to ask."""
    number = read_number("+351 912 345 678", "")
    assert isinstance(number, Number)
    assert number.zone == ""
    assert set(number.zone_names) == {"Atlantic/Azores", "Europe/Lisbon"}


def test_a_number_is_shown_as_people_read_it_and_never_by_its_repr() -> None:
    """The card's form has blanks; a log has nothing."""
    assert shown("+491701234567") == "+49 170 1234567"
    assert shown("rubbish") == "rubbish"
    assert "170" not in repr(read_number("+491701234567", ""))


@given(st.text(max_size=60), st.sampled_from(["", "DE", "US", "GB", "001", "zz", "\x00"]))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_number_or_a_fault(text: str, region: str) -> None:
    """Nothing that a visitor types is an error of ours."""
    assert isinstance(read_number(text, region), Number | PhoneFault)
