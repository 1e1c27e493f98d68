"""A day of the desk in numbers, from the history of its cases. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.events import EventType
from models.milestones import ENDINGS, TYPES, Firsts, firsts
from models.store.cases import LIVE
from models.store.dialect import table
from models.store.rows import case_of
from models.tables import CaseEventRow, CaseRow

_case, _event = table(CaseRow).c, table(CaseEventRow).c


@dataclass(frozen=True, slots=True)
class Today:
    """Numbers of a time. ``first_response`` and ``claim`` are medians in seconds, None where there was none.

    What is a response and a claim, ``models.milestones`` says: from the post, and from the card.
    ``states`` counts all cases that are live now by state (open, claimed, snoozed, late); ``routes`` the opened ones
    by route; ``closed`` the closed ones by reason; ``holders`` the live ones by who has them.
    """

    opened: int = 0
    claimed: int = 0
    answered: int = 0
    called: int = 0
    resolved: int = 0
    dismissed: int = 0
    reopened: int = 0
    first_response: float | None = None
    claim: float | None = None
    states: Mapping[str, int] = field(default_factory=dict)
    routes: Mapping[str, int] = field(default_factory=dict)
    closed: Mapping[str, int] = field(default_factory=dict)
    holders: Mapping[str, int] = field(default_factory=dict)


def today(session: Session, since: datetime, now: datetime, brand: str | None = None) -> Today:
    """What happened from ``since`` to ``now``, and how it stands now."""
    happened = _happened(session, since, now, brand)
    counts = Counter(event.type for event in happened)
    first = _first_of(session, {event.case_id for event in happened if event.type in TYPES})
    states, holders = _standing(session, now, brand)
    return Today(
        opened=counts[EventType.OPENED],
        claimed=counts[EventType.CLAIMED],
        answered=counts[EventType.ANSWER_QUEUED],
        called=counts[EventType.CALL_ATTEMPTED],
        resolved=counts[EventType.RESOLVED],
        dismissed=counts[EventType.CLOSED_NO_ACTION],
        reopened=counts[EventType.REOPENED],
        first_response=_median(((one.posted, one.heard) for one in first), since, now),
        claim=_median(((one.shown, one.claimed) for one in first), since, now),
        states=states,
        routes=Counter(str(event.meta.get("route", "")) for event in happened if event.type == EventType.OPENED),
        closed=Counter(str(event.meta.get("reason", "")) for event in happened if event.type in ENDINGS),
        holders=holders,
    )


def _happened(session: Session, since: datetime, now: datetime, brand: str | None) -> list[Any]:
    """The events of a time; posts left out, because they have the platform's own time."""
    both = table(CaseEventRow).join(table(CaseRow), _case.id == _event.case_id)
    lately = [_event.at >= since, _event.at <= now, _event.type != EventType.MENTION_POSTED]
    lately += [_case.brand == brand] if brand else []
    query = select(_event.case_id, _event.type, _event.at, _event.meta).select_from(both).where(*lately)
    return list(session.connection().execute(query.order_by(_event.case_id, _event.seq)))


def _first_of(session: Session, case_ids: Collection[str]) -> list[Firsts]:
    """The first of each thing in these cases, over their whole history."""
    wanted = (_event.case_id.in_(list(case_ids)), _event.type.in_(TYPES))
    query = select(_event.case_id, _event.type, _event.at, _event.actor_kind, _event.meta).where(*wanted)
    rows = session.connection().execute(query.order_by(_event.case_id, _event.seq))
    return [firsts(history) for _, history in groupby(rows, lambda row: row.case_id)]


def _median(spans: Iterable[tuple[datetime | None, datetime | None]], since: datetime, now: datetime) -> float | None:
    """The median of seconds from the first to the second moment, where the second lies in the time."""
    seconds = [max((end - start).total_seconds(), 0.0) for start, end in spans if start and end and since <= end <= now]
    return median(seconds) if seconds else None


def _standing(session: Session, now: datetime, brand: str | None) -> tuple[Counter[str], Counter[str]]:
    """The cases that are live now, by state and by holder; what rests is neither open nor claimed, nor late."""
    states, holders = Counter[str](), Counter[str]()
    theirs = [_case.state.in_(LIVE), *([_case.brand == brand] if brand else [])]
    for row in session.connection().execute(select(table(CaseRow)).where(*theirs)):
        case = case_of(row)
        rests = case.rests(now)
        states["snoozed" if rests else case.state.value] += 1
        if case.due and case.due < now and not rests:
            states["late"] += 1
        if case.holder:
            holders[case.holder.called] += 1
    return states, holders
