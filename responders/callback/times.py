"""When a customer may be called: parts of the next days, on the customer's own clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from models.contact import read_windows
from models.settings.callback import CallbackSettings

DAYS = 3
CUTS = ("12:00", "15:00", "18:00")
"""A day's calling hours are cut here, so that each part is long enough to be kept."""
TOO_NEAR = timedelta(minutes=30)
"""A part that ends so soon is not promised any more."""
FARTHEST = timedelta(days=5)
"""The form may have been open over midnight, and dates differ around the world."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day and its parts, such as ``2026-11-21 09:00-12:00``."""

    day: date
    windows: tuple[str, ...]


def parts(callback: CallbackSettings) -> list[str]:
    """The parts of any day, such as ``09:00-12:00``."""
    cuts = [callback.earliest, *(cut for cut in CUTS if callback.earliest < cut < callback.latest), callback.latest]
    return [f"{start}-{end}" for start, end in pairwise(cuts)]


def offered(callback: CallbackSettings, zone: tzinfo, now: datetime) -> list[Day]:
    """The next three days on which there is a part left; the zone is a guess, so dates are always said."""
    today = now.astimezone(zone).date()
    days = [Day(day, _left(callback, day, zone, now)) for day in (today + timedelta(days=more) for more in range(4))]
    return [day for day in days if day.windows][:DAYS]


def kept(chosen: Sequence[str], callback: CallbackSettings, zone: str, now: datetime) -> tuple[str, ...]:
    """Those of the chosen parts that still lie ahead where the customer is, in their order.

    Raises ValueError for a part that no form of ours offers.
    """
    known = set(parts(callback))
    windows = read_windows(chosen)
    local = now.astimezone(ZoneInfo(zone)) if zone else now
    for window in windows:
        day, _, part = window.partition(" ")
        if part not in known or abs(date.fromisoformat(day) - local.date()) > FARTHEST:
            raise ValueError("no such time was offered")
    return tuple(window for window in windows if _ahead(window, local))


def by_day(windows: Collection[str]) -> list[Day]:
    """The same, by day."""
    days = sorted({window.partition(" ")[0] for window in windows})
    return [Day(date.fromisoformat(day), tuple(sorted(one for one in windows if one.startswith(day)))) for day in days]


def hours(window: str) -> str:
    """The hours of a part, to be read: ``09:00–12:00``."""
    return window.partition(" ")[2].replace("-", "–")


def _left(callback: CallbackSettings, day: date, zone: tzinfo, now: datetime) -> tuple[str, ...]:
    windows = (f"{day.isoformat()} {part}" for part in parts(callback))
    return tuple(window for window in windows if _ahead(window, now.astimezone(zone)))


def _ahead(window: str, local: datetime) -> bool:
    day, _, part = window.partition(" ")
    ends = datetime.fromisoformat(f"{day} {part.partition('-')[2]}")
    return ends - local.replace(tzinfo=None) >= TOO_NEAR
