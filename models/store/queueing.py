"""What enters the outbox: each intent once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete
from sqlmodel import Session

from models.decision import Kind, Message
from models.store import wakes
from models.store.dialect import insert, table
from models.tables import EffectRow

_effect = table(EffectRow).c

SENT: ColumnElement[bool] = _effect.state.concat("") == "sent"
"""The condition of a message that was carried out, beside an index of its own: nearly all were, so that of states would
be as long as the table, and SQLite takes it all the same.
"""

DRAWING = "edit-"
"""How the purpose of a drawing of a case's present card begins; the case's version follows."""


def queue(session: Session, messages: Sequence[Message], now: datetime) -> int:
    """Put messages into the outbox; one that is there already, or a second public reply, is dropped.

    Returns how many were new.
    """
    if not messages:
        return 0
    row = insert(session, EffectRow).on_conflict_do_nothing().returning(_effect.sink)
    fresh = list(session.connection().execute(row, [_values(message, now) for message in messages]).scalars())
    wakes.mark(session, "send", fresh, now)
    return len(fresh)


def drop_drawings(session: Session, case_id: str) -> None:
    """Drawings of the case's card that wait, and those of the past, make room for what is newer.

    One that is on its way, or that may have arrived, is left: what becomes of it has to be written down.
    """
    over = _effect.state.not_in(("sending", "uncertain"))
    drawings = (_effect.case_id == case_id, _effect.kind == Kind.EDIT, _effect.purpose.startswith(DRAWING))
    session.execute(delete(table(EffectRow)).where(*drawings, over))


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
