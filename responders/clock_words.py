"""What the clocks say to people: reminders, cases that wake, and what one shift leaves to the next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from models.case import Case
from models.decision import Route
from responders.card_words import place

REMINDER = "Reminder"
AWAKE = "Awake again"
SHOWN = 30
"""More cases than this are only counted in one hand-over."""

NEVER = datetime.max.replace(tzinfo=UTC)

MATTERS = {
    Route.PAGE: "possible danger",
    Route.CALL: "call",
    Route.WINBACK: "win-back",
    Route.REVIEW: "to look at",
    Route.ANSWER: "question",
}


def unclaimed(code: str, opened_at: datetime, answer_by: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    """That nobody has taken up a case, since when, and by when somebody should."""
    text = f"Case {code} is open for {lasting(now - opened_at)} and nobody has claimed it."
    if answer_by is None:
        return text
    tense = "It was to be answered" if answer_by <= now else "To be answered"
    return f"{text} {tense} by {moment(answer_by, zone, now)}."


def matter(route: Route, brand: str, channel: str) -> str:
    """What a case is about, for people who do not see its card."""
    what = MATTERS.get(route, MATTERS[Route.REVIEW])
    return f"{brand} on {place(channel)}, {what}"


def awake(case: Case) -> str:
    """That a snooze is over."""
    return f"Case {case.code} was snoozed until now{'.' if case.holder else ', and nobody has claimed it.'}"


def hand_over(cases: Sequence[tuple[Case, str]], zone: ZoneInfo, now: datetime) -> str:
    """What is open in one place, by whom, and until when: nobody's cases first, then each person's."""
    late = sum((by := case.due) is not None and by <= now for case, _ in cases)
    count = f"{len(cases)} open case{'s' if len(cases) != 1 else ''}"
    lines = [f"End of shift: {count}{f', {late} of them late' if late else ''}."]
    order = sorted(cases, key=lambda one: (_holder(one[0]) != "", _holder(one[0]), one[0].due or NEVER))
    for holder, held in groupby(order[:SHOWN], key=lambda one: _holder(one[0])):
        lines += ["", f"{holder or 'Nobody’s'}:", *(_line(case, channel, zone, now) for case, channel in held)]
    more = len(cases) - SHOWN
    return "\n".join([*lines, "", f"and {more} more"] if more > 0 else lines)


def lasting(span: timedelta) -> str:
    """A time that has passed, in its two largest units."""
    minutes = max(round(span / timedelta(minutes=1)), 0)
    if minutes < 60:
        return f"{minutes} minute{'s' if minutes != 1 else ''}"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    hours = minutes // 60
    return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A time on the team's wall clock; with its day where that is another, and its date where the day is far."""
    there, today = at.astimezone(zone), now.astimezone(zone).date()
    days = (there.date() - today).days
    day = "" if not days else f"{there:%a} " if abs(days) < 7 else f"{there:%d %b} "
    return f"{day}{there:%H:%M} {there.tzname()}"


def _holder(case: Case) -> str:
    return case.holder.called if case.holder else ""


def _line(case: Case, channel: str, zone: ZoneInfo, now: datetime) -> str:
    parts = [f"{case.code} {MATTERS.get(case.route, MATTERS[Route.REVIEW])} on {place(channel)}"]
    if by := case.due:
        verb = "close" if case.holder or case.answered_at else "answer"
        parts.append(f"{verb} by {moment(by, zone, now)}{', late' if by <= now else ''}")
    if case.snoozed_until:
        parts.append(f"snoozed until {moment(case.snoozed_until, zone, now)}")
    return "• " + ", ".join(parts)
