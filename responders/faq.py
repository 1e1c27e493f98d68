"""Finds the FAQ entry that a question is a wording of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, utils

from models.settings.sections import Faq

ALIKE = 75.0
"""From here on two words count as forms of one: "cancel" and "cancelling"."""

LONGEST = 10
"""A post of more than so many times a wording's words is not that question."""


@dataclass(frozen=True, slots=True)
class FaqHit:
    """The best entry and how alike the question is to one of its wordings, 0 to 1."""

    answer: str
    score: float


def find_answer(text: str, lang: str, entries: Iterable[Faq]) -> FaqHit | None:
    """The best entry in the post's language; None where there is none.

    The likeness is the share of a wording that the post holds, held down for posts much longer than the wording. Long
    words weigh more, and words that many entries share weigh less: the brand's name is in every question, and what is
    asked about is in one. A wording's numbers must all be there. What else the post says does not make it less alike.
    """
    wordings = [
        [(entry.answer, _words(question)) for question in entry.questions] for entry in entries if entry.lang == lang
    ]
    shared = Counter(word for entry in wordings for word in {word for _, words in entry for word in words})
    said = _words(text)
    hits = [
        FaqHit(answer, _likeness(said, asked, {word: len(word) / shared[word] for word in asked}))
        for entry in wordings
        for answer, asked in entry
    ]
    return max(hits, key=lambda hit: hit.score, default=None)


def _words(text: str) -> Sequence[str]:
    return utils.default_process(text).split()


def _likeness(said: Sequence[str], asked: Sequence[str], weights: dict[str, float]) -> float:
    numbers = {word for word in asked if any(sign.isdigit() for sign in word)}
    if not asked or len(said) > LONGEST * len(asked) or not numbers <= {*said}:
        return 0.0
    held = sum(weight for word, weight in weights.items() if any(_same(word, other) for other in said))
    # A rant that happens to hold the question's words is no question: beyond three times its length, the score falls.
    return held / sum(weights.values()) * min(1.0, 3 * len(asked) / max(len(said), 1))


def _same(word: str, other: str) -> bool:
    """Whether two words are forms of one."""
    return fuzz.ratio(word, other, score_cutoff=ALIKE) > 0
