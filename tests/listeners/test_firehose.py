"""The first pass over raw frames: it may keep too much, and never loses what a brand's own matcher would find."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listeners.bluesky.firehose import Sieve, plainest
from listeners.bluesky.wire import DELETED
from listeners.matching.matcher import Matcher
from models.fold import fold
from models.settings.sections import Brand

LETTERS = 'kestrlo KESTRLO ké\u0301ſＫ𝐊ΚкеЕоѕ\u200b\u00adßẞİıŁ東京ガがﾊﾟ😀#_-.&<>"\\/\n\u2028Σς'
TERMS = ("kestrelo", "Straße", "AT&T", "東京ガス", "Łódź", "Сбер")
SIEVE = Sieve(Matcher.of(Brand(name="K", terms=list(TERMS))).literals(), [DELETED, "did:plc:Own"])


def frame(text: str, *, ascii_only: bool = False, **more: object) -> bytes:
    """A frame of the stream with this text."""
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "record": {"text": text}} | more
    return json.dumps({"did": "did:plc:ines", "commit": commit}, ensure_ascii=ascii_only).encode("utf-8", "replace")


@pytest.mark.parametrize("ascii_only", [False, True], ids=["as itself", "escaped"])
@pytest.mark.parametrize(
    "text",
    [
        "my Kestrelo is down",
        "KESTRELO!!",
        "Késtrélo",
        "Kes\u200btrelo",
        "Ｋｅｓｔｒｅｌｏ",
        "𝐊𝐞𝐬𝐭𝐫𝐞𝐥𝐨",
        "Kеstrelо with Cyrillic letters",
        "#KestreloFail",
        "line\nkestrelo",
        'said "kestrelo"',
        "die STRASSE",
        "AT&T again",
        "東京ガスの請求",
        "Lodz",
        "Сбер не работает",
        "сбер опять лежит",
    ],
)
def test_every_way_to_write_a_name_passes(text: str, ascii_only: bool) -> None:
    """Case, accents, invisible signs, look-alikes, other scripts and escaped signs all pass, as UTF-8 and as codes."""
    assert SIEVE(frame(text, ascii_only=ascii_only))


@pytest.mark.parametrize("text", ["my phone is down", "é ü ñ 😀", "東京", 'quoted "delete"', "ガガガ"])
def test_others_are_left_out(text: str) -> None:
    """A post that names nobody is not read, and cannot pass for a deletion by its words."""
    assert not SIEVE(frame(text))
    assert not SIEVE(frame(text, ascii_only=True))


def test_deletions_and_ids_pass() -> None:
    """A frame without words passes where it deletes, or where it names the brand's own account, whatever its case."""
    assert SIEVE(frame("", operation="delete"))
    assert SIEVE(frame("hello", record={"text": "hello", "reply": "at://did:plc:own/app.bsky.feed.post/1"}))


def test_a_name_that_json_writes_otherwise_is_found_by_its_longest_part() -> None:
    """Quotes, slashes and backslashes stand in JSON in other ways; a name of nothing else lets everything pass."""
    assert Sieve(["ac/dc-shop"])(json.dumps({"text": "ac/dc-shop"}).replace("/", "\\/").encode())
    assert Sieve(['"'])(b'{"text": "anything"}')
    assert not Sieve([])(b'{"text": "anything"}')


def test_what_is_no_json_or_no_utf8_is_looked_at_all_the_same() -> None:
    """A broken frame is a matter for who reads it."""
    assert SIEVE(b'{"text": "kestrelo \\u00')
    assert SIEVE(b"\xff\xfe kestrelo")
    assert not SIEVE(b"\xff\xfe \\ud800")


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from(LETTERS), max_size=40), st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
def test_what_stands_in_folded_text_stands_in_the_plainest_too(text: str, more: str) -> None:
    """Whatever `fold` leaves of a text, the way of the first pass leaves the same of it, piece by piece."""
    for said in (text, more, text + more):
        folded = fold(said)
        for start in range(0, len(folded), 3):
            assert plainest(folded[start : start + 5]) in plainest(said)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from(LETTERS), max_size=30), st.sampled_from(TERMS), st.booleans())
def test_whatever_the_matcher_finds_has_passed(around: str, term: str, ascii_only: bool) -> None:
    """The sieve is never stricter than the matcher whose words it has."""
    matcher = Matcher.of(Brand(name="K", terms=list(TERMS)))
    for text in (around, f"{around} {term} {around}", f"{around}{term}"):
        assert not matcher.find(text) or SIEVE(frame(text, ascii_only=ascii_only))
