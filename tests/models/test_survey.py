"""What a survey says in each language, and what stands behind its buttons."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.survey import SCALES, STEPS, WORDS, Tap, question, words

KEY = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("lang", sorted(WORDS))
@pytest.mark.parametrize("step", STEPS)
def test_every_question_offers_its_whole_scale_once(lang: str, step: str) -> None:
    """A tap on any button says which question of which survey it answers, and fits what Telegram takes."""
    body = question(step, words(lang), "Kestrelo", KEY)
    buttons = [button for row in body["buttons"] for button in row]
    said = [Tap("1", "7", "5:6", button["data"]).said for button in buttons]
    least, most = SCALES.get(step, (0, 1))
    assert sorted(one for one in said if one) == [(KEY, step, value) for value in range(least, most + 1)]
    assert all(len(button["data"].encode()) <= 64 for button in buttons)
    assert all(len(row) <= 8 for row in body["buttons"])
    assert "{" not in body["text"]


@pytest.mark.parametrize("lang", sorted(WORDS))
def test_every_language_says_everything(lang: str) -> None:
    """No word is missing, and what is shown for a moment is short enough for that."""
    assert all(astuple(WORDS[lang]))
    assert all(len(text) <= 200 for text in (words(lang).thanks, words(lang).over, words(lang).not_yours))


@pytest.mark.parametrize(
    ("lang", "otherwise", "said"),
    [("de-AT", "en", "de"), ("DE", "en", "de"), ("nl", "fr", "fr"), ("nl", "sv", "en"), ("", "it", "it")],
)
def test_a_language_without_words_takes_the_brands_own(lang: str, otherwise: str, said: str) -> None:
    """The customer's language first, then the brand's, then English."""
    assert words(lang, otherwise) is WORDS[said]


def test_yes_and_no_are_told_apart() -> None:
    """Yes is 1 and no is 0, in that order."""
    (row,) = question("again", words("en"), "Kestrelo", KEY)["buttons"]
    assert [(button["text"], button["data"][-1]) for button in row] == [("Yes", "1"), ("No", "0")]


@given(st.text(max_size=80))
def test_no_other_data_is_taken_for_ours(data: str) -> None:
    """Whatever a forged button says, it is ours only in our own form."""
    said = Tap("1", "7", "5:6", data).said
    assert said is None or data == f"{said[0]}:{said[1]}:{data.rpartition(':')[2]}"


@pytest.mark.parametrize(
    "data", ["", KEY, f"{KEY}:csat:", f"{KEY}:csat:-1", f"{KEY}:csat:٣", f"{KEY}:csat:5\n", "x:csat:5"]
)
def test_what_is_not_in_our_form_is_nothing(data: str) -> None:
    """Other digits, signs and line ends are no answer."""
    assert Tap("1", "7", "5:6", data).said is None
