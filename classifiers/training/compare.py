"""Two models on the same posts: each figure of both, and how sure the difference is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.evaluation import resampled, scores
from classifiers.evaluation.arrays import Floats, Ints, Judged
from classifiers.evaluation.asked import QUESTIONS, Question
from classifiers.evaluation.intervals import Figure, Statistics, changes
from classifiers.evaluation.labelled import Labelled
from models.assessment import LABELS, Head
from models.settings.sections import Thresholds

ThresholdsOf = Callable[[Labelled], Thresholds]
ASKED = ("urgent", "private", "churn")
MACRO_F1, ERROR = "macro-F1", "calibration error"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model says of posts: calibrated probabilities (posts, labels) and the label that is called."""

    p: Mapping[Head, Floats]
    guess: Mapping[Head, Ints]

    @classmethod
    def of(cls, p: Mapping[Head, Floats], offsets: Mapping[Head, Sequence[float]]) -> Answers:
        """By the manifest's rule: the likeliest label after the offsets."""
        guess = {
            head: (np.log(one + 1e-12) + np.array(offsets.get(head, 0.0))).argmax(1).astype(np.int64)
            for head, one in p.items()
        }
        return cls(p, guess)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ``of`` is a head or a threshold, ``posts`` those with a truth, ``positives`` those where it holds.

    ``change`` is new less old with the 95 % interval of 1,000 resamples in which both judge the same posts.
    """

    of: str
    figure: str
    posts: int
    positives: int
    old: float
    new: float
    change: Figure


def compare(
    posts: Sequence[Labelled], truth: Mapping[Head, Ints], old: Answers, new: Answers, thresholds_of: ThresholdsOf
) -> list[Row]:
    """Every head that has a truth, then what the policy asks at the thresholds in force."""
    both = [Judged(tuple(posts), truth, one.guess, one.p) for one in (old, new)]
    rows = [row for head in LABELS if len(both[0].known(head)) for row in _head(head, *both)]
    for name in ASKED:
        question = QUESTIONS[name]
        known = both[0].known(question.head)
        positives = int(question.holds(truth[question.head][known]).sum())
        if 0 < positives < len(known):
            rows += _question(question, both[0], both[1], thresholds_of)
    return rows


def _head(head: Head, old: Judged, new: Judged) -> Iterator[Row]:
    known = old.known(head)
    truth = old.truth[head][known]
    sides, values = [], []
    for one in (old, new):
        guess, p = one.guess[head][known], one.p[head][known]
        sides.append(resampled.of_head(truth, guess, p))
        values.append([scores.macro_f1(truth, guess), float(np.mean(truth == guess)), scores.ece(truth, p)])
    found = _changes(sides, values, len(known))
    for number, figure in ((0, MACRO_F1), (2, ERROR)):
        yield Row(head.value, figure, len(known), len(known), values[0][number], values[1][number], found[number])


def _question(question: Question, old: Judged, new: Judged, thresholds_of: ThresholdsOf) -> Iterator[Row]:
    known = old.known(question.head)
    truth = question.holds(old.truth[question.head][known])
    bands = [getattr(thresholds_of(old.posts[at]), question.name) for at in known]
    sides, values = [], []
    for one in (old, new):
        score = question.score(one.p[question.head][known])
        yes = np.array([band.holds(p) for band, p in zip(bands, score, strict=True)])
        sides.append(resampled.of_question(truth, score, yes))
        values.append([scores.auc(truth, score), scores.f1(truth, yes), *scores.precision_recall(truth, yes)])
    found = _changes(sides, values, len(known))
    for number, figure in ((0, "AUC"), (1, "F1")):
        yield Row(
            question.name, figure, len(known), int(truth.sum()), values[0][number], values[1][number], found[number]
        )


def _changes(sides: Sequence[Statistics], values: Sequence[Sequence[float]], posts: int) -> list[Figure]:
    old, new = sides
    return changes(old, new, [after - before for before, after in zip(*values, strict=True)], posts)
