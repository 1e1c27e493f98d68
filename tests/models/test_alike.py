"""Two posts side by side: copies of one text are told from two people's matters that only look alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.alike import Matter, likeness, matter, said
from models.assessment import Pii
from models.settings.conversation import ConversationSettings

SETTINGS = ConversationSettings()
TEXT = "Kestrelo has cut the night line again and tells nobody. Shame on you, bring it back!"
COPIES = (
    TEXT,
    TEXT.upper(),
    f"{TEXT} #KestreloFail #bringitback",
    f"@kestrelo {TEXT} 😡😡😡 https://t.example/abc",
    TEXT.replace("again", "agian").replace("nobody", "noboby"),
    f"Please share: {TEXT.lower()}",
    TEXT.replace("!", " !!!").replace(", ", " - "),
)
APART = (
    ("My Kestrelo order 4471123 has not come for two weeks, where is it", "4471123", "4471124"),
    ("Kestrelo took 49.90 twice from my account and nobody answers me", "49.90", "94.90"),
    ("Kestrelo has been down in Leeds since noon and nobody knows why", "Leeds", "York"),
    ("kestrelo has been down in leeds since noon and nobody knows why", "leeds", "york"),
    ("Kestrelo ist seit Mittag bei Köln weg und niemand sagt etwas dazu", "Köln", "Bonn"),
    ("The Kestrelo technician Meier did not come, and I waited all day long", "Meier", "Novak"),
    ("Flight 88 of Kestrelo was cancelled and we sleep at the airport now", "88", "91"),
)


def how(one: str, other: str) -> tuple[float, Matter]:
    """How alike, and what that can mean."""
    return likeness(said(one), said(other)), matter(said(one), said(other))


@pytest.mark.parametrize("copy", COPIES)
def test_copies_are_confirmed(copy: str) -> None:
    """Hashtags, emoji, links, shouting and typing errors make no other matter of it."""
    score, found = how(TEXT, copy)
    assert (score >= SETTINGS.confirmed, found) == (True, Matter.SAME)


@pytest.mark.parametrize(("text", "own", "other"), APART)
def test_look_alikes_about_different_things_stay_apart(text: str, own: str, other: str) -> None:
    """One number, amount, place or name differs: however alike the rest is, they are two people's matters."""
    assert how(text, text.replace(own, other))[1] is Matter.APART
    assert how(text, text)[1] is Matter.SAME


def test_private_data_keeps_two_posts_apart() -> None:
    """Each gives away an address of their own."""
    one, other = ("My Kestrelo line is dead, write to anna at home", "My Kestrelo line is dead, write to bert at home")
    mine = said(one, [Pii("email", 37, 41)])
    theirs = said(other, [Pii("email", 37, 41)])
    assert matter(mine, theirs) is Matter.APART
    assert matter(mine, said(one)) is Matter.APART


def test_a_word_in_another_s_place_is_for_people_to_judge() -> None:
    """Nothing says that it names something, and nothing that it does not."""
    score, found = how(
        "the kestrelo app logs me out all the time since today", "the kestrelo app logs me in all the time since today"
    )
    assert found is Matter.LIKE
    assert score >= SETTINGS.suggested


def test_other_words_are_not_alike() -> None:
    """Two complaints about one thing in people's own words are two posts."""
    assert how(TEXT, "Why is there no Kestrelo bus at night any more? I am stuck.")[0] < SETTINGS.suggested


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    """Always an answer, the same from both sides, and a text is like itself."""
    score, _ = how(one, other)
    assert 0 <= score <= 1
    assert score == pytest.approx(how(other, one)[0])
    assert likeness(said(one), said(one)) == 1
    assert matter(said(one), said(one)) is Matter.SAME
