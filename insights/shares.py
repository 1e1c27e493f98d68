"""Shares and scores with their 95 % intervals, and whether two of them differ."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from insights.recall import Z95, wilson


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``size``, with Wilson's interval (JASA 22, 1927); nothing but the counts where size is 0."""

    hits: int
    size: int
    share: float | None = None
    low: float | None = None
    high: float | None = None

    @staticmethod
    def of_counts(hits: int, size: int) -> Share:
        """With what follows from the counts."""
        return Share(hits, size, hits / size, *wilson(hits, size, Z95)) if size else Share(hits, size)


@dataclass(frozen=True, slots=True)
class Score:
    """A net promoter score, -100 to 100, of ``size`` answers; nothing but the count where there are none."""

    size: int
    score: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """By how much the first is above the second; ``verdict`` is higher, lower, or open where it cannot be told."""

    gap: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = "open"


def promoters(answers: list[int]) -> Score:
    """The share of 9 and 10 less that of 0 to 6, in points.

    The interval is the adjusted one of B. Rocks, "Interval estimation for the net promoter score", The American
    Statistician 70 (2016): three answers are added, a quarter of them each at the ends and half in the middle, so that
    it holds for few answers too.
    """
    if not answers:
        return Score(0)
    good, bad, size = sum(one >= 9 for one in answers), sum(one <= 6 for one in answers), len(answers)
    more, less, all_of = good + 0.75, bad + 0.75, size + 3
    middle = (more - less) / all_of
    spread = Z95 * sqrt(((more + less) / all_of - middle * middle) / all_of)
    low, high = max(middle - spread, -1.0), min(middle + spread, 1.0)
    return Score(size, 100 * (good - bad) / size, 100 * low, 100 * high)


def gap(first: Share | Score, second: Share | Score) -> Gap:
    """The difference with its interval, made of both intervals: empty where one of them has no answers.

    R. G. Newcombe's method 10, Statistics in Medicine 17 (1998), for shares; the same construction for scores
    (G. Y. Zou and A. Donner, Statistics in Medicine 27, 2008).
    """
    one, other = _parts(first), _parts(second)
    if one is None or other is None:
        return Gap()
    (value, low, high), (against, least, most) = one, other
    difference = value - against
    below = difference - sqrt((value - low) ** 2 + (most - against) ** 2)
    above = difference + sqrt((high - value) ** 2 + (against - least) ** 2)
    verdict = "higher" if below > 0 else "lower" if above < 0 else "open"
    return Gap(difference, below, above, verdict)


def _parts(one: Share | Score) -> tuple[float, float, float] | None:
    value = one.share if isinstance(one, Share) else one.score
    if value is None or one.low is None or one.high is None:
        return None
    # An adjusted interval may leave out the value itself where all answers are the same.
    return value, min(one.low, value), max(one.high, value)
