"""Signs as each platform counts them."""

from __future__ import annotations

import pytest

from responders.desk.lengths import length

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
    assert length("x", text) == signs


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
    assert length("x", text) >= signs


def test_the_others_count_in_their_own_way() -> None:
    """Mastodon: clusters, a link 23; Bluesky: clusters; Telegram: UTF-16; all others: code points."""
    family = "👨\u200d👩\u200d👧"
    assert length("bluesky", family) == 1
    assert length("telegram", family) == 8
    assert length("mastodon", f"{family} https://kestrelo.com/a/very/long/path/that/goes/on") == 25
    assert length("forum", family) == 5
