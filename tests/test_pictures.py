"""The pictures in the documentation show what the code draws, and their HTML obeys no stranger."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from docs.blockkit import message, page
from docs.pictures import FOLDER
from docs.scenes import OPEN, READER, scenes
from responders.slack.card import blocks

LARGEST = 150_000
"""Bytes of a picture."""


@pytest.mark.parametrize("name", sorted(scenes()))
def test_every_scene_has_its_picture(name: str) -> None:
    """Each scene can be drawn, and a picture of it that is not too large lies with the documentation."""
    assert "Kestrelo" in scenes()[name] or "kestrelo" in scenes()[name] or "Mara" in scenes()[name]
    picture = FOLDER / f"{name}.png"
    assert 1_000 < picture.stat().st_size <= LARGEST


def test_every_picture_is_shown_and_small() -> None:
    """Each picture stands on a page with words for who cannot see it, and each that a page names is there."""
    told = {path: path.read_text("utf-8") for path in (*FOLDER.parent.glob("*.md"), FOLDER.parents[1] / "README.md")}
    named = re.compile(r'(?:!\[[^\]]+\]\(|<img src=")([\w/]*images/[\w-]+\.(?:png|svg))')
    shown = {(path.parent / name).resolve() for path, text in told.items() for name in named.findall(text)}
    there = {path.resolve() for path in FOLDER.iterdir()}
    assert shown == there
    assert [path.name for path in there if path.suffix == ".png" and path.stat().st_size > LARGEST] == []
    assert [img for text in told.values() for img in re.findall(r"<img [^>]*>", text) if 'alt="' not in img] == []


def test_no_post_becomes_markup_of_the_page() -> None:
    """Tags, Slack's signs and stars in a post are shown letter by letter."""
    post = "<script>alert(1)</script> <!channel> *x* &amp;"
    html = page(message(blocks(replace(OPEN, text=post, author=post, title=post)), "14:50", READER))
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;!channel&gt; *x* &amp;amp;" in html


def test_moments_are_the_readers_own() -> None:
    """A deadline is shown in the zone of whoever reads the card."""
    assert "15:20 today" in message(blocks(OPEN), "14:50", READER)
