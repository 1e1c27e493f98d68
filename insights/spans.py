"""How long things took, with those that go on counted as such; and against what was promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from insights.shares import Share
from models.hours import Hours

EXACT = 1e-9
"""Shares that are products of fractions are compared with this much room."""


@dataclass(frozen=True, slots=True)
class Wait:
    """From a moment to another; ``over`` is false where it goes on at ``end``, the end of what we look at."""

    start: datetime
    end: datetime
    over: bool = True

    def seconds(self, hours: Hours | None = None) -> float:
        """How long it is, in the hours of a team or around the clock. Clocks that jump make it none, never less."""
        span = hours.between(self.start, self.end) if hours else self.end - self.start
        return max(span.total_seconds(), 0.0)


@dataclass(frozen=True, slots=True)
class Spread:
    """``ended`` waits of ``ended + going_on``: within how many seconds half of all end, and nine in ten.

    None where so many have not ended yet, as far as can be told.
    """

    ended: int
    going_on: int
    p50: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise of ``target`` seconds: how many were ``in_time`` or ``late``, and how many may still be ``waiting``.

    What goes on and is past its time is late. ``attained`` is in_time of in_time and late; ``enough`` says whether it
    is the ``wanted`` share, None where nothing is due yet.
    """

    target: float
    wanted: float
    in_time: int
    late: int
    waiting: int
    attained: Share
    enough: bool | None


@dataclass(frozen=True, slots=True)
class Timing:
    """One clock: around the clock, in the channel's own ``hours`` if it has some, and against its target if set."""

    always: Spread
    hours: Spread | None = None
    kept: Kept | None = None


def spread(ended: Sequence[float], going_on: Sequence[float] = ()) -> Spread:
    """The least time by which half have ended, and nine in ten, by the product-limit estimate.

    E. L. Kaplan and P. Meier, JASA 53 (1958): what goes on has lasted at least so long, and to leave it out would make
    a desk with a backlog look fast. Where all have ended these are the usual quantiles.
    """
    waits = sorted([(wait, False) for wait in ended] + [(wait, True) for wait in going_on])
    found: dict[float, float] = {}
    left, place = 1.0, 0
    while place < len(waits):
        length, at_risk = waits[place][0], len(waits) - place
        ends = 0
        while place < len(waits) and waits[place][0] == length:
            ends += not waits[place][1]
            place += 1
        left *= 1 - ends / at_risk
        for share in (0.5, 0.9):
            if ends and left <= 1 - share + EXACT:
                found.setdefault(share, length)
    return Spread(len(ended), len(going_on), found.get(0.5), found.get(0.9))


def timing(
    waits: Sequence[Wait], hours: Hours | None = None, target: timedelta | None = None, wanted: float = 0.0
) -> Timing:
    """One clock over all of these waits."""
    return Timing(
        always=_spread(waits, None),
        hours=_spread(waits, hours) if hours else None,
        kept=_kept(waits, hours, target, wanted) if target else None,
    )


def _spread(waits: Sequence[Wait], hours: Hours | None) -> Spread:
    lengths = [(wait.seconds(hours), wait.over) for wait in waits]
    return spread([length for length, over in lengths if over], [length for length, over in lengths if not over])


def _kept(waits: Sequence[Wait], hours: Hours | None, target: timedelta, wanted: float) -> Kept:
    most = target.total_seconds()
    lengths = [(wait.seconds(hours), wait.over) for wait in waits]
    in_time = sum(over and length <= most for length, over in lengths)
    late = sum(length > most for length, _ in lengths)
    attained = Share.of_counts(in_time, in_time + late)
    enough = None if attained.share is None else attained.share >= wanted - EXACT
    return Kept(most, wanted, in_time, late, len(lengths) - in_time - late, attained, enough)
