"""Asking a contact centre to dial: queued once, without the number, and written down when it was taken."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.decision import Kind, Message, message_key
from models.events import EventType
from models.mention import storable
from models.press import Person
from models.settings.sections import Target
from models.store import ladder
from models.store.cases import LIVE
from models.store.dialect import table
from models.store.moves import Outcome, start, start_live
from models.store.queueing import queue
from models.switch import GIVEN_UP, VOICE, Stage, Why
from models.switch_tables import ContactRow
from models.tables import EffectRow

_contact, _effect = table(ContactRow).c, table(EffectRow).c

LATE = timedelta(minutes=5)
"""A phone that rings later than this after the press surprises both: it is not dialled any more."""
PAUSE = timedelta(seconds=30)
"""Who presses again so soon has pressed twice by mistake."""
PRIORITY = 60
"""Somebody waits at the phone."""


def dial(session: Session, case_id: str, contact_id: str, by: Person, dialler: Target, now: datetime) -> Outcome:
    """Ask ``dialler`` to connect the holder of a live case with its customer; who holds it alone may ask.

    Not done where the number was erased or withdrawn, or where the contact centre is being asked already.
    """
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    if not move.holds:
        return Outcome(False, "claim the case first: only its holder sees or dials the number")
    contact = session.connection().execute(_number(case_id, contact_id)).first()
    if contact is None:
        return Outcome(False, "there is no number any more: it was withdrawn or erased")
    if _asked(session, case_id, now):
        return Outcome(True, "the contact centre has been asked already", repeated=True)
    body = {"contact": contact_id, "code": move.row.code, "lang": contact.lang}
    body |= {"by": by.id, "by_name": storable(by.name), "card": {"sink": move.row.sink, "to": move.row.target}}
    wanted = Message(
        key=message_key(Kind.DIAL, dialler.sink, contact_id, f"dial-{now.isoformat()}"),
        sink=dialler.sink,
        kind=Kind.DIAL,
        target=dialler.to,
        body=body,
        case_id=case_id,
        brand=move.row.brand,
        channel=move.row.channel,
        purpose="dial",
        author_key=move.row.author_key,
        priority=PRIORITY,
        expires_at=now + LATE,
    )
    queue(session, [wanted], now)
    return Outcome(True)


def accepted(session: Session, message: Message, now: datetime) -> None:
    """The contact centre has taken it: that is an attempt to call, in the name of who asked."""
    assert message.case_id
    by = Person(str(message.body.get("by") or ""), str(message.body.get("by_name") or ""))
    move = start(session, message.case_id, by, now)
    if isinstance(move, Outcome):
        return
    move.add(EventType.DIALLED, {"key": message.key})
    if move.row.state in LIVE:
        last = ladder.newest(session, message.case_id)
        again = last and last.live and last.stage in (Stage.ATTEMPTED, Stage.CONNECTED)
        # Taken back while the request was on its way: no other switch begins with that.
        if last is None or last.drop not in GIVEN_UP:
            move.climb(Stage.ATTEMPTED, Why.AGAIN if again else Why.CALLED, way=VOICE)
    move.done()


def _number(case_id: str, contact_id: str) -> Any:
    kept = (_contact.sealed != "", _contact.withdrawn_at.is_(None), _contact.erased_at.is_(None))
    return select(_contact.lang).where(
        _contact.id == contact_id, _contact.case_id == case_id, _contact.kind == "phone", *kept
    )


def _asked(session: Session, case_id: str, now: datetime) -> bool:
    """Whether a request of the case is on its way, or has just been taken."""
    theirs = (_effect.case_id == case_id, _effect.kind == Kind.DIAL)
    under_way = _effect.state.in_(("pending", "sending", "uncertain")) & (_effect.expires_at > now)
    taken = (_effect.state == "sent") & (_effect.settled_at > now - PAUSE)
    return session.execute(select(_effect.key).where(*theirs, under_way | taken).limit(1)).first() is not None
