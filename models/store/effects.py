"""The outbox: queue, claim, settle, and what a killed process left half done.

pending → sending → sent | pending (certainly not carried out) | rejected | uncertain;
uncertain → sent | pending (an alert) | needs_human (a public reply). The claim is committed before the first byte
goes out, so that whatever happens after it is known to be uncertain.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from models.decision import Kind, Message, Receipt
from models.store import cases, controls, wakes
from models.store.dialect import insert
from models.store.rows import message_of, storable
from models.tables import CaseRow, EffectRow

UNFINISHED = ("pending", "sending", "uncertain")


def queue(session: Session, messages: Sequence[Message], now: datetime) -> None:
    """Put messages into the outbox; one that is there already, or a second public reply, is dropped."""
    for message in messages:
        session.execute(insert(session, EffectRow).values(_values(message, now)).on_conflict_do_nothing())
    wakes.mark(session, "send", {message.sink for message in messages}, now)


def claim(session: Session, sink: str, now: datetime) -> Message | None:
    """The next message that is due, now in state sending; None where nothing is, or where people have paused us."""
    wakes.clear(session, "send", sink)
    pause = controls.pause_at(session, now)
    if pause and pause.everything:
        return None
    query = (
        select(EffectRow, CaseRow.card)
        .join(CaseRow, col(CaseRow.id) == EffectRow.case_id, isouter=True)
        .where(EffectRow.sink == sink, EffectRow.state == "pending")
        .where(or_(col(EffectRow.not_before).is_(None), col(EffectRow.not_before) <= now))
        # A note goes under its card, so it waits until the card is there.
        .where(or_(col(EffectRow.kind) != Kind.NOTE, col(CaseRow.card).is_not(None)))
        .order_by(col(EffectRow.priority).desc(), col(EffectRow.queued_at), EffectRow.key)
        .limit(1)
        .with_for_update(skip_locked=True, of=EffectRow)
    )
    if pause:
        query = query.where(EffectRow.kind != Kind.REPLY)
    found = session.exec(query).first()
    if found is None:
        return None
    row, card = found
    taken = _move(session, row.key, "pending", state="sending", sending_at=now, attempt=row.attempt + 1)
    row.attempt += 1
    message = message_of(row, row.body.get("reference") or card or None) if taken else None
    session.expunge(row)
    return message


def next_due(session: Session, sink: str) -> datetime | None:
    """When the next delayed message of a sink is due."""
    query = select(EffectRow.not_before).where(
        EffectRow.sink == sink, EffectRow.state == "pending", col(EffectRow.not_before).is_not(None)
    )
    return session.exec(query.order_by(col(EffectRow.not_before)).limit(1)).first()


def sent(session: Session, message: Message, receipt: Receipt, now: datetime) -> None:
    """It was carried out. A late word from a worker taken for dead is true as well, so the state does not matter."""
    values = {"state": "sent", "receipt": receipt.external_id, "url": receipt.url, "settled_at": now, "error": ""}
    session.execute(update(EffectRow).where(col(EffectRow.key) == message.key).values(**values))
    if message.case_id and message.kind is Kind.ALERT and message.purpose == "card":
        cases.card_sent(session, message.case_id, receipt.external_id)
        wakes.mark(session, "send", [message.sink], now)
    if message.case_id and message.kind in (Kind.ALERT, Kind.REPLY):
        type_ = "alert_sent" if message.kind is Kind.ALERT else "reply_sent"
        cases.event(session, message.case_id, type_, now, channel=message.sink, meta={"key": message.key})


def again(session: Session, message: Message, at: datetime, error: str, *, doubtful: bool = False) -> None:
    """It was certainly not carried out (or may be carried out twice): try again at ``at``."""
    row = update(EffectRow).where(col(EffectRow.key) == message.key, col(EffectRow.state).in_(UNFINISHED))
    session.execute(row.values(state="pending", not_before=at, error=_short(error), doubtful=doubtful))


def reject(
    session: Session, message: Message, state: str, error: str, follow: Sequence[Message], now: datetime
) -> None:
    """It will not be carried out by us (rejected, needs_human, expired or dead); people get ``follow``."""
    if _move(session, message.key, *UNFINISHED, state=state, error=_short(error), settled_at=now):
        queue(session, follow, now)
        if message.case_id and message.kind is Kind.ALERT and message.purpose == "card":
            # Later mentions of the case must not wait for a card that never comes.
            cases.card_sent(session, message.case_id, "")
            wakes.mark(session, "send", [message.sink], now)


def doubt(session: Session, message: Message, error: str, now: datetime) -> None:
    """It may have been carried out: the sink is asked before anything else happens."""
    _move(session, message.key, "sending", state="uncertain", error=_short(error))
    wakes.mark(session, "reconcile", [message.sink], now)


def uncertain(session: Session, sink: str) -> list[Message]:
    """The messages of a sink of which nobody knows whether they arrived."""
    wakes.clear(session, "reconcile", sink)
    query = (
        select(EffectRow, CaseRow.card)
        .join(CaseRow, col(CaseRow.id) == EffectRow.case_id, isouter=True)
        .where(EffectRow.sink == sink, EffectRow.state == "uncertain")
        .order_by(col(EffectRow.queued_at))
    )
    return [message_of(row, row.body.get("reference") or card or None) for row, card in session.exec(query)]


def recover(session: Session, now: datetime) -> int:
    """At start: what was being sent when the last process ended is uncertain; what waits is woken."""
    half_done = session.exec(select(EffectRow.sink).where(EffectRow.state == "sending")).all()
    session.execute(
        update(EffectRow)
        .where(col(EffectRow.state) == "sending")
        .values(state="uncertain", error="stopped in mid-send")
    )
    unsure = session.exec(select(EffectRow.sink).where(EffectRow.state == "uncertain").distinct()).all()
    wakes.mark(session, "reconcile", unsure, now)
    waiting = session.exec(select(EffectRow.sink).where(EffectRow.state == "pending").distinct()).all()
    wakes.mark(session, "send", waiting, now)
    return len(half_done)


def _move(session: Session, key: str, *states: str, **values: Any) -> bool:
    """Change a row only if it is still in one of ``states``; whether it was."""
    row = update(EffectRow).where(col(EffectRow.key) == key, col(EffectRow.state).in_(states))
    return session.execute(row.values(**values)).rowcount == 1  # type: ignore[attr-defined,no-any-return]


def _short(error: str) -> str:
    return storable(error)[:500]


def _values(message: Message, now: datetime) -> dict[str, Any]:
    return {
        "key": message.key,
        "sink": message.sink,
        "kind": message.kind,
        "target": message.target,
        "body": dict(message.body),
        "mention_id": message.mention_id,
        "case_id": message.case_id,
        "brand": message.brand,
        "channel": message.channel,
        "purpose": message.purpose,
        "author_key": message.author_key,
        "thread_key": message.thread_key,
        "priority": message.priority,
        "expires_at": message.expires_at,
        "queued_at": now,
        "state": "pending",
        "attempt": 0,
        "doubtful": False,
        "url": "",
        "error": "",
    }
