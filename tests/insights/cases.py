"""Histories of cases for tests: what happened, by minutes after noon."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from insights.story import Story, story
from models.store.report import Event, History
from tests.build import NOW

TERM = timedelta(days=7)
UNTIL = NOW + timedelta(days=30)
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOW + minutes * MINUTE


def event(what: str, minutes: float, actor: str = "agent", channel: str = "x", **meta: Any) -> Event:
    """Something that happened then."""
    return Event(what, at(minutes), actor, channel, meta)


def post(minutes: float) -> Event:
    """The customer wrote then."""
    return event("mention_posted", minutes, "customer", seen_at=at(minutes).isoformat())


def switch(stage: str, minutes: float, number: int = 1, **meta: Any) -> Event:
    """A step of the case's switch to voice."""
    name = {"resolved": "completed"}.get(stage, stage)
    return event(f"switch_{name}", minutes, switch=f"case-1-{number}", to="voice", **meta)


def history(*events: Event, **changes: Any) -> History:
    """A case that was opened at noon, a minute after its post; ``events`` are all else."""
    whole = (event("opened", 0, "bot"), event("mention_posted", -1, "customer"), *events)
    values: dict[str, Any] = {
        "id": "case-1", "brand": "kestrelo", "channel": "x", "route": "call", "opened_at": NOW, "erased_at": None,
        "from_before": False, "events": whole,
    }  # fmt: skip
    return History(**values | changes)


def told(*events: Event, until: datetime = UNTIL, **changes: Any) -> Story:
    """What became of it."""
    return story(history(*events, **changes), until, TERM)
