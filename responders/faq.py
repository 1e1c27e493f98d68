"""Finds the FAQ entry that a question is a wording of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, utils

from models.settings.sections import Faq


@dataclass(frozen=True, slots=True)
class FaqHit:
    """The best entry and how alike the question is to one of its wordings, 0 to 1."""

    answer: str
    score: float


def find_answer(text: str, lang: str, entries: Iterable[Faq]) -> FaqHit | None:
    """The best entry in the post's language; None where there is none.

    The likeness is the share of the shorter wording's words that the other holds, whatever their order
    (rapidfuzz ``token_set_ratio``), held down for texts much longer than the question.
    """
    best: FaqHit | None = None
    for entry in entries:
        if entry.lang != lang:
            continue
        for question in entry.questions:
            score = _likeness(text, question)
            if best is None or score > best.score:
                best = FaqHit(entry.answer, score)
    return best


def _likeness(text: str, question: str) -> float:
    words, asked = len(text.split()), len(question.split())
    # A rant that happens to hold the question's words is no question: beyond three times its length, the score falls.
    length_penalty = min(1.0, 3 * asked / max(words, 1))
    return float(fuzz.token_set_ratio(text, question, processor=utils.default_process)) / 100 * length_penalty
