"""The figures of merit for many resamples at once: sums over posts, weighted by how often each was drawn.

``scores`` has their definitions; a test holds the two together.
"""

from __future__ import annotations

import numpy as np

from classifiers.evaluation.arrays import Bools, Floats, Ints
from classifiers.evaluation.intervals import Statistics
from classifiers.evaluation.scores import BINS, bin_of


def of_head(truth: Ints, guess: Ints, p: Floats) -> Statistics:
    """Macro-F1 and accuracy of the guess, and the calibration error of the likeliest label."""
    labels = p.shape[1]
    cells = np.eye(labels * labels)[truth * labels + guess]
    gaps = np.eye(BINS)[bin_of(p)] * ((p.argmax(1) == truth) - p.max(1))[:, None]

    def statistics(weights: Floats) -> Floats:
        counts = (weights @ cells).reshape(-1, labels, labels)
        hits, right, guessed = np.einsum("dii->di", counts), counts.sum(2), counts.sum(1)
        with np.errstate(invalid="ignore"):
            each = 2 * hits / (right + guessed)
        occurs = right > 0
        macro = np.where(occurs, each, 0).sum(1) / occurs.sum(1)
        total = weights.sum(1)
        return np.stack([macro, hits.sum(1) / total, np.abs(weights @ gaps).sum(1) / total])

    return statistics


def of_question(truth: Bools, score: Floats, guess: Bools) -> Statistics:
    """AUC, F1, precision and recall of yes; NaN where a resample has none of a kind."""
    order = np.argsort(score, kind="stable")
    ties = np.flatnonzero(np.diff(score[order], prepend=-1.0))
    outcomes = np.stack([truth & guess, truth, guess], axis=1).astype(np.float64)

    def statistics(weights: Floats) -> Floats:
        drawn = weights[:, order]
        yes = np.add.reduceat(drawn * truth[order], ties, axis=1)
        no = np.add.reduceat(drawn * ~truth[order], ties, axis=1)
        below = np.cumsum(no, axis=1) - no / 2
        hits, right, guessed = (weights @ outcomes).T
        with np.errstate(invalid="ignore", divide="ignore"):
            auc = (yes * below).sum(1) / (yes.sum(1) * no.sum(1))
            return np.stack([auc, 2 * hits / (right + guessed), hits / guessed, hits / right])

    return statistics
