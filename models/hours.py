"""Business hours: when people are there, and how much of that time lies between two moments. Pure, and exact in UTC.

Shifts are times on the wall clock of a zone; spans are seconds that really pass while somebody is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Shift = tuple[int, int]
"""From and to, in minutes after the midnight on which its day begins; one that goes past midnight ends after 1440."""

_DAY = 24 * 60
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_SHIFT = re.compile(rf"\s*{_TIME}\s*-\s*(?:{_TIME}|(24):(00))\s*")


@dataclass(frozen=True, slots=True)
class Hours:
    """When people are there. ``week`` are the shifts of seven days from Monday on.

    ``holidays`` has the shifts of days that differ; none closes the day. A shift belongs to the day on which it begins,
    so the night shift before a holiday is worked to its end. Raises ValueError for a week without any shift.
    """

    zone: ZoneInfo
    week: tuple[tuple[Shift, ...], ...]
    holidays: Mapping[date, tuple[Shift, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.week) != len(DAYS) or not any(self.week):
            raise ValueError("has no shift: nobody would ever be there")

    def add(self, start: datetime, span: timedelta) -> datetime:
        """When ``span`` of open time has passed since ``start``; at the latest when a shift closes. In UTC."""
        if span <= timedelta():
            return start.astimezone(UTC)
        for opens, closes in self._open_from(start):
            if span <= closes - opens:
                return opens + span
            span -= closes - opens
        raise AssertionError("the week goes on for ever")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much open time lies between two moments; less than zero where ``end`` is the earlier."""
        # Two moments of one zone would be compared by their wall clock, which is wrong when an hour comes twice.
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if end < start:
            return -self.between(end, start)
        total = timedelta()
        for opens, closes in self._open_from(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there; not at the very moment at which a shift closes."""
        return self.opens_after(at) == at.astimezone(UTC)

    def opens_after(self, at: datetime) -> datetime:
        """When somebody is there next: ``at`` itself if the hours are open. In UTC."""
        return next(self._open_from(at))[0]

    def _open_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open time after ``start``, as spans in order that do not overlap. It never ends."""
        done = start.astimezone(UTC)
        # A shift of the day before may still go on.
        day = done.astimezone(self.zone).date() - timedelta(days=1)
        while True:
            for begins, ends in self._shifts(day):
                opens, closes = max(self._moment(day, begins), done), self._moment(day, ends)
                if opens < closes:
                    done = closes
                    yield opens, closes
            day += timedelta(days=1)

    def _shifts(self, day: date) -> tuple[Shift, ...]:
        return self.holidays.get(day, self.week[day.weekday()])

    def _moment(self, day: date, minutes: int) -> datetime:
        """A time of the wall clock in UTC: its first occurrence; one that is skipped is the moment of the jump."""
        days, minutes = divmod(minutes, _DAY)
        hour, minute = divmod(minutes, 60)
        wall = datetime.combine(day + timedelta(days=days), time(hour, minute), self.zone)
        at, other = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
        return self._jump(other, at) if other < at else at

    def _jump(self, before: datetime, after: datetime) -> datetime:
        """When the clock was put forward, between two moments."""
        offset = before.astimezone(self.zone).utcoffset()
        while after - before > timedelta(seconds=1):
            middle = before + (after - before) // 2
            if middle.astimezone(self.zone).utcoffset() == offset:
                before = middle
            else:
                after = middle
        # Clocks jump on whole seconds, and ``after`` is less than one behind.
        return after.replace(microsecond=0)


ALWAYS = Hours(ZoneInfo("UTC"), (((0, _DAY),),) * len(DAYS))
"""Around the clock."""


def read_shift(text: str) -> Shift:
    """ "09:00-12:30", or "22:00-06:00" past midnight; raises ValueError that says what is wrong."""
    match = _SHIFT.fullmatch(text)
    if not match:
        raise ValueError(f'"{text}" must be a shift such as "09:00-17:30", or "22:00-06:00" past midnight')
    from_hour, from_minute, *to = (int(part) for part in match.groups() if part is not None)
    begins, ends = from_hour * 60 + from_minute, to[0] * 60 + to[1]
    if begins == ends:
        raise ValueError(f'"{text}" ends when it begins: write "00:00-24:00" for the whole day')
    return begins, ends if ends > begins else ends + _DAY


def read_shifts(texts: list[str]) -> tuple[Shift, ...]:
    """The shifts of a day in order; raises ValueError where one is wrong or two overlap."""
    shifts = tuple(sorted(read_shift(text) for text in texts))
    if any(earlier[1] > later[0] for earlier, later in pairwise(shifts)):
        raise ValueError(f"two shifts overlap in {', '.join(texts)}")
    return shifts


def read_holiday(text: str) -> tuple[date, tuple[Shift, ...]]:
    """ "2026-12-25" for a day off, "2026-12-24 09:00-12:00" for other shifts than usual, commas between them."""
    day, _, shifts = text.strip().partition(" ")
    try:
        return date.fromisoformat(day), read_shifts([one for one in shifts.split(",") if one.strip()])
    except ValueError as error:
        why = str(error) if "shift" in str(error) or "ends when" in str(error) else f'"{day}" is not a date'
        raise ValueError(f'{why}; a holiday is written "2026-12-25" or "2026-12-24 09:00-12:00"') from None
