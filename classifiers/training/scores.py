"""Figures of merit and the temperature: plain numpy, no other judge in the house."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.assessment import LABELS, Head

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Row by row."""
    scaled = logits / temperature
    powers = np.exp(scaled - scaled.max(1, keepdims=True))
    result: Floats = powers / powers.sum(1, keepdims=True)
    return result


def f1(truth: Ints, guess: Ints) -> float:
    """F1 of the positive class (non-zero)."""
    hit = float(np.sum((truth != 0) & (guess != 0)))
    total = float(np.sum(truth != 0) + np.sum(guess != 0))
    return 2 * hit / total if total else 0.0


def macro_f1(truth: Ints, guess: Ints) -> float:
    """The mean of the F1 of every class that occurs in the truth."""
    return float(np.mean([f1(truth == one, guess == one) for one in np.unique(truth)]))


def macro_recall(truth: Ints, guess: Ints) -> float:
    """The mean of the recall of every class that occurs."""
    return float(np.mean([np.mean(guess[truth == one] == one) for one in np.unique(truth)]))


def auc(truth: Ints, score: Floats) -> float:
    """The chance that a positive scores above a negative (ties count half); NaN where one kind is absent."""
    positive, negative = score[truth != 0], np.sort(score[truth == 0])
    if not len(positive) or not len(negative):
        return float("nan")
    below = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
    return float(below.mean() / (2 * len(negative)))


def ece(truth: Ints, p: Floats, bins: int = 15) -> float:
    """Expected calibration error of the top label, in equal-width bins."""
    confidence, right = p.max(1), p.argmax(1) == truth
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    parts = [(which == one) for one in np.unique(which)]
    return float(sum(part.mean() * abs(right[part].mean() - confidence[part].mean()) for part in parts))


def temperature(truth: Ints, logits: Floats) -> float:
    """The divisor of the logits that makes the truth most probable; 1 where there is no truth."""
    if not len(truth):
        return 1.0
    rows = np.arange(len(truth))
    grid = np.exp(np.linspace(np.log(0.4), np.log(4.0), 93))
    losses = [-np.log(softmax(logits, one)[rows, truth] + 1e-12).mean() for one in grid]
    return round(float(grid[int(np.argmin(losses))]), 4)


def report(truth: Mapping[Head, Ints], logits: Mapping[Head, Floats], groups: Sequence[str]) -> dict[str, float]:
    """The figures of one set; ECE with temperatures fitted on the other half of its ``groups`` (brands)."""
    figures: dict[str, float] = {"rows": len(groups)}
    names = sorted(set(groups))
    half = np.array([names.index(group) % 2 for group in groups])
    for head in LABELS:
        known = truth[head] >= 0
        if not known.any():
            continue
        right, raw, side = truth[head][known], logits[head][known], half[known]
        p = np.empty_like(raw)
        for one in (0, 1):
            p[side == one] = softmax(raw[side == one], temperature(right[side != one], raw[side != one]))
        guess = p.argmax(1)
        figures[f"{head}.macro_f1"] = macro_f1(right, guess)
        figures[f"{head}.macro_recall"] = macro_recall(right, guess)
        figures[f"{head}.accuracy"] = float(np.mean(right == guess))
        figures[f"{head}.ece"] = ece(right, p)
        figures |= _need(head, right, p)
    return {name: round(value, 4) for name, value in figures.items()}


def _need(head: Head, truth: Ints, p: Floats) -> dict[str, float]:
    """AUC and F1 at 0.5 of what the policy asks of a head: urgent, sensitive at all, leaving."""
    first = {Head.URGENCY: 2, Head.SENSITIVE: 1, Head.CHURN: 1}.get(head)
    if first is None:
        return {}
    wanted, score = (truth >= first).astype(np.int64), p[:, first:].sum(1)
    guess = (score >= 0.5).astype(np.int64)
    recall = float(guess[wanted == 1].mean()) if wanted.any() else float("nan")
    return {f"{head}.need_auc": auc(wanted, score), f"{head}.need_f1": f1(wanted, guess), f"{head}.need_recall": recall}
