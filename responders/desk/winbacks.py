"""Somebody who was leaving: whether they stayed, said by people, and asked of them when its time has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from models.case import Case
from models.decision import Kind, Message, message_key
from models.form import Answer, Field, Form, Said, Style
from models.press import Verb
from models.settings import Settings
from models.store import board, effects, winbacks
from models.winback import WinbackOutcome
from responders.compose import place_of
from responders.desk.asked import Asked, wrong
from responders.rules import RulesFor

OUTCOMES = {
    WinbackOutcome.RETAINED: "They stay",
    WinbackOutcome.LOST: "They have left",
    WinbackOutcome.UNKNOWN: "Nobody can tell",
}
ANSWERS = tuple((str(outcome), said) for outcome, said in OUTCOMES.items())
FIELD = "stayed"
QUESTION = "Did they stay?"
AGAIN, TIMES = timedelta(days=3), 4
"""Where nobody says it, it is asked so often, so long apart; after that nobody can tell."""


def winback(asked: Asked) -> Answer:
    """Ask whether they stayed."""
    case = asked.case()
    asked.subject()
    return Form(
        QUESTION,
        Verb.WINBACK_ENDED,
        (field(),),
        "Keep it",
        ("By this the win-back lane is measured, so an honest “Nobody can tell” is worth more than a guess.",),
        case_id=case.id,
        mention_id=asked.press.mention_id,
        seen=case.version,
    )


def field(optional: bool = False) -> Field:
    """The question."""
    return Field(FIELD, QUESTION, Style.CHOICE, choices=ANSWERS, optional=optional)


def winback_ended(asked: Asked) -> Answer:
    """Keep what was said."""
    said = asked.said(FIELD)
    if said not in list(WinbackOutcome):
        raise wrong(**{FIELD: "Choose one."})
    outcome = winbacks.end(asked.session, asked.press.case_id, WinbackOutcome(said), asked.by, asked.now)
    return Said("Kept. Thank you.") if outcome.done else asked.told(outcome, "")


def waits(asked: Asked, case: Case) -> bool:
    """Whether it has not been said yet of a case of the lane, or of the hold-out beside it."""
    found = winbacks.of_case(asked.session, case.id)
    return found is not None and found.outcome is None


def remind(session: Session, settings: Settings, rules_for: RulesFor, now: datetime) -> int:
    """Ask under the cards of those whose time has come; how many there were. A clock calls it until it is 0."""
    due = winbacks.due(session, now)
    for one in due:
        case = board.case_of(session, one.case_id)
        if case is None or one.opened_at + settings.winback.within + TIMES * AGAIN <= now:
            winbacks.end(session, one.case_id, WinbackOutcome.UNKNOWN, None, now)
        elif winbacks.asked(session, one.case_id, now + AGAIN):
            effects.queue(session, [_question(case, one.channel, rules_for, now)], now)
    return len(due)


def _question(case: Case, channel: str, rules_for: RulesFor, now: datetime) -> Message:
    place = place_of(case, rules_for(case.brand, channel))
    holder = [case.holder.id] if case.holder else []
    text = f"The customer of case {case.code} wanted to leave. Did they stay?"
    body: dict[str, Any] = {"title": QUESTION, "text": text, "author": "", "link": "", "why": [], "mention": holder}
    body["ask"] = {
        "case": case.id,
        "verb": str(Verb.WINBACK_ENDED),
        "name": FIELD,
        "choices": [list(one) for one in ANSWERS],
    }
    key = message_key(Kind.NOTE, place.sink, case.id, f"winback-{now.date()}")
    note = Message(key, place.sink, Kind.NOTE, place.to, body, None, case.id, case.brand, purpose="winback")
    return replace(note, channel=channel, priority=20)
