"""The switches that people throw while the daemon runs. They are read in the same transaction that they govern."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam
from sqlalchemy import select as plain_select
from sqlmodel import Session, col, delete, select

from models.store import wakes
from models.store.dialect import insert, table
from models.tables import ControlRow, EffectRow

PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Pause:
    """Sending is held: everything, or public replies only; until a moment, or until ``resume``."""

    everything: bool
    until: datetime | None
    since: datetime


def pause(session: Session, everything: bool, until: datetime | None, now: datetime) -> None:
    """Hold sending from this moment on. What waits is kept."""
    value = {"everything": everything, "until": until.isoformat() if until else None}
    row = insert(session, ControlRow).values(name=PAUSE, value=value, at=now)
    session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value, "at": now}))


def resume(session: Session, now: datetime) -> bool:
    """Let sending go on; whether it was held."""
    held = pause_at(session, now) is not None
    session.execute(delete(ControlRow).where(col(ControlRow.name) == PAUSE))
    sinks = session.exec(select(EffectRow.sink).where(EffectRow.state == "pending").distinct()).all()
    wakes.mark(session, "send", sinks, now)
    return held


def pause_at(session: Session, now: datetime) -> Pause | None:
    """The pause that holds at ``now``."""
    row = session.connection().execute(_control(), {"named": PAUSE}).first()
    if row is None:
        return None
    until = datetime.fromisoformat(row.value["until"]) if row.value["until"] else None
    return None if until and until <= now else Pause(row.value["everything"], until, row.at)


@cache
def _control() -> Select[Any]:
    control = table(ControlRow).c
    return plain_select(control.value, control.at).where(control.name == bindparam("named"))
