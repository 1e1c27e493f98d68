"""Contacts: addresses and times as customers give them, and whether it is a time to call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contact import (
    MOST_WINDOWS,
    WORDS,
    Contact,
    ContactKind,
    NewContact,
    Why,
    calling,
    read_email,
    read_windows,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def contact(zone: str = "Europe/Berlin", *windows: str) -> Contact:
    """A number that was given this noon."""
    return Contact(
        "k-1", "case-1", ContactKind.PHONE, "de", zone, windows, NOON, NOON + timedelta(days=7), None, None, ""
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Eva.Quist@Example.COM ", "Eva.Quist@example.com"),
        ("a+b_c@sub.example.co.uk", "a+b_c@sub.example.co.uk"),
        ("eva", None),
        ("eva@localhost", None),
        ("@example.com", None),
        ("eva@example..com", None),
        (".eva@example.com", None),
        ("eva.@example.com", None),
        ("eva@-example.com", None),
        ("eva@example.com\nBcc: all@example.com", None),
        ("eva@exam ple.com", None),
        ('"<script>"@example.com', None),
        ("a" * 65 + "@example.com", None),
        ("eva@" + "a." * 130 + "com", None),
        ("", None),
    ],
)
def test_addresses(text: str, address: str | None) -> None:
    """What can be written to is taken, with its domain in small letters; what is a trick is not."""
    assert read_email(text) == address


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_none(text: str) -> None:
    """Nothing that a visitor types is an error of ours."""
    assert read_email(text) is None or "@" in text


def test_windows_are_sorted_and_each_stands_once() -> None:
    """Their order on the form does not matter."""
    late, early = "2026-11-22 09:00-12:00", "2026-11-21 14:00-18:00"
    assert read_windows([late, early, f" {late} "]) == (early, late)
    assert read_windows([]) == ()


@pytest.mark.parametrize(
    "window",
    ["tomorrow", "2026-11-21", "2026-11-21 12:00-09:00", "2026-11-21 09:00-09:00", "2026-02-30 09:00-12:00",
     "2026-11-21 25:00-26:00", "2026-11-21 09:00-12:00 <b>"],
)  # fmt: skip
def test_what_is_no_window_is_refused(window: str) -> None:
    """Days that do not exist, spans that end before they begin, and anything written behind."""
    with pytest.raises(ValueError):
        read_windows([window])


def test_a_customer_names_a_few_windows_only() -> None:
    """A form with a thousand is not kept."""
    with pytest.raises(ValueError, match="more than"):
        read_windows(f"2026-11-21 09:{minute:02}-12:00" for minute in range(MOST_WINDOWS + 1))


@pytest.mark.parametrize(("hour", "allowed"), [(7, False), (8, True), (18, True), (19, False), (23, False)])
def test_hours_are_those_of_the_customers_clock(hour: int, allowed: bool) -> None:
    """9 to 20 in Berlin is 8 to 19 in UTC; the last minute is before the end."""
    assert calling(contact(), "09:00", "20:00", NOON.replace(hour=hour)).allowed is allowed


def test_what_the_customer_wants_is_told_apart_from_what_is_allowed() -> None:
    """Within the hours but outside of their own times: allowed, not wanted."""
    one = contact("Europe/Berlin", "2026-11-21 14:00-16:00")
    assert calling(one, "09:00", "20:00", NOON) == calling(one, "09:00", "20:00", NOON)
    assert (calling(one, "09:00", "20:00", NOON).allowed, calling(one, "09:00", "20:00", NOON).wanted) == (True, False)
    assert calling(one, "09:00", "20:00", NOON + timedelta(hours=1)).wanted


@pytest.mark.parametrize("zone", ["", "Nowhere/At_All", "../../etc/passwd", "\x00"])
def test_an_unknown_zone_says_nothing_about_the_hours(zone: str) -> None:
    """Then there is no local time, and the agent is to ask."""
    assert calling(contact(zone), "09:00", "20:00", NOON).local is None


def test_every_refusal_has_words() -> None:
    """And a new contact does not show its number."""
    assert set(WORDS) == set(Why)
    assert "170" not in repr(NewContact(ContactKind.PHONE, "+491701234567"))
