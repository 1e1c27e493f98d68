"""Open cases at the step of their escalation, and what else the clocks ask of the cases that are not closed.

``case.step_at`` is the moment at which step ``case.step`` is looked at next; nothing is escalated without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session

from models.case import Case, CaseState
from models.decision import Kind, Route
from models.store import cases
from models.store.dialect import table, update
from models.store.rows import case_of
from models.tables import CaseRow, EffectRow

_case, _effect = table(CaseRow).c, table(EffectRow).c

PORTION = 200
"""So many cases are looked at in one transaction."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open case at its step. ``shown_at`` is when its newest card was posted; None where none was."""

    case: Case
    channel: str
    step: int
    step_at: datetime
    shown_at: datetime | None


def due(session: Session, now: datetime) -> list[Waiting]:
    """Open cases whose next step has come, the longest waiting first.

    A card that could not be posted yet is nobody's fault, so its case waits, unless somebody may be in danger.
    """
    alerts = (_effect.case_id == _case.id, _effect.kind == Kind.ALERT)
    shown = select(func.max(_effect.settled_at)).where(*alerts).correlate(table(CaseRow)).scalar_subquery()
    seen = or_(_case.card.is_not(None), _case.route == Route.PAGE)
    query = select(table(CaseRow), shown.label("shown_at")).where(*_unanswered(), _case.step_at <= now, seen)
    first = query.order_by(_case.step_at).limit(PORTION)
    # Locked all at once: whoever is at work on a case at this moment is not waited for, so nobody waits in a circle.
    return [
        Waiting(case_of(row), row.channel, row.step, row.step_at, row.shown_at)
        for row in session.execute(first.with_for_update(of=table(CaseRow), skip_locked=True))
    ]


def moved_on(session: Session, waiting: Waiting, step: int, at: datetime | None) -> bool:
    """Keep the place that an escalation has reached; False if somebody was quicker, by a claim or in another process.

    ``at`` None: it has come to its end.
    """
    still = (_case.id == waiting.case.id, _case.step == waiting.step, _case.step_at == waiting.step_at)
    row = update(CaseRow).where(*still, *_unanswered())
    return session.connection().execute(row.values(step=step, step_at=at)).rowcount == 1


def these(session: Session, ids: Sequence[str]) -> list[tuple[Case, str]]:
    """Cases by their ids, each with its channel."""
    rows = session.execute(select(table(CaseRow)).where(_case.id.in_(ids)).order_by(_case.id))
    return [(case_of(row), row.channel) for row in rows]


def open_cases(session: Session) -> list[tuple[Case, str]]:
    """Every case that is not closed, each with its channel."""
    live = _case.state.in_(cases.LIVE)
    rows = session.execute(select(table(CaseRow)).where(live).order_by(_case.opened_at, _case.id))
    return [(case_of(row), row.channel) for row in rows]


def _unanswered() -> tuple[ColumnElement[bool], ...]:
    return (_case.state == CaseState.OPEN, _case.answered_at.is_(None), _case.snoozed_until.is_(None))
