"""The FAQ: a question in other words is found, another question is not, and a wrong answer is never near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.settings.sections import Faq, Thresholds
from responders.faq import find_answer

ROAMING = Faq(
    questions=["does kestrelo roaming work in switzerland", "is switzerland included in kestrelo roaming"],
    answer="Yes, it is included.",
)
ESIM = Faq(questions=["how do i set up a kestrelo esim on an iphone 12"], answer="Here are the steps.")
NOTICE = Faq(questions=["what is the notice period to cancel a kestrelo contract"], answer="One month.")
KARTE = Faq(questions=["wo finde ich die netzkarte von kestrelo"], answer="Hier ist die Karte.", lang="de")
ENTRIES = (ROAMING, ESIM, NOTICE, KARTE)
SURE = Thresholds().faq.at


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Does Kestrelo roaming work in Switzerland?", ROAMING),
        ("Hi all! Anybody know if Kestrelo roaming works in Switzerland these days?", ROAMING),
        ("in switzerland, does roaming with kestrelo work?", ROAMING),
        ("How do I set up a Kestrelo eSIM on an iPhone 12, please", ESIM),
        ("What is the notice period for cancelling a Kestrelo contract?", NOTICE),
    ],
)
def test_a_question_in_other_words_is_found(text: str, entry: Faq) -> None:
    """Another order, other forms of the words and some politeness around them leave the question what it is."""
    hit = find_answer(text, "en", ENTRIES)
    assert hit
    assert (hit.answer, hit.score >= SURE) == (entry.answer, True)


@pytest.mark.parametrize(
    "text",
    [
        "Kestrelo?",
        "Is Kestrelo down?",
        "does kestrelo work in norway",
        "Is EU roaming included in all Kestrelo plans or only in the big ones?",
        "does kestrelo roaming work in norway",
        "How do I set up a Kestrelo eSIM on an iPhone 15",
        "how do i set up a kestrelo router",
        "what is the notice period to cancel a kestrelo order",
        "",
        "!!!",
    ],
)
def test_another_question_is_not_answered(text: str) -> None:
    """A question that shares only the brand and small words with the FAQ, or asks about another thing, is no hit."""
    hit = find_answer(text, "en", ENTRIES)
    assert hit is None or hit.score < SURE


def test_a_rant_is_not_answered() -> None:
    """A long post that happens to hold all words of a question is not that question."""
    rant = ROAMING.questions[0] + " I ask you for the fifth time and nobody ever tells me a thing" * 3
    hit = find_answer(rant, "en", ENTRIES)
    assert hit
    assert hit.score < SURE


@pytest.mark.parametrize("lang", ["de", "nl", ""])
def test_the_answer_is_in_the_language_of_the_post(lang: str) -> None:
    """Only entries in the post's language are looked at."""
    hit = find_answer(ROAMING.questions[0], lang, ENTRIES)
    assert hit is None or (lang, hit.answer) == ("de", KARTE.answer)
    assert hit is None or hit.score < SURE


def test_no_entries_no_answer() -> None:
    """Without entries there is nothing."""
    assert find_answer("Does it?", "en", ()) is None


@given(st.text(max_size=300))
def test_any_text_has_a_score(text: str) -> None:
    """Whatever a stranger writes, the likeness is a share and the answer is one of ours."""
    hit = find_answer(text, "en", ENTRIES)
    assert hit
    assert 0 <= hit.score <= 1
    assert hit.answer in {entry.answer for entry in ENTRIES}


@given(st.sampled_from(ENTRIES[:3]), st.randoms())
def test_the_wording_itself_is_a_full_hit(entry: Faq, shuffle: object) -> None:
    """Each wording finds its own entry with certainty, whatever the order of its words."""
    words = entry.questions[0].split()
    shuffle.shuffle(words)  # type: ignore[attr-defined]
    hit = find_answer(" ".join(words), "en", ENTRIES)
    assert hit
    assert (hit.answer, round(hit.score, 9)) == (entry.answer, 1)
