"""The figures of a training run, per set: what the weights' card and ``figures.json`` show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from classifiers.evaluation import scores
from classifiers.evaluation.arrays import Floats, Ints
from models.assessment import LABELS, Head

NEEDS: Mapping[Head, int] = {Head.URGENCY: 2, Head.SENSITIVE: 1, Head.CHURN: 1}
"""The first label from which on the policy acts: high, any private data, leaving."""


def report(truth: Mapping[Head, Ints], p: Mapping[Head, Floats], offsets: Mapping[Head, Floats]) -> dict[str, float]:
    """The figures of one set: ``p`` are calibrated probabilities, (posts, labels); unknown truth is negative."""
    figures: dict[str, float] = {"rows": len(next(iter(truth.values())))}
    for head in LABELS:
        known = truth[head] >= 0
        if known.any():
            for name, value in _head(head, truth[head][known], p[head][known], offsets[head]).items():
                figures[f"{head}.{name}"] = round(value, 4)
    return figures


def _head(head: Head, right: Ints, p: Floats, offset: Floats) -> dict[str, float]:
    guess = (np.log(p + 1e-12) + offset).argmax(1)
    figures = {
        "macro_f1": scores.macro_f1(right, guess),
        "macro_recall": scores.macro_recall(right, guess),
        "accuracy": float(np.mean(right == guess)),
        "likeliest_macro_f1": scores.macro_f1(right, p.argmax(1)),
        "likeliest_macro_recall": scores.macro_recall(right, p.argmax(1)),
        "ece": scores.ece(right, p),
    }
    if head in NEEDS:
        wanted, chance, called = right >= NEEDS[head], p[:, NEEDS[head] :].sum(1), guess >= NEEDS[head]
        precision, recall = scores.precision_recall(wanted, called)
        figures |= {
            "need_auc": scores.auc(wanted, chance),
            "need_f1": scores.f1(wanted, called),
            "need_precision": precision,
            "need_recall": recall,
            "need_f1_at_half": scores.f1(wanted, chance >= 0.5),
        }
    if head is Head.URGENCY and (right == 3).any():
        figures["critical_recall"] = float(np.mean(guess[right == 3] == 3))
        figures["critical_as_urgent"] = float(np.mean(guess[right == 3] >= 2))
    return figures
