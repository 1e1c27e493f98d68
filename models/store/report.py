"""Everything that the report is computed from, read once: cases with their history, posts' times, answers, win-backs.

Reads only. What happened at ``until`` or later is left out, so that the same span gives the same numbers at any time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import String, cast, or_, select
from sqlmodel import Session

from models.case import Dismissal
from models.events import EventType
from models.past import SCREENED_OUT
from models.store.cases import LIVE
from models.store.dialect import table
from models.switch_tables import SurveyRow, WinbackRow
from models.tables import CaseEventRow, CaseRow, DecisionRow, MentionRow

_case, _event, _mention = table(CaseRow).c, table(CaseEventRow).c, table(MentionRow).c
_survey, _winback, _decision = table(SurveyRow).c, table(WinbackRow).c, table(DecisionRow).c


@dataclass(frozen=True, slots=True)
class Span:
    """From ``since`` up to and without ``until``; of one brand and one channel, or of all where they are empty."""

    since: datetime
    until: datetime
    brand: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case, in the order of its history."""

    type: str
    at: datetime
    actor_kind: str
    channel: str
    meta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """A case and what happened to it. ``erased_at`` is when it ended, where its person was forgotten.

    Its ``from_before`` is true for one that was opened before the span and may be open still.
    """

    id: str
    brand: str
    channel: str
    route: str
    opened_at: datetime
    erased_at: datetime | None
    from_before: bool
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the customer of a case was asked after it, and what they said; None is what they have not."""

    case_id: str
    from_channel: str
    to_channel: str
    answered: bool
    csat: int | None
    nps: int | None
    again: bool | None


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who was leaving: ``arm`` of the win-back lane, and ``outcome``, empty while nobody knows."""

    case_id: str
    arm: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Material:
    """All of it. ``lags`` are the seconds from each post until we heard it, by channel."""

    span: Span
    lags: Mapping[str, Sequence[float]]
    cases: tuple[History, ...]
    answers: tuple[Answers, ...] = field(default=())
    leavers: tuple[Leaver, ...] = field(default=())


def read(session: Session, span: Span) -> Material:
    """The cases opened in the span, and those that may have been open at its end; all else is of the former."""
    rows = session.connection().execute(_cases(span)).all()
    events = _events(session, span)
    cases = tuple(_history(row, span, events.get(row.id, ())) for row in rows)
    return Material(span, _lags(session, span), cases, _answers(session, span), _leavers(session, span))


def _mine(span: Span, columns: Any) -> list[Any]:
    named = ((columns.brand, span.brand), (columns.channel, span.channel))
    return [column == name for column, name in named if name]


def _in_span(span: Span) -> list[Any]:
    return [_case.opened_at >= span.since, _case.opened_at < span.until, *_mine(span, _case)]


def _asked(span: Span) -> list[Any]:
    standing = or_(_case.opened_at >= span.since, _case.state.in_(LIVE), _case.closed_at >= span.until)
    return [_case.opened_at < span.until, standing, *_mine(span, _case)]


def _cases(span: Span) -> Any:
    return select(table(CaseRow)).where(*_asked(span)).order_by(_case.opened_at, _case.id)


def _events(session: Session, span: Span) -> dict[str, tuple[Event, ...]]:
    both = table(CaseEventRow).join(table(CaseRow), _case.id == _event.case_id)
    wanted = (_event.case_id, _event.type, _event.at, _event.actor_kind, _event.channel, _event.meta)
    query = select(*wanted).select_from(both).where(*_asked(span)).order_by(_event.case_id, _event.seq)
    rows = session.connection().execute(query)
    return {
        case_id: tuple(Event(*row[1:]) for row in history if _known_at(row) < span.until)
        for case_id, history in groupby(rows, lambda row: str(row.case_id))
    }


def _known_at(row: Any) -> datetime:
    """A post has the platform's own time, which may lie ahead of ours, so it is known from when it was taken up."""
    seen = row.meta.get("seen_at") if row.type == EventType.MENTION_POSTED else None
    at: datetime = datetime.fromisoformat(seen) if seen else row.at
    return at


def _history(row: Any, span: Span, events: tuple[Event, ...]) -> History:
    erased = not row.author_key or row.reason == Dismissal.ERASED
    return History(
        id=row.id,
        brand=row.brand,
        channel=row.channel,
        route=row.route,
        opened_at=row.opened_at,
        erased_at=row.closed_at if erased and row.closed_at and row.closed_at < span.until else None,
        from_before=row.opened_at < span.since,
        events=events,
    )


def _lags(session: Session, span: Span) -> dict[str, list[float]]:
    heard = (_mention.heard_at >= span.since, _mention.heard_at < span.until, *_mine(span, _mention), _looked_at())
    query = select(_mention.channel, _mention.posted_at, _mention.heard_at).where(*heard)
    lags: dict[str, list[float]] = {}
    for channel, posted_at, heard_at in session.connection().execute(query):
        # Clocks differ: a post that is heard before it was written was heard at once.
        lags.setdefault(channel, []).append(max((heard_at - posted_at).total_seconds(), 0.0))
    return lags


def _looked_at() -> Any:
    """The condition that no rule had sorted a post out before anybody judged it."""
    alone = [json.dumps([reason]) for reason in sorted(SCREENED_OUT)]
    out = (_decision.mention_id == _mention.id, cast(_decision.reasons, String).in_(alone))
    return ~select(_decision.mention_id).where(*out).exists()


def _answers(session: Session, span: Span) -> tuple[Answers, ...]:
    both = table(SurveyRow).join(table(CaseRow), _case.id == _survey.case_id)
    query = select(table(SurveyRow)).select_from(both).where(*_in_span(span), _survey.asked_at < span.until)
    return tuple(_answer(row, span) for row in session.connection().execute(query.order_by(_survey.case_id)))


def _answer(row: Any, span: Span) -> Answers:
    answered = row.answered_at is not None and row.answered_at < span.until
    said = (row.csat, row.nps, row.again) if answered else (None, None, None)
    return Answers(row.case_id, row.from_channel, row.to_channel, answered, *said)


def _leavers(session: Session, span: Span) -> tuple[Leaver, ...]:
    both = table(WinbackRow).join(table(CaseRow), _case.id == _winback.case_id)
    query = select(table(WinbackRow)).select_from(both).where(*_in_span(span), _winback.opened_at < span.until)
    rows = session.connection().execute(query.order_by(_winback.case_id))
    return tuple(Leaver(row.case_id, row.arm, _outcome(row, span)) for row in rows)


def _outcome(row: Any, span: Span) -> str:
    known = row.outcome_at is not None and row.outcome_at < span.until
    return str(row.outcome) if known else ""
