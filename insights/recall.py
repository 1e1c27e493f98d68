"""How many of the posts that needed a person were shown to one (recall), and how many that were shown needed one.

Agents' clicks alone cannot tell what was missed; the audit sample can. Nothing here is guessed from a label.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

from models.store.verdicts import Tally

WINDOW = timedelta(days=28)
Z95, Z97 = 1.959964, 2.241403
"""Two-sided 95 % and 97.5 % of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval."""

    share: float
    low: float
    high: float


def window(keep_mentions: timedelta) -> timedelta:
    """How far back verdicts are read: past ``keep_mentions`` those on the sample are erased, those on cases not."""
    return min(WINDOW, keep_mentions)


def precision(tally: Tally) -> Estimate | None:
    """Alerts that were needed, of the alerts that were judged; None where none was. Wilson's interval."""
    judged = tally.needed + tally.needless
    return Estimate(tally.needed / judged, *wilson(tally.needed, judged, Z95)) if judged else None


def recall(tally: Tally) -> Estimate | None:
    """Alerts that were needed, of all posts that needed a person; None where the verdicts do not tell.

    The Horvitz-Thompson estimate (JASA 47, 1952): each miss in the sample stands for as many posts as were left alone
    for one that was judged, which is 1 / share where all of the sample was; and so for the alerts. The interval is
    made of Wilson's for both rates (E. B. Wilson, JASA 22, 1927), each at 97.5 % so that both hold together at 95 %
    (Bonferroni); where every alert was judged, only the sample is uncertain. It takes those that were judged for
    chance ones: an agent who judges only what went wrong makes both figures worse than they are.
    """
    alerts, sample = tally.needed + tally.needless, tally.missed + tally.rightly
    if not sample or (tally.alerts and not alerts) or not tally.needed + tally.missed:
        return None
    all_judged = alerts >= tally.alerts
    z = Z95 if all_judged else Z97
    shown = _scaled(tally.needed, alerts, max(tally.alerts, alerts), 0 if all_judged else z)
    missed = _scaled(tally.missed, sample, tally.left_alone, z)
    return Estimate(
        *(_share(part, other) for part, other in zip(shown, (missed[0], missed[2], missed[1]), strict=True))
    )


def wilson(hits: int, size: int, z: float) -> tuple[float, float]:
    """The interval of a rate of which ``hits`` of ``size`` were seen."""
    rate = hits / size
    middle, spread = rate + z * z / (2 * size), z * sqrt(rate * (1 - rate) / size + z * z / (4 * size * size))
    scale = 1 + z * z / size
    return max((middle - spread) / scale, 0.0), min((middle + spread) / scale, 1.0)


def _scaled(hits: int, judged: int, size: int, z: float) -> tuple[float, float, float]:
    """How many of ``size`` it is if it is ``hits`` of those judged: the estimate, the least and the most."""
    if not judged:
        return 0.0, 0.0, 0.0
    low, high = wilson(hits, judged, z)
    return size * hits / judged, size * low, size * high


def _share(part: float, other: float) -> float:
    return part / (part + other) if part + other else 0.0
