"""A brand's words are found however people write them, and nothing else is; each find says which entry, and where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from listeners.matching.matcher import Match, Matcher
from models.fold import fold
from models.settings.sections import Brand


def matcher(*terms: str, channel: str = "", **more: Any) -> Matcher:
    """The matcher of a brand with these terms."""
    return Matcher.of(Brand.model_validate({"name": "Kestrelo", "terms": list(terms)} | more), channel)


def found(text: str, *terms: str, lang: str | None = None, channel: str = "", **more: Any) -> bool:
    """Whether the terms find the text."""
    return matcher(*terms, channel=channel, **more).find(text, lang) is not None


@pytest.mark.parametrize(
    "text",
    [
        "K\u0435strelo is down",  # a Cyrillic e
        "К\u0435str\u0435l\u043e",
        "ᴋᴇsᴛʀᴇʟᴏ",
        "🅺🅴🆂🆃🆁🅴🅻🅾",
        "Ⓚⓔⓢⓣⓡⓔⓛⓞ",
        "это K\u0435strelo не работает",
        "Kestreloが動かない",
        "私のKestreloが",
        "Kestrelo가 안 돼요",
        "🔥Kestrelo🔥",
        "#KestreloFail",
        "#MyKestrelo",
        "#my_kestrelo",
        "#kestrelo2026",
        "#KESTRELOFail",
        "\uff03KestreloDown",
        "#K\u0435streloFail",
    ],
)
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    """Look-alikes, letters drawn as signs, scripts without blanks, and hashtags in capitals hide no name."""
    assert found(text, "kestrelo")


@pytest.mark.parametrize("text", ["kestrelofail", "#kestrelofail", "@KestreloFail", "mykestrelo", "kestrelo_help"])
def test_longer_words_are_other_words(text: str) -> None:
    """Without capitals nobody can tell where a word in a hashtag ends, and a handle is a name of its own."""
    assert not found(text, "kestrelo")
    assert found(text, "*kestrelo*")


def test_a_star_leaves_a_word_open() -> None:
    """With a * a word may go on, at the end or at the beginning."""
    assert found("kestrelon palvelu", "kestrelo*")
    assert not found("mykestrelo", "kestrelo*")
    assert found("mykestrelo", "*kestrelo")
    assert found("#MyKestrelofail", "kestrelo*")


def test_words_in_a_hashtag() -> None:
    """A name of several words is found run together in a hashtag, and a name with a capital inside is one word."""
    assert found("#CafeKestrel", "Café Kestrel")
    assert found("#cafekestrel", "Café Kestrel")
    assert found("#cafe_kestrel again", "Café Kestrel")
    assert found("#MyYouTubeDown", "YouTube")
    assert not found("#CafeKestrel", "Kestrel Café")
    assert not found("cafekestrel", "Café Kestrel")


def test_a_script_of_its_own_stays() -> None:
    """A Russian word is not taken for a Latin one that looks like it, nor a Cyrillic name lost beside Latin words."""
    assert not found("Это просто сор", "cop")
    assert found("\u0421\u043e\u0440 is here", "cop")  # all letters Cyrillic, the text English
    assert found("КОСМО не работает", "Космо")
    assert found("космо down", "Космо")
    assert found("космо не работает, down", "Космо")


@pytest.mark.parametrize(
    ("text", "there"),
    [("Shell is closed", True), ("a shell", False), ("SHELL", False), ("Shells", False), ("(Shell)", True)],
)
def test_in_quotes_the_writing_counts(text: str, there: bool) -> None:
    """In quotes a term is found only as it is written."""
    assert found(text, '"Shell"') is there


def test_accents_count_in_quotes() -> None:
    """With and without accents are different words in quotes, in whichever form the accent is encoded."""
    assert found("cafe\u0301 Kestrel", '"café Kestrel"')
    assert not found("cafe Kestrel", '"café Kestrel"')
    assert not found("café", '"cafe"')
    assert found("Sh\u0435ll", "“Shell”")


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("Shell petrol", True),
        ("petrol at Shell", True),
        ("Shell, of all places, sells petrol", False),
        ("Shell sells only petrol", True),
        ("petrol. Later, Shell.", True),
        ("Shell", False),
        ("shell petrol", False),
        ("petrol far away from any Shell, Shell petrol", True),
        ("#PetrolPrices at Shell", True),
    ],
)
def test_two_words_near_each_other(text: str, there: bool) -> None:
    """NEAR finds two terms in any order, at most so many words from one another."""
    assert found(text, '"Shell" NEAR/3 petrol') is there


def test_near_the_same_word() -> None:
    """A word is not near itself."""
    assert not found("apple", "apple NEAR/5 app*")
    assert found("apple apps", "apple NEAR/5 app*")


@pytest.mark.parametrize("text", ["so 👍🏽!", "👍", "ok👍ok"])
def test_emoji(text: str) -> None:
    """An emoji is found in every colour, and whatever stands beside it."""
    assert found(text, "👍🏿")


def test_a_family_is_one_emoji() -> None:
    """An emoji of several is found as it is."""
    assert found("us 👨‍👩‍👧 there", "👨‍👩‍👧")
    assert found("❤ it", "❤️")


def test_excluded_words() -> None:
    """An excluded word hides a post, in every form that a term can have."""
    more = {"exclude": ["kite*", '"Bird"', "kestrelo NEAR/2 nest"]}
    assert not found("my kestrelo kites", "kestrelo", **more)
    assert not found("Bird kestrelo", "kestrelo", **more)
    assert found("bird kestrelo", "kestrelo", **more)
    assert not found("nest of a kestrelo", "kestrelo", exclude=["kestrelo NEAR/3 nest"])


def test_aliases() -> None:
    """An alias finds as a term does, and is named as what it is."""
    own = matcher("kestrelo", aliases=["the bird"])
    assert own.find("call The Bird") == Match("the bird", "aliases", 5, 13)


def test_words_of_a_language() -> None:
    """A language's terms hold in posts of that language, and where it is unknown; its exclusions only where known."""
    more = {"languages": {"de": {"terms": ["Falke"], "exclude": ["Turmfalke"]}}}
    own = matcher("kestrelo", **more)
    assert own.find("der Falke", "de") == Match("Falke", "languages.de.terms", 4, 9)
    assert all(own.find("der Falke", lang) for lang in ("de-AT", None, "und"))
    assert own.find("Falke", "en") is None
    assert own.find("kestrelo turmfalke", "de") is None
    assert all(own.find("kestrelo turmfalke", lang) for lang in (None, "en"))


