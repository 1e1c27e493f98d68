"""Folding makes the same of what people take for the same, of nothing else, and says where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fold import bare, fold, places_folded, places_written, written
from models.lookalikes import latin

STRANGE = (
    st.text(st.sampled_from("kKeо\u0435\u0421с\u043cЖßẞ🅺ᴋ\u0301İıﬁ𝐊あがᾳ\u200b\ud800 #1éŁ"), max_size=12) | st.text()
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Łódź", "lodz"),
        ("Ærø Straße", "aero strasse"),
        ("İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul"),
        ("ﾊﾞﾝｸ", "バンク"),
        ("がか", "がか"),
        ("केस्ट्रेल", "केस्ट्रेल"),
        ("❤️ 👍🏽", "❤ 👍"),
        ("K\ud800", "k\ufffd"),
    ],
)
def test_what_is_the_same(text: str, folded: str) -> None:
    """Accents, strokes and widths go; marks that make another letter, as in Japanese and Hindi, stay."""
    assert fold(text) == fold(folded)


def test_letters_that_marks_tell_apart() -> None:
    """A mark that makes another letter is no accent."""
    assert fold("バンク") != fold("ハンク")
    assert fold("कि") != fold("कु")


@pytest.mark.parametrize("text", ["Это рот и нет", "КЕСТРЕЛО", "Ελλάδα", "нет", "сор"])
def test_honest_words_stay_in_their_script(text: str) -> None:
    """A text in another script is left as it is."""
    assert latin(text) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("K\u0435strelo не работает", "Kestrelo не работает"),
        ("\u0421\u043e\u0441\u043e is down", "Coco is down"),
        ("ΚESTRELO", "KESTRELO"),
    ],
)
def test_look_alikes_become_latin(text: str, plain: str) -> None:
    """In a word that mixes scripts, and in a word of look-alikes in a Latin text, they are read as Latin."""
    assert latin(text) == plain


@given(STRANGE)
def test_places_lie_in_the_text(text: str) -> None:
    """Every sign of a folded text has its place in the text, in order."""
    for made, places in ((fold(text), places_folded(text)), (written(text), places_written(text))):
        assert len(places) == len(made) + 1
        assert places == sorted(places)
        assert places[-1] == len(text)


@given(STRANGE)
def test_folding_is_baring_and_lowering(text: str) -> None:
    """Folding twice changes nothing, and folding is what ``bare`` gives without its case."""
    assert fold(text) == bare(text).casefold()
    assert fold(fold(text)) == fold(text)


def test_plain_text_is_left_alone() -> None:
    """ASCII has nothing to resolve but its case."""
    assert (fold("It's KESTRELO_1!"), written("It's Ok")) == ("it's kestrelo_1!", "It's Ok")
