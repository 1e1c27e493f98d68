"""Counts for people and monitors. Reads only; every query is answered from an index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, literal_column
from sqlmodel import Session, col, select

from models.store import shadow
from models.store.controls import Pause, pause_at
from models.store.shadow import Would
from models.tables import CaseRow, DecisionRow, EffectRow, MentionRow, TallyRow, WakeRow


@dataclass(frozen=True, slots=True)
class Figures:
    """The state of the house at one moment. ``routes`` and ``left_out`` are of the last 24 hours.

    ``waits`` says for each stage since when its oldest work has waited. ``would`` is what would have been sent on
    channels in shadow, whose decisions are in none of the other figures.
    """

    waiting: dict[str, int]
    outbox: dict[tuple[str, str], int]
    stuck: dict[tuple[str, str], int]
    waits: Mapping[str, datetime]
    open_cases: int
    claimed_cases: int
    routes: dict[str, int]
    left_out: dict[str, int]
    pause: Pause | None
    would: Mapping[str, Would] = field(default_factory=dict)


def figures(session: Session, now: datetime) -> Figures:
    """Everything that ``status``, ``/healthz`` and ``/metrics`` say."""
    day = now - timedelta(days=1)
    cases = {state: _count(session, CaseRow, CaseRow.state == state) for state in ("open", "claimed")}
    return Figures(
        waiting={state: _count(session, MentionRow, MentionRow.state == state) for state in ("heard", "classified")},
        outbox=_outbox(session, ("pending",)) | _outbox(session, ("folding", "sending", "uncertain")),
        stuck=_outbox(session, ("needs_human", "dead", "rejected")),
        waits=_waits(session),
        open_cases=cases["open"],
        claimed_cases=cases["claimed"],
        routes=dict(
            session.exec(
                select(DecisionRow.route, func.count())
                .where(DecisionRow.at > day, shadow.not_in_shadow(DecisionRow.mention_id))
                .group_by(DecisionRow.route)
            ).all()
        ),
        left_out=dict(
            session.exec(
                select(TallyRow.reason, func.sum(TallyRow.count))
                .where(TallyRow.day >= f"{day:%Y-%m-%d}")
                .group_by(TallyRow.reason)
            ).all()
        ),
        pause=pause_at(session, now),
        would=shadow.counts(session, day),
    )


def _waits(session: Session) -> dict[str, datetime]:
    """Since when the oldest work of each stage has waited or been in hand."""
    # Newest first, so that the oldest stays; grouped here, because SQLite would walk every flag that ever was.
    flags = select(WakeRow.stage, WakeRow.since).where(col(WakeRow.dirty)).order_by(col(WakeRow.since).desc())
    waits: dict[str, datetime] = dict(session.exec(flags).all())
    # A flag is cleared when a batch is claimed, and a model that hangs has claimed it: the posts themselves tell.
    # Written so that SQLite takes the index of what waits: for a plain min() it would walk all mentions by their time.
    oldest = func.min(func.coalesce(MentionRow.heard_at, MentionRow.posted_at))
    heard = session.exec(select(oldest).where(col(MentionRow.state) == literal_column("'heard'"))).one()
    return waits | ({"classify": heard} if heard else {})


def _count(session: Session, table: type, where: object) -> int:
    return session.exec(select(func.count()).select_from(table).where(where)).one()  # type: ignore[arg-type]


def _outbox(session: Session, states: tuple[str, ...]) -> dict[tuple[str, str], int]:
    query = (
        select(EffectRow.sink, EffectRow.state, func.count())
        .where(col(EffectRow.state).in_(states))
        .group_by(EffectRow.sink, EffectRow.state)
    )
    return {(sink, state): count for sink, state, count in session.exec(query)}
