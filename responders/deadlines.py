"""By when people should act on a case: pure arithmetic of the rules, the team's hours and the moment of deciding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from models.decision import Route
from models.hours import ALWAYS, Hours
from models.settings import Settings
from models.settings.desk import LONGEST, Deadline, DeadlineName, Notify, Step


@dataclass(frozen=True, slots=True)
class Limit:
    """What the configuration says for one route on one channel. ``zone`` is that of the team, for people to read.

    ``steps`` is the escalation: none means that nobody is told again.
    """

    respond: timedelta
    resolve: timedelta
    hours: Hours
    zone: str
    steps: tuple[Step, ...]


Limits = Mapping[str, Limit]
"""The limits on a channel, by route; ``communications`` is that of what spreads."""


@dataclass(frozen=True, slots=True)
class Due:
    """When a case should be claimed or answered, and when it should be closed, in UTC."""

    answer_by: datetime
    resolve_by: datetime
    zone: str


def limits_of(settings: Settings, channel: str, usual: timedelta | None = None) -> Limits:
    """Every limit that holds on a channel; ``usual`` is its own target for the first answer (``Manifest``)."""
    return {name: _limit(settings, settings.deadline(channel, name, usual)) for name in get_args(DeadlineName)}


def limit_for(limits: Limits, route: Route | str) -> Limit:
    """The limit of a route; one on which nobody has to act is reviewed if somebody must after all."""
    return limits.get(route) or limits[Route.REVIEW]


def due(limits: Limits, route: Route | str, spreads: bool, now: datetime) -> Due:
    """When a case that opens now is due; of one that also spreads, each part is due at the sooner of two moments."""
    limit = limit_for(limits, route)
    found = [limit, limits["communications"]] if spreads else [limit]
    return Due(
        answer_by=min(one.hours.add(now, one.respond) for one in found),
        resolve_by=min(one.hours.add(now, one.resolve) for one in found),
        zone=limit.zone,
    )


def _limit(settings: Settings, deadline: Deadline) -> Limit:
    named = settings.hours.get(deadline.hours)
    return Limit(
        respond=deadline.respond,
        resolve=deadline.resolve,
        hours=named.hours if named else ALWAYS,
        zone=named.timezone if named else settings.calendar.timezone,
        steps=_steps(settings, deadline.escalate),
    )


def _steps(settings: Settings, name: str) -> tuple[Step, ...]:
    """Those of an escalation; without one there is a single reminder under the card, or none."""
    if name in settings.escalations:
        return tuple(settings.escalations[name].steps)
    after = settings.calendar.nudge_after
    return (Step(wait=min(after, LONGEST)), Step(notify=Notify())) if after else ()
