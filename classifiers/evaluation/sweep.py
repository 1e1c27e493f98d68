"""What every candidate of a threshold would have found, missed and cost on judged posts. Chooses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.evaluation.arrays import Bools, Floats, Judged
from classifiers.evaluation.asked import Question
from classifiers.evaluation.intervals import Figure, wilson


@dataclass(frozen=True, slots=True)
class Scored:
    """One question's judged posts: ``truth`` and ``score`` of those with a truth, ``all_scores`` of every post."""

    truth: Bools
    score: Floats
    all_scores: Floats

    @classmethod
    def of(cls, judged: Judged, question: Question) -> Scored:
        """Take the question's part of judged posts."""
        known = judged.known(question.head)
        p = judged.p[question.head]
        return cls(
            question.holds(judged.truth[question.head][known]),
            question.score(p[known]),
            question.score(p[judged.answered(question.head)]),
        )


@dataclass(frozen=True, slots=True)
class Costs:
    """``missed``: somebody needed a person and none looked; ``needless``: a person looked for nothing."""

    missed: float = 20.0
    needless: float = 1.0

    def calibrated(self, question: Question) -> float:
        """The threshold at which both errors cost the same, if probabilities mean what they say."""
        wrong_yes, wrong_no = self._of(question)
        return round(wrong_yes / (wrong_yes + wrong_no), 3)

    def total(self, question: Question, alarms: int, misses: int) -> float:
        """What so many wrong yes (alarms) and wrong no (misses) cost."""
        wrong_yes, wrong_no = self._of(question)
        return wrong_yes * alarms + wrong_no * misses

    def each(self, question: Question, scored: Scored, at: Floats | float) -> Floats:
        """What each post costs under its own threshold, or under one for all."""
        wrong_yes, wrong_no = self._of(question)
        yes = scored.score >= at
        cost: Floats = wrong_yes * (yes & ~scored.truth) + wrong_no * (~yes & scored.truth)
        return cost

    def _of(self, question: Question) -> tuple[float, float]:
        """Above a quiet threshold nobody looks, so the two change places."""
        return (self.missed, self.needless) if question.quiet else (self.needless, self.missed)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A threshold: ``hits`` and ``alarms`` are right and wrong above it, ``misses`` below; ``share`` of all posts."""

    at: float
    hits: int
    alarms: int
    misses: int
    share: float
    cost: float

    @property
    def precision(self) -> Figure:
        """Of what is above it, how much is right."""
        return wilson(self.hits, self.hits + self.alarms)

    @property
    def recall(self) -> Figure:
        """Of what is right, how much is above it."""
        return wilson(self.hits, self.hits + self.misses)


GRID = tuple(round(at / 100, 2) for at in range(2, 99))
"""Beyond its ends nearly every post would be on one side."""


def grid(*more: float) -> tuple[float, ...]:
    """The candidates: every hundredth, and ``more``."""
    return tuple(sorted({*GRID, *more}))


def sweep(scored: Scored, question: Question, costs: Costs, ats: Sequence[float]) -> list[Candidate]:
    """One candidate for each of ``ats``."""
    yes, no = scored.score[scored.truth], scored.score[~scored.truth]
    hits, alarms, above = (_at_least(part, ats) for part in (yes, no, scored.all_scores))
    found = []
    for number, at in enumerate(ats):
        hit, alarm = int(hits[number]), int(alarms[number])
        miss = len(yes) - hit
        share = float(above[number]) / max(1, len(scored.all_scores))
        found.append(Candidate(at, hit, alarm, miss, share, costs.total(question, alarm, miss)))
    return found


def _at_least(score: Floats, ats: Sequence[float]) -> Floats:
    """How many are at or above each, as a threshold reads them."""
    return len(score) - np.searchsorted(np.sort(score), np.asarray(ats), side="left").astype(np.float64)
