"""Heals what got lost: wake-ups that nobody heard, leases of dead workers, polls that are overdue."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from engine.seam import Stage, Wake
from models.store import judging, sources, wakes

STALE = timedelta(seconds=10)


def sweep(session: Session, now: datetime) -> list[Wake]:
    """The keys that should have run by now."""
    judging.free_expired(session, now)
    overdue = [(Stage.POLL.value, name) for name in sources.long_unpolled(session, now, STALE)]
    return wakes.waiting(session, now - STALE) + overdue
