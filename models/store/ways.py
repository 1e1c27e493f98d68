"""What a case's card says of the way to its customer: contacts, calls, the closing line, the win-back. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.case import CaseState, Resolution
from models.decision import Kind
from models.events import EventType
from models.store.dialect import table
from models.store.queueing import SENT
from models.switch import Stage
from models.switch_tables import ConsentRow, ContactRow, SwitchRow, WinbackRow
from models.tables import CaseEventRow, EffectRow
from models.trail import worded

SETTLED_ELSEWHERE = (Resolution.CALLED, Resolution.ELSEWHERE)
"""After these nobody who reads along knows that it ended well."""

CONTACTS, ATTEMPTS = 3, 5
"""So many of each stand on a card."""

_CALLS = {
    Stage.OFFERED: "offered",
    Stage.OPENED: "offered",
    Stage.ACCEPTED: "offered",
    Stage.ATTEMPTED: "tried",
    Stage.CONNECTED: "ended",
}
_LINES = {"pending": "waiting", "sending": "waiting", "uncertain": "waiting", "sent": "sent"}

_switch, _contact, _consent = table(SwitchRow).c, table(ContactRow).c, table(ConsentRow).c
_event, _effect = table(CaseEventRow).c, table(EffectRow).c


def shown(session: Session, row: Any) -> dict[str, Any]:
    """The parts of ``models.card.Card`` about it; ``row`` is the case's."""
    return {
        "call": _call(session, row),
        "contacts": [list(one) for one in _contacts(session, row.id)],
        "attempts": [list(one) for one in _attempts(session, row.id)],
        "turned": _written(row.turned_at),
        "closing": closing_of(session, row.id, row.state, row.reason),
        "winback": _winback(session, row.id),
    }


def closing_of(session: Session, case_id: str, state: str, reason: str) -> str:
    """How far the line that ends the thread is, as ``Card.closing`` says it."""
    line = (_effect.case_id == case_id, _effect.kind == Kind.REPLY, _effect.purpose == "closing")
    queued = session.execute(select(_effect.state).where(*line).limit(1)).scalar()
    if queued in _LINES:
        return _LINES[queued]
    ended = (_event.case_id == case_id, _event.type == EventType.CLOSED_IN_PUBLIC)
    if session.execute(select(_event.seq).where(*ended).limit(1)).first():
        return "by_hand"
    if queued:
        return "failed"
    return "due" if state == CaseState.RESOLVED and reason in SETTLED_ELSEWHERE else ""


def said_by_us(session: Session, case_id: str, limit: int = 2) -> list[tuple[datetime, str, str]]:
    """What the customer was told in public: (when, on which channel, the words), newest first."""
    told = (_effect.case_id == case_id, _effect.kind == Kind.REPLY, SENT)
    newest = select(_effect.settled_at, _effect.channel, _effect.body).where(*told).order_by(_effect.settled_at.desc())
    return [
        (row.settled_at, row.channel, str(row.body.get("text") or "")) for row in session.execute(newest.limit(limit))
    ]


def _call(session: Session, row: Any) -> str:
    """By the newest switch; one that is over says nothing of a case that is open again."""
    newest = select(_switch.stage).where(_switch.case_id == row.id).order_by(_switch.hop.desc()).limit(1)
    stage = session.execute(newest).scalar()
    return _CALLS.get(Stage(stage), "") if stage else ""


def _contacts(session: Session, case_id: str) -> Iterator[tuple[str, ...]]:
    columns = (_contact.kind, _contact.given_at, _consent.given_at.label("agreed_at"), _contact.windows, _contact.zone)
    more = (_contact.lang, _contact.by, _contact.withdrawn_at, _contact.erased_at, _contact.id)
    # By the case as well, because that is what consents are found by.
    same = (_consent.case_id == _contact.case_id) & (_consent.contact_id == _contact.id)
    both = table(ContactRow).outerjoin(table(ConsentRow), same)
    theirs = select(*columns, *more).select_from(both).where(_contact.case_id == case_id)
    seen: set[str] = set()
    for row in session.execute(theirs.order_by(_contact.given_at.desc(), _contact.id, _consent.given_at.desc())):
        if row.id in seen or len(seen) == CONTACTS:
            continue
        seen.add(row.id)
        state = "withdrawn" if row.withdrawn_at else "erased" if row.erased_at else ""
        moments = (_written(row.given_at), _written(row.agreed_at))
        by = _name(session, case_id, row.id) or row.by if row.by else ""
        yield row.kind, *moments, ", ".join(row.windows), row.zone, row.lang, by, state


def _name(session: Session, case_id: str, contact_id: str) -> str:
    """How people call the agent who wrote a contact down."""
    given = (_event.case_id == case_id, _event.type == EventType.CONTACT_GIVEN)
    metas = session.execute(select(_event.meta).where(*given)).scalars()
    return next((str(meta.get("name") or "") for meta in metas if meta.get("contact") == contact_id), "")


def _attempts(session: Session, case_id: str) -> Iterator[tuple[str, str]]:
    tried = (_event.case_id == case_id, _event.type == EventType.CALL_ATTEMPTED)
    newest = select(_event.at, _event.meta).where(*tried).order_by(_event.seq.desc()).limit(ATTEMPTS)
    for row in session.execute(newest):
        yield _written(row.at), worded(str(row.meta.get("outcome") or ""))


def _winback(session: Session, case_id: str) -> str:
    outcome = session.execute(
        select(table(WinbackRow).c.outcome).where(table(WinbackRow).c.case_id == case_id)
    ).scalar()
    return "" if outcome is None else outcome or "open"


def _written(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
