"""What span of time a report is of: ``30d``, or days on the team's calendar."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from models.errors import SettingsError
from models.store.report import Span

LONGEST = 3660
"""Days."""


def span(since: str, until: str, zone: tzinfo, now: datetime, brand: str = "", channel: str = "") -> Span:
    """From ``since`` (``30d``, ``12h`` or a day) to the end of the day ``until``, or to now where that is empty.

    Raises SettingsError that says how it is written.
    """
    # A day ends on the wall clock, also where it has 23 hours; all that follows is real time.
    end = min((_day(until, "until", zone) + timedelta(days=1)).astimezone(UTC), now) if until else now
    begin = _before(since, end) or _day(since, "since", zone).astimezone(UTC)
    if begin >= end:
        raise SettingsError([f"--since {since} is not before the report's end, {end.astimezone(zone):%Y-%m-%d %H:%M}"])
    return Span(begin, end.astimezone(UTC), brand, channel)


def known(name: str, what: str, names: Collection[str]) -> str:
    """The name, which must be one of these or empty; raises SettingsError that lists them."""
    if name and name not in names:
        raise SettingsError([f'--{what} "{name}" is not known here ({what}s: {", ".join(sorted(names)) or "none"})'])
    return name


def _before(text: str, end: datetime) -> datetime | None:
    match = re.fullmatch(r"(\d{1,5})\s*([hd])", text.strip())
    if not match:
        return None
    back = timedelta(hours=int(match[1])) if match[2] == "h" else timedelta(days=int(match[1]))
    if back > timedelta(days=LONGEST):
        raise SettingsError([f"--since {text} is longer than ten years; write a day such as 2026-11-01"])
    return end - back


def _day(text: str, name: str, zone: tzinfo) -> datetime:
    try:
        day = date.fromisoformat(text.strip())
        return datetime.combine(day, time(), zone)
    except ValueError:
        ways = 'a day such as "2026-11-01"' + (' or a span such as "30d" or "12h"' if name == "since" else "")
        raise SettingsError([f'--{name} "{text}" must be {ways}']) from None
