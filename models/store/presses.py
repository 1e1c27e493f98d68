"""Which presses were carried out already: a program may deliver the same one twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from models.desk_tables import PressRow
from models.store.dialect import insert, table

KEPT = timedelta(days=7)
"""No program delivers an envelope again after so long."""


def first_time(session: Session, press_id: str, now: datetime) -> bool:
    """Whether this press is new. Call it first in the transaction that carries it out.

    Who comes second waits for the first to end: after its commit the answer is no, after its failure it is yes.
    """
    row = insert(session, PressRow).values(id=press_id, at=now).on_conflict_do_nothing()
    return session.connection().execute(row.returning(table(PressRow).c.id)).first() is not None


def purge(session: Session, now: datetime) -> None:
    """Forget the presses that cannot come again."""
    session.execute(delete(PressRow).where(col(PressRow.at) < now - KEPT))
