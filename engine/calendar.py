"""The calendar, kept by APScheduler. Its jobs only wake clocks; the work is done by the tick stage, once for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.settings.sections import CalendarSettings

EVERY = {"sweep": 10, "silence": 30, "nudge": 60}
"""Clocks that tick by the second count."""


def open_calendar(settings: CalendarSettings, tick: Callable[[str], None]) -> Any:
    """A scheduler that is not started yet. A missed moment is made up for once, however late."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = AsyncIOScheduler(timezone=settings.timezone, job_defaults=defaults)
    for name, at in (("purge", settings.purge_at), ("digest", settings.digest_at)):
        hour, minute = at.split(":")
        scheduler.add_job(tick, "cron", [name], id=name, hour=int(hour), minute=int(minute))
    for name, seconds in EVERY.items():
        scheduler.add_job(tick, "interval", [name], id=name, seconds=seconds)
    return scheduler
