"""After training: temperatures, the rule that makes a label of probabilities, the bands of doubt, and the figures.

All is chosen on the development brands; the final brands and the public sets' validation parts are only measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

import numpy as np

from classifiers.evaluation.arrays import Floats, Ints
from classifiers.evaluation.asked import QUESTIONS
from classifiers.evaluation.scores import f1, macro_f1
from classifiers.linear import has_matrix_units
from classifiers.manifest import Doubted, read
from classifiers.training import loop, measure, saving
from classifiers.training.data import MISSING, Example, Parts
from classifiers.training.losses import truth
from models.assessment import LABELS, Head

Offsets = dict[Head, tuple[float, ...]]
LEAST_MISTAKES = 10
CRITICAL_MISSED = 3.0
"""A critical post that is called less costs as much as so many called critical in vain."""
STRENGTHS = np.linspace(0.0, 1.0, 21)
NUDGES = np.linspace(-0.5, 1.5, 41)


def fit_and_measure(folder: Path, parts: Parts, checks: Mapping[str, Sequence[Example]]) -> dict[str, dict[str, float]]:
    """Puts temperatures and offsets into the folder's manifest; returns the figures of every set."""
    manifest = read(folder)
    net = loop.resume(folder, loop.Recipe())
    logits = loop.predict(net, parts.development, manifest.max_len, bf16=has_matrix_units())
    right = truth(parts.development)
    temperatures = {head: temperature(right[head], logits[head]) for head in LABELS}
    chances = {head: softmax(logits[head], temperatures[head]) for head in LABELS}
    offsets = {head: fit_offsets(head, right[head], chances[head], prior(head, parts.train)) for head in LABELS}
    chosen = {"temperatures": temperatures, "offsets": offsets, "doubt": fit_doubt(right, chances)}
    saving.seal(folder, manifest.model_copy(update=chosen))
    sets = {"development": parts.development, "final": parts.final, **checks}
    return {
        name: _figures(net, list(examples), temperatures, offsets, manifest.max_len)
        for name, examples in sets.items()
        if examples
    }


def temperature(right: Ints, logits: Floats) -> float:
    """The divisor of the logits that makes the truth most probable; 1 where there is no truth."""
    if not len(right):
        return 1.0
    rows = np.arange(len(right))
    grid = np.exp(np.linspace(np.log(0.4), np.log(4.0), 93))
    losses = [-np.log(softmax(logits, one)[rows, right] + 1e-12).mean() for one in grid]
    return round(float(grid[int(np.argmin(losses))]), 4)


def softmax(logits: Floats, heat: float = 1.0) -> Floats:
    """Row by row."""
    scaled = logits / heat
    powers = np.exp(scaled - scaled.max(1, keepdims=True))
    result: Floats = powers / powers.sum(1, keepdims=True)
    return result


def _figures(
    net: loop.Network, examples: list[Example], temperatures: Mapping[Head, float], offsets: Offsets, max_len: int
) -> dict[str, float]:
    logits = loop.predict(net, examples, max_len, bf16=has_matrix_units())
    chances = {head: softmax(logits[head], temperatures[head]) for head in LABELS}
    return measure.report(truth(examples), chances, {head: np.array(shift) for head, shift in offsets.items()})


def prior(head: Head, examples: Sequence[Example]) -> Floats:
    """The shares of a head's labels among the posts that training saw."""
    known = [one.labels[head] for one in examples if one.labels[head] != MISSING]
    counts = np.bincount(known, minlength=len(LABELS[head])).clip(min=1)
    shares: Floats = counts / counts.sum()
    return shares


def fit_offsets(head: Head, right: Ints, chances: Floats, prior: Floats) -> tuple[float, ...]:
    """What is added to a label's log-probability before the likeliest is called.

    Rare labels are raised by ``-strength * log(prior)``, the strength that gives the best macro-F1 (Menon et al. 2021,
    "Long-tail learning via logit adjustment"). Where labels divide into those that need people and those that do not,
    a second number moves that border. At most two numbers a head are chosen, so there is little to overfit.
    ``critical`` is raised further: a missed one is worse than a needless one. No label of sentiment is rare, and its
    shares differ from place to place, so it has no offsets.
    """
    if head is Head.SENTIMENT:
        return (0.0,) * len(prior)
    scores = [macro_f1(right, (np.log(chances + 1e-12) - one * np.log(prior)).argmax(1)) for one in STRENGTHS]
    shift = -_best(STRENGTHS, scores) * np.log(prior)
    if head in (Head.URGENCY, Head.SENSITIVE):
        shift = shift + _nudge(head, right, np.log(chances + 1e-12) + shift)
    found = tuple(round(float(one), 4) for one in shift - shift.min())
    return _raised(found) if head is Head.URGENCY else found


def _best(grid: Floats, scores: Sequence[float]) -> float:
    """Where the score is best, as the middle of its neighbours: a lone peak is luck."""
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return float(grid[int(smooth.argmax())])


def _nudge(head: Head, right: Ints, called: Floats) -> Floats:
    """What is added to all labels from which on people are needed, for the best F1 of "needed" against "not"."""
    needed = np.arange(called.shape[1]) >= measure.NEEDS[head]
    wanted = right >= measure.NEEDS[head]
    scores = [f1(wanted, (called + one * needed).argmax(1) >= measure.NEEDS[head]) for one in NUDGES]
    found: Floats = np.float64(_best(NUDGES, scores)) * needed.astype(np.float64)
    return found


def _raised(shift: tuple[float, ...]) -> tuple[float, ...]:
    """Urgency's rule, with ``critical`` called as soon as its odds against any other label pay (Elkan 2001)."""
    *rest, critical = shift
    return (*rest, max(critical, round(max(rest) + math.log(CRITICAL_MISSED), 4)))


def fit_doubt(right: Mapping[Head, Ints], chances: Mapping[Head, Floats]) -> dict[str, tuple[float, float]]:
    """For each threshold that a cascade asks about, the probabilities between which the mistakes lie.

    The middle four fifths of the posts on which "more likely than not" is wrong; left out where they are too few.
    """
    found = {}
    for name in get_args(Doubted):
        question = QUESTIONS[name]
        known = right[question.head] != MISSING
        score = question.score(chances[question.head][known])
        wrong = score[(score >= 0.5) != question.holds(right[question.head][known])]
        if len(wrong) >= LEAST_MISTAKES:
            low, high = np.quantile(wrong, (0.1, 0.9))
            found[name] = (round(float(low), 3), round(float(high), 3))
    return found
