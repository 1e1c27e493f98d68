"""The line that ends in public what was settled elsewhere: one a case, sent by the bot's account or written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session

from models.decision import Kind, Message
from models.events import EventType
from models.mention import storable
from models.press import Person
from models.store import edits, ladder
from models.store.dialect import table
from models.store.happened import Event, append, event
from models.store.moves import Outcome, start
from models.store.queueing import queue
from models.switch import Actor, Stage, Why
from models.tables import EffectRow

_effect = table(EffectRow).c

CLOSING: Final = "closing"
"""The purpose of such a message."""

NOT_SETTLED = "nothing was settled elsewhere, so there is nothing to close in public"
STANDS = "a closing line stands there already"
ON_ITS_WAY = "a closing line of this case is on its way"
FAILED = "the closing line of this case failed, so write it on the platform and say so here"


def send(session: Session, case_id: str, message: Message, by: Person, now: datetime) -> Outcome:
    """Queue the closing line of a case that was settled elsewhere; not done where there is one.

    Everything that may forbid it (opt-out, pause, eligibility) is asked by the caller, in the same transaction.
    """
    move = start(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    if (refused := _refusal(session, case_id)) is not None:
        return refused
    body = dict(message.body) | {"by": by.id, "by_name": storable(by.name)}
    line = replace(message, case_id=case_id, purpose=CLOSING, kind=Kind.REPLY, body=body)
    if not queue(session, [line], now):
        return Outcome(False, FAILED)
    move.add(EventType.ANSWER_QUEUED, {"key": message.key, "purpose": CLOSING})
    return move.done()


def by_hand(session: Session, case_id: str, by: Person, now: datetime) -> Outcome:
    """Somebody wrote the closing line on the platform."""
    move = start(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    if (refused := _refusal(session, case_id)) is not None:
        return refused
    move.add(EventType.CLOSED_IN_PUBLIC, {"how": "hand"})
    move.climb(Stage.CLOSED)
    return move.done()


def _refusal(session: Session, case_id: str) -> Outcome | None:
    """Why no line may close this case; None where one may."""
    last = ladder.newest(session, case_id)
    if last is None or last.stage not in (Stage.RESOLVED, Stage.CLOSED):
        return Outcome(False, NOT_SETTLED)
    if last.stage is Stage.CLOSED:
        return Outcome(False, STANDS, at=last.moved_at)
    line = (_effect.case_id == case_id, _effect.kind == Kind.REPLY, _effect.purpose == CLOSING)
    under_way = select(_effect.queued_at).where(*line, _effect.state.in_(("pending", "sending", "uncertain")))
    queued = session.connection().execute(under_way.limit(1)).first()
    return Outcome(False, ON_ITS_WAY, at=queued.queued_at) if queued else None


def posted(session: Session, row: Any, message: Message, by: Actor, now: datetime) -> list[Event]:
    """The line stands: the complaint has a visible ending, and so has the switch if it is settled still."""
    ends = [event(EventType.CLOSED_IN_PUBLIC, by, now, {"key": message.key}, message.sink)]
    last = ladder.newest(session, row.id)
    if last and last.stage is Stage.RESOLVED:
        ends += ladder.climb(session, ladder.of(row), Stage.CLOSED, now, by, Why.AGENT)
    return ends


def failed(session: Session, row: Any, key: str, now: datetime) -> bool:
    """Whether a message was a closing line; that it came to nothing is written down, and the case owes nothing."""
    if row is None:
        return False
    found = session.connection().execute(select(_effect.purpose).where(_effect.key == key)).scalar()
    if found != CLOSING:
        return False
    if row.author_key:
        append(session, row.id, [event(EventType.REPLY_FAILED, None, now, {"key": key, "purpose": CLOSING})])
        edits.redraw(session, row.id, now)
    return True
