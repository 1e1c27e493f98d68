"""Judged posts as arrays: for each head the right labels and the probabilities, one row a post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.evaluation.labelled import Labelled
from models.assessment import LABELS, Head

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Judged:
    """``truth`` and ``guess`` hold numbers of labels, ``UNKNOWN`` where nobody said; ``p`` is (posts, labels)."""

    posts: tuple[Labelled, ...]
    truth: Mapping[Head, Ints]
    guess: Mapping[Head, Ints]
    p: Mapping[Head, Floats]

    @classmethod
    def of(cls, posts: Sequence[Labelled]) -> Judged:
        """From posts whose ``p`` is there."""
        truth, guess, p = {}, {}, {}
        for head, labels in LABELS.items():
            number = {label: at for at, label in enumerate(labels)}
            truth[head] = np.array([number.get(post.truth.get(head, ""), UNKNOWN) for post in posts], dtype=np.int64)
            rows = [_row(post, head, labels) for post in posts]
            p[head] = np.array(rows, dtype=np.float64).reshape(len(posts), len(labels))
            likeliest = p[head].argmax(1)
            called = [number.get(post.called.get(head, ""), top) for post, top in zip(posts, likeliest, strict=True)]
            guess[head] = np.array(called, dtype=np.int64)
        return cls(tuple(posts), truth, guess, p)

    def part(self, index: Ints) -> Judged:
        """Only these posts."""
        return Judged(
            tuple(self.posts[at] for at in index),
            {head: truth[index] for head, truth in self.truth.items()},
            {head: guess[index] for head, guess in self.guess.items()},
            {head: p[index] for head, p in self.p.items()},
        )

    def known(self, head: Head) -> Ints:
        """Where the posts stand that have both a right label and an answer of this head."""
        return np.flatnonzero((self.truth[head] != UNKNOWN) & self.answered(head))

    def answered(self, head: Head) -> Bools:
        """Which posts have an answer of this head."""
        return np.asarray(np.isfinite(self.p[head]).all(axis=1), dtype=np.bool_)


def _row(post: Labelled, head: Head, labels: Sequence[str]) -> list[float]:
    found = (post.p or {}).get(head)
    return [found.get(label, float("nan")) for label in labels] if found else [float("nan")] * len(labels)
