"""What a digest tells of a span of time. Reads only, once a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session

from models.decision import Route
from models.milestones import TYPES, firsts
from models.store import shadow
from models.store.dialect import table
from models.store.shadow import Would
from models.tables import CaseEventRow, CaseRow, DecisionRow, EffectRow

_case, _decision, _effect, _event = (table(row).c for row in (CaseRow, DecisionRow, EffectRow, CaseEventRow))


@dataclass(frozen=True, slots=True)
class Handled:
    """A case that was opened in the span: by when somebody should have taken it up, and when somebody did.

    ``shown_at`` is when its card reached people, ``heard_at`` when the customer first heard from us, ``ended_at`` when
    it was closed, such as by a deleted post (``models.milestones``). Each of them keeps the promise of ``answer_by``.
    """

    route: str
    opened_at: datetime
    answer_by: datetime | None
    posted_at: datetime
    shown_at: datetime
    claimed_at: datetime | None
    heard_at: datetime | None
    ended_at: datetime | None = None

    @property
    def touched_at(self) -> datetime | None:
        """When it was taken up: claimed, answered, called or closed."""
        return min((at for at in (self.claimed_at, self.heard_at, self.ended_at) if at), default=None)


@dataclass(frozen=True, slots=True)
class Period:
    """``asked`` are the posts that were more than counted, each with its moment and route.

    ``live`` are the cases that were open at some time of the span: since when, and until when if they were closed.
    ``stuck`` counts messages that people must check. ``would`` is what would have been sent on channels in shadow.
    """

    since: datetime
    until: datetime
    asked: tuple[tuple[datetime, str], ...]
    left_alone: int
    handled: tuple[Handled, ...]
    live: tuple[tuple[datetime, datetime | None], ...]
    stuck: int
    would: Mapping[str, Would] = field(default_factory=dict)


def period(session: Session, since: datetime, until: datetime) -> Period:
    """Everything that a digest says of the time after ``since``, up to ``until``."""
    then = (_decision.at > since, _decision.at <= until, shadow.not_in_shadow(_decision.mention_id))
    asked = select(_decision.at, _decision.route).where(*then, _decision.route != Route.IGNORE)
    ignored = select(func.count()).select_from(table(DecisionRow)).where(*then, _decision.route == Route.IGNORE)
    stuck = select(func.count()).select_from(table(EffectRow))
    live = select(_case.opened_at, _case.closed_at).where(
        _case.opened_at <= until, or_(_case.closed_at.is_(None), _case.closed_at > since)
    )
    return Period(
        since=since,
        until=until,
        asked=tuple((row.at, row.route) for row in session.execute(asked.order_by(_decision.at))),
        left_alone=session.scalar(ignored) or 0,
        handled=tuple(_handled(session, since, until)),
        live=tuple((row.opened_at, row.closed_at) for row in session.execute(live.order_by(_case.opened_at))),
        stuck=session.scalar(stuck.where(_effect.state.in_(("needs_human", "dead", "rejected")))) or 0,
        would=shadow.counts(session, since),
    )


def _handled(session: Session, since: datetime, until: datetime) -> list[Handled]:
    here = and_(_event.case_id == _case.id, _event.type.in_(TYPES), _event.at <= until)
    both = table(CaseRow).join(table(CaseEventRow), here, isouter=True)
    of_case = (_case.id, _case.route, _case.opened_at, _case.answer_by)
    query = select(*of_case, _event.type, _event.at, _event.actor_kind, _event.meta).select_from(both)
    query = query.where(_case.opened_at > since, _case.opened_at <= until)
    rows = session.execute(query.order_by(_case.opened_at, _case.id, _event.seq))
    return [_one(list(history)) for _, history in groupby(rows, lambda row: row.id)]


def _one(history: list[Any]) -> Handled:
    row, first = history[0], firsts(one for one in history if one.type)
    return Handled(
        route=row.route,
        opened_at=row.opened_at,
        answer_by=row.answer_by,
        posted_at=first.posted or row.opened_at,
        shown_at=first.shown or row.opened_at,
        claimed_at=first.claimed,
        heard_at=first.heard,
        ended_at=first.ended,
    )
