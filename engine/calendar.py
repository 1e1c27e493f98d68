"""The calendar, kept by APScheduler. Its jobs only wake clocks; the work is done by the tick stage, once for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.settings import Settings
from models.settings.desk import read_moment

EVERY = {
    "sweep": 10,
    "silence": 30,
    "escalate": 15,
    "parents": 30,
    "recheck": 60,
    "surveys": 60,
    "numbers": 60,
    "switches": 600,
    "winback": 600,
}
"""Clocks that tick by the second count."""


def open_calendar(settings: Settings, tick: Callable[[str], None]) -> Any:
    """A scheduler that is not started yet. A missed moment is made up for once, however late."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    calendar, desk = settings.calendar, settings.desk
    scheduler = AsyncIOScheduler(timezone=calendar.timezone, job_defaults=defaults)
    daily = [("purge", [calendar.purge_at]), ("digest", [calendar.digest_at])]
    for name, moments in [*daily, ("weekly", [desk.weekly_digest]), ("hand_over", desk.hand_over_at)]:
        for number, at in enumerate(filter(None, moments)):
            days, hour, minute = read_moment(at)
            when = {"day_of_week": ",".join(days), "hour": hour, "minute": minute}
            scheduler.add_job(tick, "cron", [name], id=f"{name}-{number}" if number else name, **when)
    for name, seconds in EVERY.items():
        scheduler.add_job(tick, "interval", [name], id=name, seconds=seconds)
    return scheduler