def test_words_of_a_channel() -> None:
    """A channel's terms hold there and nowhere else."""
    more = {"channels": {"x": {"terms": ["$KSTR"], "exclude": ["giveaway"]}}}
    assert found("sell $kstr", "kestrelo", channel="x", **more)
    assert not found("sell $kstr", "kestrelo", channel="telegram", **more)
    assert not found("kestrelo giveaway", "kestrelo", channel="x", **more)
    assert found("kestrelo giveaway", "kestrelo", channel="telegram", **more)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("my Kestrelo!", "Kestrelo"),
        ("straße und Kestrelo", "Kestrelo"),
        ("ﬁne 𝐊𝐞𝐬𝐭𝐫𝐞𝐥𝐨 app", "𝐊𝐞𝐬𝐭𝐫𝐞𝐥𝐨"),
        ("so Ke\u0301strelo\u0301 then", "Ke\u0301strelo\u0301"),
        ("straße #MyKestreloFail!", "#MyKestreloFail"),
    ],
)
def test_where_it_stands(text: str, where: str) -> None:
    """A find says where in the text as it was written, whatever folding made of it."""
    one = matcher("kestrelo").find(text)
    assert one is not None
    assert text[one.start : one.end] == where


def test_every_entry_is_told() -> None:
    """All entries that find a text are told, in their order, whatever is excluded."""
    own = matcher("kestrelo", "app", "web", exclude=["kite"])
    assert [one.rule for one in own.every("app of kestrelo kite")] == ["kestrelo", "app"]
    assert own.excluded("app of kestrelo kite") == Match("kite", "exclude", 16, 20)


ENTRIES = ("kestrelo", "Café Kestrel", '"Shell"', '"Shell" NEAR/3 petrol', "*fail*", "AT&T", "космо", "👍", "$KSTR")
ALPHABET = st.sampled_from(
    [*"kestrelo Café#SPHN_&$*1\u0435\u0430\u0421\u043cß🅺👍\u0301\ud800\n", "Shell", "petrol", "fail"]
)


@given(st.lists(ALPHABET, max_size=30).map("".join))
@example("\ud800 AT&T")
def test_whatever_is_found_holds_a_literal(text: str) -> None:
    """A filter that looks for the literals in folded text loses nothing, and places lie in the text."""
    own = matcher(*ENTRIES)
    for one in own.every(text):
        assert any(literal in fold(text) for literal in own.literals())
        assert 0 <= one.start < one.end <= len(text)


def test_literals_are_plain_pieces() -> None:
    """The literals are folded, not empty, and without blanks."""
    literals = matcher(*ENTRIES).literals()
    assert all(literal and literal == fold(literal) and not any(map(str.isspace, literal)) for literal in literals)
    assert {"kestrelo", "kestrel", "shell", "petrol", "at&t"} <= set(literals)


def test_a_long_text_takes_little_time() -> None:
    """A text made to be slow is not: the work grows with its length."""
    own = matcher("apple NEAR/2 pie", "kestrelo", "*fail*")
    assert own.find("apple " * 4000 + "#A_b" * 4000 + "pie " + "apple" * 4000) is None
