"""Somebody else is asked to look: a person, a channel, a group of the configuration, or communications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from models.case import Case
from models.decision import Kind, Message, message_key
from models.form import Answer, Field, Form, Style
from models.press import Verb
from models.settings.sections import Target
from models.store import casework, edits, effects
from responders.desk import words
from responders.desk.asked import Asked, wrong
from responders.desk.claims import NOTE, tell_person

COMMUNICATIONS = "communications"


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Who is asked: how people call them, and a place or the id of a ``person`` that is told."""

    name: str
    place: Target | None = None
    person: str = ""


def escalate(asked: Asked) -> Answer:
    """Ask to whom."""
    case = asked.case()
    asked.subject()
    groups = tuple((name, name.capitalize()) for name in _groups(asked, case))
    group = (Field("group", "To", Style.CHOICE, choices=groups, optional=True),) if groups else ()
    return Form(
        "Escalate",
        Verb.ESCALATED,
        (
            *group,
            Field("person", "To a person", Style.PERSON, optional=True),
            Field("channel", "To a channel", Style.PLACE, optional=True),
            Field("note", "What they should know", Style.LONG, optional=True, longest=NOTE),
        ),
        "Escalate",
        ("They are told now. The case stays with whoever has it.",),
        case_id=case.id,
        mention_id=asked.press.mention_id,
        seen=case.version,
    )


def escalated(asked: Asked) -> Answer:
    """Tell them, and write it down."""
    case, note = asked.case(), asked.said("note")[:NOTE]
    chosen = _chosen(asked, case)
    outcome = casework.escalate(asked.session, case.id, asked.by, chosen.name, note, asked.now)
    if outcome.done:
        _tell(asked, case, chosen, note)
    return asked.told(outcome, f"{chosen.name} is told.")


def _chosen(asked: Asked, case: Case) -> _Chosen:
    person, channel, group = (asked.said(name) for name in ("person", "channel", "group"))
    if sum(map(bool, (person, channel, group))) != 1:
        raise wrong(person="Choose one: a person, a channel or a group.")
    if person:
        return _Chosen(asked.said("person.name") or person, person=person)
    if channel:
        return _Chosen(channel, Target(sink=asked.press.sink, to=channel))
    groups = _groups(asked, case)
    if group not in groups:
        raise wrong(group="It is not in the configuration any more. Choose another.")
    return _Chosen(group, groups[group])


def _groups(asked: Asked, case: Case) -> Mapping[str, Target]:
    """Communications, and the first place that each configured escalation tells."""
    settings = asked.settings
    places = {
        name: next((step.notify for step in escalation.steps if step.notify and step.notify.sink), None)
        for name, escalation in settings.escalations.items()
    }
    found = {name: Target(sink=place.sink, to=place.to) for name, place in places.items() if place}
    brand = case.brand if case.brand in settings.brands else next(iter(settings.brands))
    told = settings.target(brand, COMMUNICATIONS)
    return ({COMMUNICATIONS: told} if told else {}) | found


def _tell(asked: Asked, case: Case, chosen: _Chosen, note: str) -> None:
    line = f"{words.called(asked.by)} asks you to look at case {case.code}"
    text = f"{line}: {note}" if note else f"{line}."
    if chosen.place is None:
        tell_person(asked, chosen.person, text, "escalated")
        return
    place, about = chosen.place, asked.press.mention_id or None
    key = message_key(Kind.NOTICE, place.sink, asked.press.id, "escalated")
    notice = Message(key, place.sink, Kind.NOTICE, place.to, {"text": text}, about, case.id, case.brand)
    notice = replace(notice, purpose="escalated", priority=56)
    effects.queue(asked.session, [notice, *_card(asked, case, place)], asked.now)


def _card(asked: Asked, case: Case, place: Target) -> list[Message]:
    """The card itself for those who do not see the case's own."""
    body = edits.current_card(asked.session, case.id, asked.now)
    if body is None or (place.sink, place.to) == (case.sink, case.target):
        return []
    key = message_key(Kind.ALERT, place.sink, asked.press.id, "escalated-card")
    about = str(body.get("mention_id") or asked.press.mention_id) or None
    card = Message(key, place.sink, Kind.ALERT, place.to, body, about, case.id, case.brand)
    return [replace(card, purpose="escalated", priority=55)]
