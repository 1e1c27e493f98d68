"""How far a figure may be from the truth: 95 % intervals, by resampling posts or, for a share, by Wilson's formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.evaluation.arrays import Floats

RESAMPLES, SEED = 1000, 7
Z = 1.959964
"""Of the normal distribution 95 % lie within so many standard deviations."""
_AT_ONCE = 1_000_000

Statistics = Callable[[Floats], Floats]
"""How often each post was drawn (draws, posts) → the figures (figures, draws), NaN where a draw has none."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval; None where the posts do not give one."""

    value: float | None = None
    low: float | None = None
    high: float | None = None

    def percent(self, digits: int = 0) -> str:
        """Such as ``81 (76–85)``."""
        if self.value is None:
            return "–"
        interval = (
            ""
            if self.low is None or self.high is None
            else f" ({self.low * 100:.{digits}f}–{self.high * 100:.{digits}f})"
        )
        return f"{self.value * 100:.{digits}f}{interval}"


def bootstrap(statistics: Statistics, values: Sequence[float], posts: int, seed: int = SEED) -> list[Figure]:
    """Each of ``values`` with the interval of 95 % of 1,000 resamples of the posts, repeatable by its seed.

    The resamples are moved so that their mean is the figure itself: one with repeated posts shows a calibration error
    that is too large, and its interval would lie beside the figure.
    """
    drawn = np.concatenate([statistics(weights) for weights in _draws(posts, seed)], axis=1)
    return [_figure(value, found[~np.isnan(found)]) for value, found in zip(values, drawn, strict=True)]


def changes(old: Statistics, new: Statistics, values: Sequence[float], posts: int, seed: int = SEED) -> list[Figure]:
    """The same for ``values`` that are differences, new less old, where both judge the same posts.

    Each resample is drawn for both, so that what is hard for both is no noise. It is not moved: what makes one figure
    too large makes the other so too, and of few posts that changed, many resamples hold none and show no change at all.
    """
    drawn = np.concatenate([new(weights) - old(weights) for weights in _draws(posts, seed)], axis=1)
    return [_change(value, found[~np.isnan(found)]) for value, found in zip(values, drawn, strict=True)]


def _change(value: float, found: Floats) -> Figure:
    if math.isnan(value):
        return Figure()
    if len(found) < RESAMPLES / 2:
        return Figure(value)
    low, high = np.percentile(found, (2.5, 97.5))
    return Figure(value, float(low), float(high))


def _draws(posts: int, seed: int) -> Iterator[Floats]:
    """In portions, so that many posts need no more memory than few."""
    rng = np.random.default_rng(seed)
    size = max(1, min(RESAMPLES, _AT_ONCE // max(1, posts)))
    return (_weights(rng, min(size, RESAMPLES - done), posts) for done in range(0, RESAMPLES, size))


def _weights(rng: np.random.Generator, draws: int, posts: int) -> Floats:
    picked = rng.integers(posts, size=(draws, posts)) + posts * np.arange(draws)[:, None]
    return np.bincount(picked.ravel(), minlength=draws * posts).reshape(draws, posts).astype(np.float64)


def _figure(value: float, found: Floats) -> Figure:
    if math.isnan(value):
        return Figure()
    if len(found) < RESAMPLES / 2:
        return Figure(value)
    low, high = np.percentile(found - found.mean() + value, (2.5, 97.5)).clip(0, 1)
    return Figure(value, float(low), float(high))


def wilson(hits: int, of: int) -> Figure:
    """A share with E. B. Wilson's score interval (1927), which holds for few posts and for shares near 0 and 1."""
    if not of:
        return Figure()
    share, z2 = hits / of, Z * Z / of
    middle = (share + z2 / 2) / (1 + z2)
    half = Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of)) / (1 + z2)
    return Figure(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))
