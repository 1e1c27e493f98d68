"""What a process or a worker that ended in mid-send left half done: nobody knows how far it got."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from models.store import wakes
from models.store.dialect import table, update
from models.tables import EffectRow

_effect = table(EffectRow).c


def doubt_abandoned(session: Session, before: datetime, now: datetime) -> None:
    """What a worker claimed before a moment and never settled: nobody knows how far it got."""
    abandoned = (_effect.state == "sending", _effect.sending_at < before)
    sinks = session.scalars(select(_effect.sink).where(*abandoned).distinct()).all()
    session.execute(update(EffectRow).where(*abandoned).values(state="uncertain", error="never settled"))
    wakes.mark(session, "reconcile", sinks, now)


def doubt_unfinished(session: Session, sink: str, now: datetime) -> None:
    """Before a sink's first claim, nothing is being sent: what says so was given up half done, and is uncertain."""
    half_done = update(EffectRow).where(_effect.state == "sending", _effect.sink == sink)
    if session.execute(half_done.values(state="uncertain", error="stopped in mid-send")).rowcount:  # type: ignore[attr-defined]
        wakes.mark(session, "reconcile", [sink], now)


def recover(session: Session, now: datetime) -> int:
    """At start: what was being sent when the last process ended is uncertain; what waits is woken."""
    half_done = session.scalars(select(_effect.sink).where(_effect.state == "sending")).all()
    session.execute(
        update(EffectRow).where(_effect.state == "sending").values(state="uncertain", error="stopped in mid-send")
    )
    unsure = session.scalars(select(_effect.sink).where(_effect.state == "uncertain").distinct()).all()
    wakes.mark(session, "reconcile", unsure, now)
    waiting = session.scalars(select(_effect.sink).where(_effect.state == "pending").distinct()).all()
    wakes.mark(session, "send", waiting, now)
    return len(half_done)
