"""Temperatures and offsets for a model that went on learning, and its answers with numbers from other posts alone.

A head with few kept posts, or one that learnt nothing new, keeps the numbers that it had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.evaluation.arrays import Bools, Floats, Ints
from classifiers.manifest import Manifest
from classifiers.training.calibration import fit_offsets, prior, softmax, temperature
from classifiers.training.compare import Answers
from classifiers.training.data import MISSING, Example
from models.assessment import LABELS, Head

ENOUGH, ENOUGH_FOR_OFFSETS = 100, 300
"""Kept posts with a truth: fewer give no better temperature, or offset, than the old one."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What makes a label of logits: of every head, a temperature and offsets (empty: none)."""

    temperatures: dict[Head, float]
    offsets: dict[Head, tuple[float, ...]]
    fitted: tuple[Head, ...] = ()

    @classmethod
    def of(cls, manifest: Manifest) -> Numbers:
        """Those that a model has."""
        return cls(dict(manifest.temperatures), dict(manifest.offsets))

    def answers(self, logits: Mapping[Head, Floats]) -> Answers:
        """What the model says of posts."""
        return Answers.of({head: softmax(one, self.temperatures[head]) for head, one in logits.items()}, self.offsets)


def recalibrate(
    old: Numbers, right: Mapping[Head, Ints], logits: Mapping[Head, Floats], taught: Sequence[Example], stands: int = 1
) -> Numbers:
    """Fitted on all of these posts; the shares of the labels that offsets need are those of what was ``taught``.

    ``stands``: so many posts each one stands for when it is asked whether they are enough.
    """
    temperatures, offsets, fitted = dict(old.temperatures), dict(old.offsets), []
    for head in LABELS:
        known = right[head] != MISSING
        if stands * known.sum() < ENOUGH or not any(one.labels[head] != MISSING for one in taught):
            continue
        fitted.append(head)
        truth, raw = right[head][known], logits[head][known]
        temperatures[head] = temperature(truth, raw)
        if stands * known.sum() >= ENOUGH_FOR_OFFSETS:
            offsets[head] = fit_offsets(head, truth, softmax(raw, temperatures[head]), prior(head, taught))
    return Numbers(temperatures, offsets, tuple(fitted))


def crossed(
    old: Numbers,
    right: Mapping[Head, Ints],
    logits: Mapping[Head, Floats],
    half: Bools,
    taught: Sequence[Example],
) -> Answers:
    """What the model says of each half of the posts with the numbers that the other half gave.

    A head is fitted where all of its posts would be enough, so that this tells how good ``recalibrate`` is.
    """
    sides = []
    for other in (~half, half):
        there = {head: one[other] for head, one in right.items()}, {head: one[other] for head, one in logits.items()}
        sides.append(recalibrate(old, *there, taught, stands=2).answers(logits))
    first, second = sides
    p = {head: np.where(half[:, None], first.p[head], second.p[head]) for head in LABELS}
    guess = {head: np.where(half, first.guess[head], second.guess[head]) for head in LABELS}
    return Answers(p, guess)
