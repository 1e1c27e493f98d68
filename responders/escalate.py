"""Tells more people, step by step, of a card that nobody claims; and tells those concerned that a snoozed case woke.

The place that a case has reached stands in its row, so that a restart repeats and forgets nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from models.case import Case
from models.decision import Kind, Message, Route, message_key
from models.events import EventType
from models.settings.desk import Notify
from models.settings.sections import Target
from models.store import casework, effects, escalations, wakes
from models.store.escalations import Waiting
from responders import clock_words
from responders.compose import PRIORITY, place_of
from responders.deadlines import Limit, limit_for
from responders.rules import Rules, RulesFor

TOGETHER = 10
"""So many reminders at once to the same people come one by one; of more, so many stand in one message."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Where an escalation stands after a look: whom to tell, each with the number of its step, and when to look again.

    ``at`` None: it has come to its end.
    """

    tell: tuple[tuple[int, Notify], ...]
    step: int
    at: datetime | None


def wake(session: Session, rules_for: RulesFor, now: datetime) -> bool:
    """Wake the case that has slept past its time the longest, and say so under its card; whether there was one."""
    woken = escalations.these(session, casework.wake(session, now, limit=1))
    effects.queue(session, [_awake(case, channel, rules_for(case.brand, channel)) for case, channel in woken], now)
    return bool(woken)


def escalate(session: Session, rules_for: RulesFor, now: datetime) -> None:
    """Carry out every step that is due."""
    told: list[tuple[Case, dict[str, object], Message]] = []
    for waiting in escalations.due(session, now):
        told += _steps_of(session, waiting, rules_for(waiting.case.brand, waiting.channel), now)
    # All at once and in order, before each card is drawn anew: see models.store.wakes.
    wakes.mark(session, "send", {sink for case, _, message in told for sink in (case.sink, message.sink) if sink}, now)
    for case, meta, _ in told:
        casework.note_event(session, case.id, EventType.REMINDED, None, now, meta)
    effects.queue(session, list(_together([(case, message) for case, _, message in told])), now)


def _together(told: list[tuple[Case, Message]]) -> Iterator[Message]:
    """One message in place of many to the same people, as after a standstill or under a list of cards."""
    places: dict[tuple[Kind, str, str, str | None], list[tuple[Case, Message]]] = defaultdict(list)
    for case, message in told:
        under = case.card if message.kind is Kind.NOTE else None
        places[message.kind, message.sink, message.target, under].append((case, message))
    for (kind, *_), same in places.items():
        alone = [message for case, message in same if len(same) <= TOGETHER or case.route is Route.PAGE]
        yield from alone
        many = [message for _, message in same if message not in alone]
        if many:
            yield _one_for(many, kind)


def _one_for(many: list[Message], kind: Kind) -> Message:
    """What several messages say, in the place of the first of them."""
    first = many[0]
    said = [str(message.body["text"]) for message in many]
    more = [f"and {len(said) - TOGETHER} more"] if len(said) > TOGETHER else []
    called = list(dict.fromkeys(one for message in many for one in message.body["mention"]))
    key = message_key(kind, first.sink, first.key, "together")
    body = _body(clock_words.REMINDER, "\n".join([f"{len(said)} cases:", *said[:TOGETHER], *more]), called)
    return replace(first, key=key, body=body, case_id=first.case_id if kind is Kind.NOTE else None)


def walk(limit: Limit, step: int, at: datetime, now: datetime) -> Reached:
    """Go on from a step at the moment it is due. After time lost to a standstill, nobody is told twice at once.

    A wait begins when the step before it was really carried out, and nobody is told outside the team's hours.
    """
    steps = [one for one in limit.steps if one.repeat is None]
    end = len(steps) * (1 + sum(one.repeat or 0 for one in limit.steps))
    tell: list[tuple[int, Notify]] = []
    while step < end and at <= now:
        one = steps[step % len(steps)]
        if one.wait is not None:
            at = limit.hours.add(at, one.wait)
        elif one.notify is not None and limit.hours.is_open(now):
            tell.append((step, one.notify))
            at = now
        else:
            at = limit.hours.opens_after(now)
            break
        step += 1
    return Reached(tuple(tell), step, at if step < end else None)


def _steps_of(
    session: Session, waiting: Waiting, rules: Rules, now: datetime
) -> Iterator[tuple[Case, dict[str, object], Message]]:
    """For each step that tells somebody: the case, what stands in its history, and the message."""
    limit = limit_for(rules.limits, waiting.case.route)
    # A card that was held up on its way has its first wait from the moment at which people could see it.
    late = waiting.shown_at if waiting.step == 0 else None
    reached = walk(limit, waiting.step, max(waiting.step_at, late or waiting.step_at), now)
    if not escalations.moved_on(session, waiting, reached.step, reached.at):
        return
    for step, notify in reached.tell:
        meta: dict[str, object] = {"step": step, "to": notify.to or notify.sink}
        yield waiting.case, meta, _reminder(waiting, notify, step, rules, limit, now)


def _reminder(waiting: Waiting, notify: Notify, step: int, rules: Rules, limit: Limit, now: datetime) -> Message:
    case = waiting.case
    text = clock_words.unclaimed(case.code, case.opened_at, case.answer_by, ZoneInfo(limit.zone), now)
    # Each start of an escalation has a moment of its own, so a step of one is never taken for that of another.
    purpose = f"escalation-{waiting.step_at.isoformat()}-{step}"
    body = _body(clock_words.REMINDER, text, notify.mention)
    if not notify.sink:
        return _message(Kind.NOTE, place_of(case, rules), case, waiting.channel, purpose, body)
    body["text"] = f"{clock_words.matter(case.route, rules.name, waiting.channel)}. {text}"
    return _message(Kind.NOTICE, Target(sink=notify.sink, to=notify.to), case, waiting.channel, purpose, body)


def _awake(case: Case, channel: str, rules: Rules) -> Message:
    holder = [case.holder.id] if case.holder else []
    body = _body(clock_words.AWAKE, clock_words.awake(case), holder)
    return _message(Kind.NOTE, place_of(case, rules), case, channel, f"woken-{case.version}", body)


def _body(title: str, text: str, mention: list[str]) -> dict[str, Any]:
    return {"title": title, "text": text, "author": "", "link": "", "why": [], "mention": mention}


def _message(kind: Kind, place: Target, case: Case, channel: str, purpose: str, body: dict[str, Any]) -> Message:
    return Message(
        key=message_key(kind, place.sink, case.id, purpose),
        sink=place.sink,
        kind=kind,
        target=place.to,
        body=body,
        case_id=case.id,
        brand=case.brand,
        channel=channel,
        purpose=purpose.partition("-")[0],
        priority=PRIORITY.get(case.route, 0),
    )
