"""Masking: what was found must not be readable afterwards."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.assessment import Pii
from models.mask import mask, mask_name


def test_each_span_becomes_its_kind() -> None:
    """Every span is replaced by its kind in brackets, whatever order they come in."""
    text = "call 555 or write a@b.de"
    assert mask(text, [Pii("email", 18, 24), Pii("phone", 5, 8)]) == "call [phone] or write [email]"


def test_nothing_found_changes_nothing() -> None:
    """A text without private data comes back as it was."""
    assert mask("no signal in Leeds", []) == "no signal in Leeds"


def test_overlapping_spans_all_vanish() -> None:
    """Where spans overlap, no character of either is left."""
    assert mask("abcdefgh", [Pii("card", 1, 5), Pii("phone", 3, 7), Pii("order", 2, 4)]) == "a[card]h"


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 1), (0, 99)])
def test_span_of_another_text_is_refused(start: int, end: int) -> None:
    """A span that does not fit the text is an error and never a half-masked text."""
    with pytest.raises(ValueError, match="outside a text of 5"):
        mask("hello", [Pii("card", start, end)])


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=6))
def test_no_masked_character_survives(spans: list[tuple[int, int]]) -> None:
    """For any spans, exactly the characters outside all of them are left, in order."""
    text = "".join(chr(0x4E00 + i) for i in range(60))
    covered = {i for start, size in spans for i in range(start, start + size)}
    masked = mask(text, [Pii("card", start, start + size) for start, size in spans])
    assert masked.replace("[card]", "") == "".join(char for i, char in enumerate(text) if i not in covered)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mara +44 7700 900123", "Mara [phone]"),
        ("Mara (0113) 496-0000 call me", "Mara [phone] call me"),
        ("07700900123", "[phone]"),
        ("mara.venn+k@home.example", "[email]"),
        ("Mara <m@a.example> / 0113 4960000", "Mara <[email]> / [phone]"),
        ("Mara 1987", "Mara 1987"),
        ("3 - 2 - - 1, go", "3 - 2 - - 1, go"),
        ("@mara@mast.example", "@mara@mast.example"),
        ("Mara @ home", "Mara @ home"),
        ("", ""),
    ],
)
def test_a_name_hides_numbers_and_addresses(name: str, shown: str) -> None:
    """Telephone numbers and e-mail addresses in a name are masked; years, scores and handles are not."""
    assert mask_name(name) == shown


@pytest.mark.parametrize("part", ["1", "1(", "(", "+(", "1 - ", "a", "a@", "a.", "a@a.", "@", "-", "1.a@"])
def test_a_hostile_name_takes_no_time(part: str) -> None:
    """Masking takes time in proportion to the length, whatever a name is made of."""
    start = time.perf_counter()
    mask_name(part * 100_000 + "!")
    assert time.perf_counter() - start < 2
