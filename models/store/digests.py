"""What a digest tells of a span of time. Reads only, once a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, or_, select
from sqlmodel import Session

from models.decision import Route
from models.events import EventType
from models.store.dialect import table
from models.tables import CaseEventRow, CaseRow, DecisionRow, EffectRow

_case, _decision, _effect, _event = (table(row).c for row in (CaseRow, DecisionRow, EffectRow, CaseEventRow))

ANSWERS = (EventType.REPLY_SENT, EventType.CALL_ATTEMPTED)
"""A first response: words in public, or a try to call."""
TOUCHES = (*ANSWERS, EventType.CLAIMED, EventType.RESOLVED, EventType.CLOSED_NO_ACTION)
"""What keeps the promise of ``answer_by``: somebody has taken it up."""


@dataclass(frozen=True, slots=True)
class Handled:
    """A case that was opened in the span: by when somebody should have taken it up, and when somebody did."""

    route: str
    opened_at: datetime
    answer_by: datetime | None
    touched_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Period:
    """``asked`` are the posts that were more than counted, each with its moment and route.

    ``live`` are the cases that were open at some time of the span: since when, and until when if they were closed.
    ``stuck`` counts messages that people must check.
    """

    since: datetime
    until: datetime
    asked: tuple[tuple[datetime, str], ...]
    left_alone: int
    handled: tuple[Handled, ...]
    live: tuple[tuple[datetime, datetime | None], ...]
    stuck: int


def period(session: Session, since: datetime, until: datetime) -> Period:
    """Everything that a digest says of the time after ``since``, up to ``until``."""
    then = (_decision.at > since, _decision.at <= until)
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
    )


def _handled(session: Session, since: datetime, until: datetime) -> Sequence[Handled]:
    answered = func.min(case((_event.type.in_(ANSWERS), _event.at)))
    here = and_(_event.case_id == _case.id, _event.type.in_(TOUCHES), _event.at <= until)
    both = table(CaseRow).join(table(CaseEventRow), here, isouter=True)
    query = select(_case.id, _case.route, _case.opened_at, _case.answer_by, func.min(_event.at), answered)
    query = query.select_from(both).where(_case.opened_at > since, _case.opened_at <= until)
    grouped = query.group_by(_case.id, _case.route, _case.opened_at, _case.answer_by).order_by(_case.opened_at)
    return [Handled(*row[1:]) for row in session.execute(grouped)]
