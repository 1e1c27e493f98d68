"""A brand's colour can be read, whatever it is, and its logo is what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.settings.page import Look
from responders.callback.looks import DARK, LIGHT, READABLE, contrast, dress, read_colour, readable, text_on

CHANNEL = st.integers(0, 255)


@given(st.tuples(CHANNEL, CHANNEL, CHANNEL))
def test_any_colour_can_be_read(colour: tuple[int, int, int]) -> None:
    """As a link by day and by night, and with words upon it, at WCAG's 4.5 to 1."""
    assert contrast(text_on(colour), colour) >= READABLE
    for paper in (LIGHT, DARK):
        assert contrast(readable(colour, paper), paper) >= READABLE


def test_contrast_is_wcags() -> None:
    """Black on white is 21; #767676 on white is the lightest grey that passes."""
    assert round(contrast((0, 0, 0), (255, 255, 255)), 2) == 21
    assert round(contrast(read_colour("#767676"), LIGHT), 2) == 4.54
    assert readable(read_colour("#1a5fb4"), LIGHT) == read_colour("#1a5fb4")


def test_the_sheets_own_colours_can_be_read() -> None:
    """What is not the brand's: text, hints and faults on paper, fields and quiet ground, by day and by night."""
    css = dress(Look()).style.body.decode()
    for scheme, text in (("light", css.split("@media")[0]), ("dark", css.split("@media")[1])):
        said = dict(re.findall(r"--(\w+): ?(#[0-9a-f]{3,6})", text))
        full = {
            name: value if len(value) == 7 else "#" + "".join(2 * sign for sign in value[1:])
            for name, value in said.items()
        }
        colours = {name: read_colour(value) for name, value in full.items()}
        for ground in ("paper", "field", "quiet"):
            for ink in ("ink", "soft", "fault"):
                assert contrast(colours[ink], colours[ground]) >= READABLE, (scheme, ink, ground)
            # 1.4.11: the edge of a field.
            assert contrast(colours["line"], colours[ground]) >= 3, (scheme, ground)


def test_a_sheets_name_changes_with_it() -> None:
    """So that it may be kept for ever."""
    one, other = dress(Look()).style, dress(Look(colour="#ff0000")).style
    assert one.name != other.name
    assert b"--button:#ff0000;--on-button:#000000" in other.body


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b'<?xml?><svg xmlns="">', "image/svg+xml"),
    ],
)
def test_a_logo_is_known_by_what_is_in_it(tmp_path: Path, body: bytes, kind: str) -> None:
    """Not by its name."""
    path = tmp_path / "logo.gif"
    path.write_bytes(body)
    logo = dress(Look(logo=str(path))).logo
    assert logo
    assert logo.kind == kind


@pytest.mark.parametrize(
    ("body", "fault"),
    [(b"<html>", "neither PNG, SVG nor WebP"), (b"\x89PNG\r\n\x1a\n" + b"x" * 200_000, "make it 200000 or less")],
)
def test_a_logo_that_cannot_be_served_is_named(tmp_path: Path, body: bytes, fault: str) -> None:
    """With what to do."""
    path = tmp_path / "logo.png"
    path.write_bytes(body)
    with pytest.raises(ValueError, match=fault):
        dress(Look(logo=str(path)))
    with pytest.raises(ValueError, match="cannot read"):
        dress(Look(logo=str(tmp_path / "none.png")))


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "www.example.com/privacy", "https://a b"]
)
def test_the_privacy_notice_is_a_web_address(address: str) -> None:
    """It becomes a link on a page where people type their number, so nothing else is taken; none at all is."""
    with pytest.raises(ValidationError, match="privacy"):
        Look.model_validate({"privacy": address})
    for good in ("", "https://www.example.com/privacy"):
        assert Look(privacy=good).privacy == good
