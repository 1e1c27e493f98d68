"""Taps on the buttons of a survey: once each, by nobody but who was asked, and the next question follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.decision import Kind, Message, Receipt, message_key
from models.mention import key_of_author
from models.store import effects, happened, presses, surveys
from models.store.dialect import table
from models.store.queueing import queue
from models.store.rows import message_of
from models.survey import STEPS, Tap, Words, question, words
from models.tables import EffectRow

_effect = table(EffectRow).c

LATE = timedelta(hours=1)
"""The next question is not asked any more so long after a tap."""
PRIORITY = 30
"""Before cards of no hurry: somebody looks at the screen."""


def take(session: Session, tap: Tap, now: datetime) -> bool:
    """Take the answer that a tap gives, and queue what is shown for it; whether it was one of ours and new.

    A tap on what is no survey of ours, or is forged, is passed over. That somebody could tap on a survey of which
    nobody knew whether it had arrived is the proof that it did.
    """
    if tap.said is None or not presses.first_time(session, f"tap {tap.id}", now):
        return False
    key, step, value = tap.said
    row = session.connection().execute(_survey(key)).first()
    if row is None or row.state == "pending" or (row.receipt or tap.place) != tap.place:
        return False
    # The case before its message, as everywhere.
    happened.lock(session, row.case_id)
    message, said = message_of(row, None), words(str(row.body.get("lang", "")))
    if row.author_key != key_of_author(row.brand, row.channel, tap.by):
        _follow(session, message, tap, {"said": said.not_yours}, now)
        return True
    if row.state != "sent":
        effects.sent(session, message, Receipt(tap.place), now)
    within = timedelta(seconds=float(row.body.get("within") or 0))
    answer: dict[str, Any] = {step: bool(value) if step == "again" else value}
    outcome = surveys.answer(session, row.case_id, now, within, **answer, via=row.channel)
    if isinstance(outcome, surveys.Refusal):
        _follow(session, message, tap, {"said": said.over, "reference": tap.place, "text": said.over}, now)
    else:
        _follow(
            session, message, tap, {"said": said.thanks, "reference": tap.place} | _next(message, outcome, said), now
        )
    return True


def _survey(key: str) -> Any:
    return select(table(EffectRow)).where(_effect.key == key, _effect.kind == Kind.SURVEY, _effect.case_id.is_not(None))


def _next(message: Message, answered: surveys.Answered, said: Words) -> dict[str, Any]:
    """The first question that is left, else thanks."""
    left = next((step for step in STEPS if getattr(answered, step) is None), None)
    if left is None:
        return {"text": said.thanks, "buttons": []}
    return question(left, said, str(message.body.get("brand", "")), message.key)


def _follow(session: Session, survey: Message, tap: Tap, body: dict[str, Any], now: datetime) -> None:
    after = replace(
        survey,
        key=message_key(Kind.TAPPED, survey.sink, tap.id, "tap"),
        kind=Kind.TAPPED,
        body={"tap": tap.id} | body,
        purpose="tap",
        priority=PRIORITY,
        expires_at=now + LATE,
    )
    queue(session, [after], now)
