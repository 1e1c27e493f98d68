"""Signs as each platform counts them."""

from __future__ import annotations

import pytest

from models.channel import Counting
from models.length import cut, fits, length
from models.manifests import MANIFESTS

FAMILY = "👨\u200d👩\u200d👧"

TWITTER_TEXT = [
    ("hello", 5),
    ("Käse über alles", 15),
    ("日本語です", 10),
    ("Sorry — we’re here “now”… 1–2", 30),
    ("👍🏽 👨\u200d👩\u200d👧 🇩🇪 1️⃣", 11),
    ("kestrelo.com is it", 29),
    ("mail help@kestrelo.com now", 26),
    ("cafe\u0301", 4),
    ("©®™ ok", 7),
    ("https://x.co", 23),
    ("a.b.c ok e.g. this", 18),
    ("한국어 테스트", 13),
    ("مرحبا بالعالم", 13),
    ("नमस्ते", 6),
    ("Zażółć", 6),
    ("\u200d", 1),
    ("line\nbreak", 10),
    ("❤️ ❤ ☎", 8),
    ("12:30 10.5 3.14", 15),
    ("www.kestrelo.co.uk!", 24),
    ("🤷🏻\u200d♀️", 2),
    ("see https://kestrelo.com/help/very/long/path?x=1&y=2.", 28),
]
"""Counted by twitter-text 3.1.0, ``parseTweet(text).weightedLength``."""


@pytest.mark.parametrize(("text", "signs"), TWITTER_TEXT)
def test_x_counts_as_its_own_library(text: str, signs: int) -> None:
    """Weighted signs: wide letters and emoji count twice, a link 23."""
    assert length(text, Counting.WEIGHTED) == signs


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("(https://kestrelo.com/a_(b)) end", 29),
        ("see https://kestrelo.example/help?x=1&y=2.", 42),
        ("https://münchen.de/straße x", 25),
    ],
)
def test_in_doubt_a_text_is_too_long(text: str, signs: int) -> None:
    """Where only X's own tables tell what is a link, no text is taken for shorter than X counts it."""
    assert length(text, Counting.WEIGHTED) >= signs


def test_the_others_count_in_their_own_way() -> None:
    """Mastodon: clusters, a link 23, an account without its server; Bluesky: clusters of ten bytes."""
    assert length("a\u0301" * 5, Counting.GRAPHEMES) == 5
    assert length(FAMILY, Counting.GRAPHEMES) == 2, "18 bytes"
    assert length(FAMILY, Counting.UTF16) == 8
    assert length(FAMILY, Counting.CHARACTERS) == 5
    assert length(FAMILY, Counting.BYTES) == 18
    assert length(f"{FAMILY} https://kestrelo.com/a/very/long/path/that/goes/on", Counting.LINKED) == 25
    assert length("@anna@social.example thanks, @ben", Counting.LINKED) == len("@anna thanks, @ben")


@pytest.mark.parametrize(
    ("channel", "counting"),
    [
        ("x", Counting.WEIGHTED),
        ("mastodon", Counting.LINKED),
        ("bluesky", Counting.GRAPHEMES),
        ("telegram", Counting.UTF16),
        ("matrix", Counting.BYTES),
        ("forum", Counting.CHARACTERS),
    ],
)
def test_a_channel_says_how_it_counts(channel: str, counting: Counting) -> None:
    """The way to count is the manifest's."""
    assert MANIFESTS[channel].counting is counting


LONG = [
    "plain words " * 60,
    FAMILY * 400,
    "日本語です。" * 100,
    "🇩🇪🇫🇷" * 200,
    "e\u0301" * 600,
    "see https://kestrelo.com/help " * 40,
    "kestrelo.com " * 80,
    "x" * 3000,
    "\ud800 lone halves \udc00 " * 40,
]


@pytest.mark.parametrize("counting", Counting)
@pytest.mark.parametrize("text", LONG)
def test_what_is_cut_fits_and_is_a_beginning(text: str, counting: Counting) -> None:
    """Every way of counting: what comes out fits, is the text's own beginning, and says that more was there."""
    for most in (1, 2, 24, 280, 500):
        short = cut(text, most, counting)
        assert fits(short, most, counting)
        assert text.startswith(short.removesuffix("…"))
        assert short == text or short.endswith("…") or not fits("…", most, counting)
    assert cut(text, 10**6, counting) == text


def test_a_cut_wastes_nothing_and_halves_nothing() -> None:
    """As much as fits stays; an emoji of several signs and a link stay whole or go."""
    assert cut("x" * 301, 300, Counting.GRAPHEMES) == "x" * 299 + "…"
    assert cut(FAMILY * 5, 17, Counting.UTF16) == FAMILY * 2 + "…"
    assert cut("look at https://kestrelo.com/a/long/way now", 30, Counting.CHARACTERS) == "look at…"
    assert cut("abc", 0, Counting.CHARACTERS) == ""
