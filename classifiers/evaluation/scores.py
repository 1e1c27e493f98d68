"""The figures of merit, for evaluation and training alike. scikit-learn is imported where it is needed only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from classifiers.evaluation.arrays import Bools, Floats, Ints

BINS = 15


def f1(truth: Ints | Bools, guess: Ints | Bools) -> float:
    """F1 of the positive class (non-zero); 0 where there is neither a positive nor a guess of one."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth != 0, guess != 0, zero_division=0.0))


def precision_recall(truth: Bools, guess: Bools) -> tuple[float, float]:
    """Of the guessed ones the share that is right, and of the right ones the share that is guessed; NaN of nothing."""
    from sklearn.metrics import precision_score, recall_score

    nan = float("nan")
    return (
        float(precision_score(truth, guess)) if guess.any() else nan,
        float(recall_score(truth, guess)) if truth.any() else nan,
    )


def macro_f1(truth: Ints, guess: Ints) -> float:
    """The mean of the F1 of every class that occurs in the truth."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth, guess, labels=np.unique(truth), average="macro", zero_division=0.0))


def macro_recall(truth: Ints, guess: Ints) -> float:
    """The mean of the recall of every class that occurs."""
    from sklearn.metrics import recall_score

    return float(recall_score(truth, guess, labels=np.unique(truth), average="macro", zero_division=0.0))


def auc(truth: Ints | Bools, score: Floats) -> float:
    """The chance that a positive scores above a negative (ties count half); NaN where one kind is absent."""
    from sklearn.metrics import roc_auc_score

    positive = truth != 0
    return float(roc_auc_score(positive, score)) if positive.any() and not positive.all() else float("nan")


def confusion(truth: Ints, guess: Ints, labels: int) -> Ints:
    """(labels, labels): rows are the truth, columns the guess."""
    from sklearn.metrics import confusion_matrix

    return np.asarray(confusion_matrix(truth, guess, labels=range(labels)), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Bin:
    """The posts whose top label got about one probability: its mean, and the share that was right."""

    confidence: float
    right: float
    posts: int


def bin_of(p: Floats, bins: int = BINS) -> Ints:
    """The equal-width bin of each row's top probability."""
    which: Ints = np.minimum((p.max(1) * bins).astype(np.int64), bins - 1)
    return which


def reliability(truth: Ints, p: Floats, bins: int = BINS) -> list[Bin]:
    """The bins that have posts, the least confident first."""
    confidence, right, which = p.max(1), p.argmax(1) == truth, bin_of(p, bins)
    return [
        Bin(float(confidence[part].mean()), float(right[part].mean()), int(part.sum()))
        for part in (which == one for one in np.unique(which))
    ]


def ece(truth: Ints, p: Floats, bins: int = BINS) -> float:
    """Expected calibration error of the top label, in equal-width bins."""
    found = reliability(truth, p, bins)
    return sum(one.posts * abs(one.right - one.confidence) for one in found) / max(1, len(truth))


def ece_by_chance(p: Floats, draws: int = 200, seed: int = 7) -> float:
    """The calibration error that a perfectly calibrated model would show on so few posts: the mean of many draws."""
    confidence, which = p.max(1), bin_of(p)
    drawn = np.random.default_rng(seed).random((draws, len(p))) < confidence
    gaps = (drawn - confidence) @ np.eye(BINS)[which]
    return float(np.abs(gaps).sum(1).mean() / max(1, len(p)))
