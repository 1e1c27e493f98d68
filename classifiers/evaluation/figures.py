"""The figures of a set of judged posts: of each head, and of each question that the thresholds ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from classifiers.evaluation import resampled, scores
from classifiers.evaluation.arrays import Judged
from classifiers.evaluation.asked import QUESTIONS, Question
from classifiers.evaluation.intervals import Figure, bootstrap
from classifiers.evaluation.labelled import Labelled
from models.assessment import LABELS, Head
from models.settings.sections import Thresholds

ThresholdsOf = Callable[[Labelled], Thresholds]
"""The thresholds that are in force where a post was written."""


@dataclass(frozen=True, slots=True)
class HeadFigures:
    """``ece_by_chance`` is what a perfectly calibrated model would show on as many posts."""

    posts: int
    macro_f1: Figure
    accuracy: Figure
    ece: Figure
    ece_by_chance: float


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """Yes is at or above the threshold in force; ``in_doubt`` is the share of posts in the band below it."""

    posts: int
    positives: int
    auc: Figure
    f1: Figure
    precision: Figure
    recall: Figure
    in_doubt: float
    recall_with_doubt: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Only heads and questions for which a truth is known."""

    posts: int
    heads: Mapping[str, HeadFigures]
    questions: Mapping[str, QuestionFigures]


def figures(judged: Judged, thresholds_of: ThresholdsOf) -> Figures:
    """Every figure with its interval."""
    heads = {head.value: _head(judged, head) for head in LABELS if len(judged.known(head))}
    questions = {
        name: _question(judged, question, thresholds_of)
        for name, question in QUESTIONS.items()
        if question.head.value in heads
    }
    return Figures(len(judged.posts), heads, questions)


def _head(judged: Judged, head: Head) -> HeadFigures:
    known = judged.known(head)
    truth, guess, p = judged.truth[head][known], judged.guess[head][known], judged.p[head][known]
    values = [scores.macro_f1(truth, guess), float(np.mean(truth == guess)), scores.ece(truth, p)]
    macro_f1, accuracy, ece = bootstrap(resampled.of_head(truth, guess, p), values, len(known))
    return HeadFigures(len(known), macro_f1, accuracy, ece, scores.ece_by_chance(p))


def _question(judged: Judged, question: Question, thresholds_of: ThresholdsOf) -> QuestionFigures:
    known = judged.known(question.head)
    truth = question.holds(judged.truth[question.head][known])
    score = question.score(judged.p[question.head][known])
    bands = [getattr(thresholds_of(judged.posts[at]), question.name) for at in known]
    yes = np.array([band.holds(one) for band, one in zip(bands, score, strict=True)])
    doubt = np.array([band.doubts(one) for band, one in zip(bands, score, strict=True)])
    share = scores.f1(truth, yes) if truth.any() else float("nan")
    values = [scores.auc(truth, score), share, *scores.precision_recall(truth, yes)]
    auc, f1, precision, recall = bootstrap(resampled.of_question(truth, score, yes), values, len(known))
    seen = float((yes | doubt)[truth].mean()) if truth.any() else None
    return QuestionFigures(
        len(known), int(truth.sum()), auc, f1, precision, recall, in_doubt=float(doubt.mean()), recall_with_doubt=seen
    )
