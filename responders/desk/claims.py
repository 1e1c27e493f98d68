"""Who works on a case: claim, release, hand over; and let it rest for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from models.decision import Kind, Message, Route, message_key
from models.form import Answer, Field, Form, Said, Style
from models.press import Person, Verb
from models.store import casework, effects
from responders.desk import words
from responders.desk.asked import Asked, Undone, wrong

NOTE = 500
"""The longest note."""
LONGEST_SNOOZE = timedelta(days=30)
SPANS = {"30m": timedelta(minutes=30), "2h": timedelta(hours=2), "4h": timedelta(hours=4), "1d": timedelta(days=1)}
SPAN_WORDS = (("30m", "For 30 minutes"), ("2h", "For 2 hours"), ("4h", "For 4 hours"), ("1d", "For a day"))


def claim(asked: Asked) -> Answer:
    """Take the case on."""
    outcome = casework.claim(asked.session, asked.press.case_id, asked.by, asked.now)
    return asked.told(outcome, "The case is yours.")


def release(asked: Asked) -> Answer:
    """Give the case back to the queue."""
    outcome = casework.release(asked.session, asked.press.case_id, asked.by, asked.now, lead=asked.lead)
    return asked.told(outcome, "The case is back in the queue.")


def hand_over(asked: Asked) -> Answer:
    """Ask to whom."""
    case = asked.case()
    asked.subject()
    return Form(
        "Hand over",
        Verb.HANDED_OVER,
        (
            Field("to", "To", Style.PERSON, hint="They are told in a message of their own."),
            Field("note", "What they should know", Style.LONG, optional=True, longest=NOTE),
        ),
        "Hand over",
        case_id=case.id,
        mention_id=asked.press.mention_id,
        seen=case.version,
    )


def handed_over(asked: Asked) -> Answer:
    """Make another person the holder, and tell them."""
    to, note = Person(asked.said("to"), asked.said("to.name")), asked.said("note")[:NOTE]
    if not to.id:
        raise wrong(to="Choose somebody.")
    to = asked.by if to.id == asked.by.id else to
    outcome = casework.hand_over(asked.session, asked.press.case_id, asked.by, to, note, asked.now, lead=asked.lead)
    if outcome.done and to != asked.by:
        line = f"{words.called(asked.by)} has handed case {asked.case().code} over to you"
        tell_person(asked, to.id, f"{line}: {note}" if note else f"{line}.", "handed-over")
    return asked.told(outcome, "The case is handed over.")


def snooze(asked: Asked) -> Answer:
    """Ask for how long."""
    case = asked.case()
    asked.subject()
    _may_rest(case.route)
    return Form(
        "Snooze",
        Verb.SNOOZED,
        (
            Field("span", "How long", Style.CHOICE, "2h", SPAN_WORDS, optional=True),
            Field("until", "Or until", Style.MOMENT, optional=True, hint="This counts, if it is filled in."),
        ),
        "Snooze",
        ("Nobody is reminded meanwhile. A new post of the customer ends the rest.",),
        case_id=case.id,
        mention_id=asked.press.mention_id,
        seen=case.version,
    )


def snoozed(asked: Asked) -> Answer:
    """Let the case rest."""
    _may_rest(asked.case().route)
    until = _until(asked)
    outcome = casework.snooze(asked.session, asked.press.case_id, asked.by, until, asked.now)
    return asked.told(outcome, f"The case rests until {asked.clock(until)}.")


def _may_rest(route: Route) -> None:
    if route is Route.PAGE:
        raise Undone(
            Said("Somebody may be in danger, so this cannot be snoozed. Claim it, hand it over or escalate it.")
        )


def _until(asked: Asked) -> datetime:
    said = asked.said("until")
    if not said:
        return asked.now + SPANS.get(asked.said("span"), SPANS["2h"])
    try:
        until = datetime.fromisoformat(said)
    except ValueError:
        raise wrong(until="Choose a day and a time.") from None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    if not asked.now < until <= asked.now + LONGEST_SNOOZE:
        raise wrong(until="Choose a moment within the next 30 days.")
    return until


def tell_person(asked: Asked, person_id: str, text: str, purpose: str) -> None:
    """Queue a message to one member of the team, in the program in which somebody pressed."""
    sink, press = asked.press.sink, asked.press
    if not sink:
        return
    key = message_key(Kind.NOTICE, sink, press.id, purpose)
    to, about = f"@{person_id.lstrip('@')}", press.mention_id or None
    notice = Message(key, sink, Kind.NOTICE, to, {"text": text}, about, press.case_id or None)
    effects.queue(asked.session, [replace(notice, purpose=purpose, priority=45)], asked.now)
