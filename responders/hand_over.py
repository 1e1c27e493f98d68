"""The end of a shift: what is open in each place, by whom, and until when. Told once for each moment that is set."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from models.case import Case
from models.decision import Kind, Message, message_key
from models.hours import DAYS
from models.settings import Settings
from models.settings.desk import read_moment
from models.store import effects, escalations
from responders import clock_words
from responders.compose import place_of
from responders.rules import RulesFor

URGENT = 20
"""Before cards that only want to be looked at, after those that recommend a call."""


def hand_over(session: Session, settings: Settings, rules_for: RulesFor, now: datetime) -> None:
    """A list to each place that has open cases, for the latest moment at which a shift ended."""
    zone = ZoneInfo(settings.calendar.timezone)
    ended = last_moment(settings.desk.hand_over_at, zone, now)
    if ended is None:
        return

    places: dict[tuple[str, str], list[tuple[Case, str]]] = defaultdict(list)
    for case, channel in escalations.open_cases(session):
        target = place_of(case, rules_for(case.brand, channel))
        places[target.sink, target.to].append((case, channel))
    messages = [
        _message(sink, to, clock_words.hand_over(cases, zone, now), ended) for (sink, to), cases in places.items()
    ]
    if messages:
        effects.queue(session, messages, now)


def last_moment(moments: list[str], zone: ZoneInfo, now: datetime) -> datetime | None:
    """The latest of the weekly moments that has come; None where there is none."""
    today = now.astimezone(zone).date()
    past = [
        at
        for days, hour, minute in map(read_moment, filter(None, moments))
        for back in range(len(DAYS) + 1)
        if (at := _at(today - timedelta(days=back), hour, minute, zone)) <= now
        if DAYS[(today - timedelta(days=back)).weekday()] in days
    ]
    return max(past, default=None)


def _at(day: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour, minute), zone)


def _message(sink: str, to: str, text: str, ended: datetime) -> Message:
    return Message(
        key=message_key(Kind.NOTICE, sink, to, f"hand-over-{ended.isoformat()}"),
        sink=sink,
        kind=Kind.NOTICE,
        target=to,
        body={"text": text},
        purpose="hand-over",
        priority=URGENT,
    )
