"""Which key of which stage has work. The rows are the truth; an engine's wake-up is only a hint.

A producer sets the flag, and so locks its row, in one transaction with its own rows; a consumer clears it first and
reads its work after that. Whoever comes second waits for the first, so no work is left behind an idle flag.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, case, false
from sqlmodel import Session, col, select

from models.store.dialect import insert_for, table, update
from models.tables import WakeRow

_flag = table(WakeRow).c


def mark(session: Session, stage: str, keys: Iterable[str], now: datetime) -> None:
    """Say that ``keys`` have work. Keys are taken in order, because two producers in unlike orders would deadlock."""
    ordered = sorted(set(keys))
    if not ordered:
        return
    rows = [{"stage": stage, "key": key, "dirty": True, "since": now} for key in ordered]
    session.connection().execute(_set_flag(session.get_bind().dialect.name), rows)
    session.info.setdefault("wakes", []).extend((stage, key) for key in ordered)


def clear(session: Session, stage: str, key: str) -> None:
    """The first statement of every piece of work on a key."""
    session.connection().execute(_clear_flag(), {"of_stage": stage, "of_key": key})


def waiting(session: Session, before: datetime, limit: int = 1000) -> list[tuple[str, str]]:
    """Keys whose work has waited since ``before``, the longest first."""
    query = select(WakeRow.stage, WakeRow.key).where(col(WakeRow.dirty), WakeRow.since <= before)
    return [(stage, key) for stage, key in session.exec(query.order_by(col(WakeRow.since)).limit(limit))]


@cache
def _set_flag(dialect: str) -> Any:
    row = insert_for(dialect, WakeRow)
    since = case((_flag.dirty, _flag.since), else_=row.excluded.since)
    return row.on_conflict_do_update(index_elements=["stage", "key"], set_={"dirty": True, "since": since})


@cache
def _clear_flag() -> Update:
    here = (_flag.stage == bindparam("of_stage"), _flag.key == bindparam("of_key"))
    return update(WakeRow).where(*here, _flag.dirty).values(dirty=false())
