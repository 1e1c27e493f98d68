"""Whether a new version may take the old one's place. It has to prove nothing better, but must be nothing worse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.evaluation.asked import QUESTIONS
from classifiers.evaluation.scores import macro_f1
from classifiers.training.compare import ERROR, MACRO_F1, Answers, Row
from classifiers.training.data import Example
from classifiers.training.losses import truth
from models.assessment import LABELS, Head
from models.settings.types import Band

LOST = 0.05
"""So much of what the old version knew may be forgotten."""
GOOD_ERROR = 0.05
"""A calibration error up to this is no reason to refuse."""
FEW = 100
"""With fewer kept posts, only a large loss can be told from chance."""

RULE = (
    "A new version is adopted if on the kept posts no figure is surely worse (the 95 % interval of its change lies "
    f"below zero; for the calibration error above zero, and the error above {GOOD_ERROR:.0%}), if the heads' macro-F1 "
    f"does not fall on average, and if it remembers: on invented posts that this run does not train on, no head may "
    f"lose more than {LOST * 100:.0f} points of macro-F1, and of 100 grave ones {LOST * 100:.0f} fewer may be called "
    "urgent."
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a model still makes of the invented posts: each head's macro-F1, and the share of grave ones called urgent.

    None where there are no such posts.
    """

    macro_f1: Mapping[Head, float]
    urgent: float | None

    @classmethod
    def of(cls, apart: Sequence[Example], said: Answers, grave: Answers, urgent: Band) -> Remembered:
        """From a model's answers on both; ``urgent`` is the threshold in force."""
        right = truth(apart)
        heads = {head: macro_f1(right[head], said.guess[head]) for head in LABELS} if apart else {}
        score = QUESTIONS["urgent"].score(grave.p[Head.URGENCY])
        return cls(heads, float(np.mean([urgent.holds(p) for p in score])) if len(score) else None)


def faults(rows: Sequence[Row], old: Remembered, new: Remembered) -> list[str]:
    """Why the new version is refused; nothing where it may be adopted."""
    return [*_worse(rows), *_lower_on_average(rows), *_forgotten(old, new)]


def _worse(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        low, high = row.change.low, row.change.high
        if low is None or high is None:
            continue
        if row.figure == ERROR and low > 0 and row.new > GOOD_ERROR:
            yield f"{row.of}: its calibration error is surely larger, {row.new:.1%} instead of {row.old:.1%}"
        if row.figure != ERROR and high < 0:
            yield f"{row.of}: its {row.figure} is surely worse, {row.new * 100:.1f} instead of {row.old * 100:.1f}"


def _lower_on_average(rows: Sequence[Row]) -> Iterator[str]:
    changes = [row.new - row.old for row in rows if row.figure == MACRO_F1]
    if changes and np.mean(changes) < -1e-9:
        yield f"the heads' macro-F1 is {-np.mean(changes) * 100:.1f} points lower on average"


def _forgotten(old: Remembered, new: Remembered) -> Iterator[str]:
    for head, before in old.macro_f1.items():
        if new.macro_f1[head] < before - LOST:
            yield (
                f"{head}: it forgot what the old one knew, macro-F1 {new.macro_f1[head] * 100:.1f} instead of "
                f"{before * 100:.1f} on invented posts"
            )
    if old.urgent is not None and new.urgent is not None and new.urgent < old.urgent - LOST:
        yield f"of the gravest invented posts it calls {new.urgent:.0%} urgent, the old one {old.urgent:.0%}"
