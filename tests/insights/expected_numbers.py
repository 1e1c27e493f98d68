"""Intervals, quantiles and open hours, computed a second time: with scipy and by going through the days."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import scipy.stats

Row = dict[str, Any]
UNITS = {"m": 60, "h": 3600, "d": 86400}


def seconds(words: str) -> float:
    """ "2h" as seconds."""
    return float(words[:-1]) * UNITS[words[-1]]


class Calendar:
    """Open seconds between two moments: for each local day, each shift in UTC, cut at both ends."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.zone = ZoneInfo(table["timezone"])
        self.week = [table["week"].get(day, []) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]
        self.special: dict[date, list[str]] = {}
        for holiday in table.get("holidays", []):
            day, _, shifts = holiday.partition(" ")
            self.special[date.fromisoformat(day)] = [shifts] if shifts else []

    def open(self, start: datetime, end: datetime) -> float:
        """Never less than none."""
        total, day = 0.0, start.astimezone(self.zone).date() - timedelta(days=2)
        while day <= end.astimezone(self.zone).date() + timedelta(days=1):
            for shift in self.special.get(day, self.week[day.weekday()]):
                opens, closes = shift.split("-")
                begin = self._at(day, opens)
                finish = self._at(day if closes > opens else day + timedelta(days=1), closes)
                total += max((min(finish, end) - max(begin, start)).total_seconds(), 0.0)
            day += timedelta(days=1)
        return total

    def _at(self, day: date, clock: str) -> datetime:
        hour, minute = map(int, clock.split(":"))
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone).astimezone(UTC)


def share(hits: int, size: int) -> Row:
    """With scipy's Wilson interval."""
    if not size:
        return {"hits": hits, "size": size, "share": None, "low": None, "high": None}
    interval = scipy.stats.binomtest(hits, size).proportion_ci(0.95, "wilson")
    return {"hits": hits, "size": size, "share": hits / size, "low": interval.low, "high": interval.high}


def spread(waits: Sequence[tuple[float, bool]]) -> Row:
    """Quantiles of waits (seconds, over) by scipy's product-limit estimate."""
    found: Row = {"ended": sum(over for _, over in waits), "going_on": sum(not over for _, over in waits)}
    return found | {"p50": _quantile(waits, 0.5), "p90": _quantile(waits, 0.1)}


def _quantile(waits: Sequence[tuple[float, bool]], left: float) -> float | None:
    ended, going_on = [one for one, over in waits if over], [one for one, over in waits if not over]
    if not ended:
        return None
    data = scipy.stats.CensoredData(uncensored=ended, right=going_on) if going_on else ended
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        survival = scipy.stats.ecdf(data).sf
    at = [
        float(value)
        for value, chance in zip(survival.quantiles, survival.probabilities, strict=True)
        if chance <= left + 1e-9
    ]
    return min(at, default=None)


def timing(
    waits: Sequence[tuple[datetime, datetime, bool]], calendar: Calendar | None, target: Any, within: float
) -> Row:
    """A clock around the clock, in hours, and against its target."""

    def clocked(measure: Callable[[datetime, datetime], float]) -> list[tuple[float, bool]]:
        return [(max(measure(start, end), 0.0), over) for start, end, over in waits]

    always = clocked(lambda start, end: (end - start).total_seconds())
    own = clocked(calendar.open) if calendar else always
    kept = None
    if target:
        most = seconds(target)
        met = [1 for length, over in own if over and length <= most]
        late = [1 for length, _ in own if length > most]
        part = share(len(met), len(met) + len(late))
        kept = {
            "target": most, "wanted": within, "in_time": len(met), "late": len(late),
            "waiting": len(own) - len(met) - len(late), "attained": part,
            "enough": None if part["share"] is None else part["share"] >= within,
        }  # fmt: skip
    return {"always": spread(always), "hours": spread(own) if calendar else None, "kept": kept}


def nps(given: Sequence[int]) -> Row:
    if not given:
        return {"size": 0, "score": None, "low": None, "high": None}
    points = [1 if one > 8 else -1 if one < 7 else 0 for one in given]
    # The three answers that Rocks adds, as quarters of people.
    weighed = [(point, 1.0) for point in points] + [(1, 0.75), (0, 1.5), (-1, 0.75)]
    size = sum(weight for _, weight in weighed)
    mean = sum(point * weight for point, weight in weighed) / size
    variance = sum(weight * (point - mean) ** 2 for point, weight in weighed) / size
    half = scipy.stats.norm.ppf(0.975) * math.sqrt(variance / size)
    low, high = (100 * min(max(edge, -1.0), 1.0) for edge in (mean - half, mean + half))
    return {"size": len(given), "score": 100 * sum(points) / len(given), "low": low, "high": high}


def gap(one: Row, other: Row, name: str) -> Row:
    if one[name] is None or other[name] is None:
        return {"gap": None, "low": None, "high": None, "verdict": "open"}
    p, q = one[name], other[name]
    low = p - q - math.hypot(p - one["low"], other["high"] - q)
    high = p - q + math.hypot(one["high"] - p, q - other["low"])
    return {"gap": p - q, "low": low, "high": high, "verdict": "higher" if low > 0 else "lower" if high < 0 else "open"}
