"""The normal form of a post."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.text import LIMIT, brand_name, normalise, own_key, pair, plain


@pytest.mark.parametrize("written", ["kestrelo", "Kestrelo", "KESTRELO", "@Kestrelo", "#kestrelo", "@KestreloHelp"])
def test_the_brand_is_one_word_however_it_is_typed(written: str) -> None:
    """Case, @ and # before the brand's name, and its support handle, read the same."""
    assert normalise(f"{written} is down", "Kestrelo") == "@brand is down"


@pytest.mark.parametrize("brand", ["Kestrelo", "@kestrelo", "KESTRELO", " #Kestrelo "])
def test_the_configured_brand_is_one_word_too(brand: str) -> None:
    """The brand may be configured in any spelling."""
    assert pair("Kestrelo is down", brand) == ("kestrelo", "@brand is down")


def test_a_brand_of_two_words_is_found_joined_and_apart() -> None:
    """A brand's handle has no space, its name has."""
    assert normalise("Blue Heron late, @BlueHeron!", "Blue Heron") == "@brand late, @brand!"


def test_strangers_become_user() -> None:
    """Other people's names are not kept, on any network; mail addresses are no names."""
    assert normalise("@ana @bo@mast.example ask x@kest.example", "Kestrelo") == "@user @user ask x@kest.example"


def test_a_short_brand_claims_no_strangers() -> None:
    """A brand of two letters does not own every handle that begins with them."""
    assert normalise("@okapi ok OK", "ok") == "@user @brand @brand"


def test_a_brand_within_a_word_stays() -> None:
    """Only whole words are the brand."""
    assert normalise("kestrelolike", "Kestrelo") == "kestrelolike"


def test_urls_entities_and_emoji_become_words() -> None:
    """The base model's vocabulary has none of them."""
    assert normalise("a &amp; b https://x.example/y?z=1 😭") == "a & b http loudly crying face"


def test_skin_colour_is_not_read() -> None:
    """The tone of an emoji's skin must not bear on a decision."""
    assert normalise("ok 👍🏿") == normalise("ok 👍🏻") == normalise("ok 👍")


def test_hidden_characters_are_dropped() -> None:
    """Zero-width, bidirectional and control characters and lone surrogates say nothing and break things."""
    assert normalise("ca\u200bnc\u202eel\x00 \ud800me\nnow") == "cancel me now"


def test_shouting_is_folded() -> None:
    """More than three of the same sign or letter are three."""
    assert normalise("soooooo bad!!!!!!!") == "sooo bad!!!"


def test_a_huge_post_costs_little() -> None:
    """100 kB of anything is cut before the work begins."""
    began = time.perf_counter()
    for part in ("a", "@", "😀", "&amp;", "\ufdfa", "@a.", ":a"):
        assert len(normalise(part * 50_000, "Kestrelo")) <= LIMIT
    assert time.perf_counter() - began < 2


def test_bare_names_drop_the_desk() -> None:
    """A brand and its help desk are the same brand."""
    assert own_key("@KestreloSupport") == own_key("Kestrelo") == "kestrelo"
    assert own_key("Support") == "support"
    assert brand_name("@Kestrelo") == "kestrelo"


def test_other_models_keep_emoji() -> None:
    """Somebody else's checkpoint gets a plain text: names and URLs masked, emoji kept."""
    assert plain("@ana see http://x.example 😭\u202e") == "@user see http 😭"


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=300), st.text(st.characters(), max_size=30))
def test_any_text_has_a_normal_form(text: str, brand: str) -> None:
    """No string raises, and the result can be encoded."""
    assert len("".join(pair(text, brand)).encode()) >= 0
