"""Which unlabelled posts a teacher is asked about: a fair draw, and those on which the student wavers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from classifiers.evaluation.arrays import Floats
from classifiers.evaluation.asked import QUESTIONS
from classifiers.linear import has_matrix_units
from classifiers.training import calibration, loop
from classifiers.training.data import Example
from models.assessment import LABELS

ASKED = ("urgent", "private", "churn", "problem")
"""On these people's time depends."""


def worth_asking(student: loop.Network, examples: Sequence[Example], count: int, max_len: int) -> list[Example]:
    """``count`` of the posts: the first half as they come, so that common posts stay common; the others by doubt.

    Doubt is the largest p * (1 - p) of what is asked: a teacher's answer moves the student most where it is not sure
    (Settles 2009, "Active learning literature survey", 3.1, "uncertainty sampling").
    """
    if count >= len(examples):
        return list(examples)
    first, rest = list(examples[: count // 2]), examples[count // 2 :]
    order = np.argsort(-doubt(student, rest, max_len), kind="stable")[: count - len(first)]
    return [*first, *(rest[index] for index in sorted(order))]


def doubt(net: loop.Network, examples: Sequence[Example], max_len: int) -> Floats:
    """(examples,) how little sure the network is whether people are needed, 0 to .25."""
    logits = loop.predict(net, examples, max_len, bf16=has_matrix_units())
    chances = {head: calibration.softmax(logits[head]) for head in LABELS}
    scores = np.stack([QUESTIONS[name].score(chances[QUESTIONS[name].head]) for name in ASKED])
    found: Floats = (scores * (1 - scores)).max(0)
    return found
