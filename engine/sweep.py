"""Heals what got lost: wake-ups that nobody heard, leases of dead workers, polls that are overdue."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from engine.seam import Stage, Wake
from models.store import effects, judging, sources, wakes

STALE = timedelta(seconds=10)
ABANDONED = timedelta(minutes=10)
"""Longer than any call to a sink may last."""


def sweep(session: Session, now: datetime) -> list[Wake]:
    """The keys that should have run by now."""
    judging.free_expired(session, now)
    effects.doubt_abandoned(session, now - ABANDONED, now)
    overdue = [(Stage.POLL.value, name) for name in sources.long_unpolled(session, now, STALE)]
    return wakes.waiting(session, now - STALE) + overdue
