"""Which key of which stage has work. The rows are the truth; an engine's wake-up is only a hint.

The order of the statements matters: three shorter variants lost wake-ups under load. A producer locks the flag, reads
it and sets it with its own rows in one transaction; a consumer clears it first and reads its work after that.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from models.store.dialect import insert
from models.tables import WakeRow


def mark(session: Session, stage: str, keys: Iterable[str], now: datetime) -> None:
    """Say that ``keys`` have work. Keys are taken in order, because two producers in unlike orders would deadlock."""
    for key in sorted(set(keys)):
        if not _locked_flag(session, stage, key, now):
            session.execute(update(WakeRow).where(_is(stage, key)).values(dirty=True, since=now))
        session.info.setdefault("wakes", []).append((stage, key))


def _locked_flag(session: Session, stage: str, key: str, now: datetime) -> bool:
    """The flag, with its row locked until the end of the transaction."""
    row = insert(session, WakeRow).values(stage=stage, key=key, dirty=False, since=now).on_conflict_do_nothing()
    flag = select(WakeRow.dirty).where(WakeRow.stage == stage, WakeRow.key == key).with_for_update()
    while True:
        session.execute(row)
        # The nightly purge may take an idle row away between the two statements; then it is made again.
        if (dirty := session.exec(flag).first()) is not None:
            return dirty


def clear(session: Session, stage: str, key: str) -> None:
    """The first statement of every piece of work on a key."""
    session.execute(update(WakeRow).where(_is(stage, key), col(WakeRow.dirty)).values(dirty=False))


def waiting(session: Session, before: datetime, limit: int = 1000) -> list[tuple[str, str]]:
    """Keys whose work has waited since ``before``, the longest first."""
    query = select(WakeRow.stage, WakeRow.key).where(col(WakeRow.dirty), WakeRow.since <= before)
    return [(stage, key) for stage, key in session.exec(query.order_by(col(WakeRow.since)).limit(limit))]


def _is(stage: str, key: str) -> ColumnElement[bool]:
    return (col(WakeRow.stage) == stage) & (col(WakeRow.key) == key)
