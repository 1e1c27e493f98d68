"""A case's row, held until the transaction ends, and its history: what happened to it, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlmodel import Session

from models.events import EventType
from models.mention import storable
from models.press import Person
from models.store.dialect import insert, table
from models.switch import CUSTOMER, Actor
from models.tables import CaseEventRow, CaseRow


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case. Every measure is computed from these and from nothing else."""

    type: str
    at: datetime
    actor_kind: str = "bot"
    actor_id: str = ""
    channel: str = ""
    meta: dict[str, Any] = field(default_factory=dict)


def event(what: EventType, by: Actor, now: datetime, meta: Mapping[str, Any] | None = None, channel: str = "") -> Event:
    """An event by a person of the team, by the customer, or (None) by the bot; without what was left empty."""
    said = {key: storable(value) if isinstance(value, str) else value for key, value in (meta or {}).items()}
    said = {key: value for key, value in said.items() if value not in ("", None)}
    if isinstance(by, Person):
        return Event(what, now, "agent", by.id, channel, ({"name": storable(by.name)} if by.name else {}) | said)
    return Event(what, now, CUSTOMER if by == CUSTOMER else "bot", channel=channel, meta=said)


def lock(session: Session, case_id: str | None) -> Any:
    """The case's row, which is ours until the transaction ends; None where there is none.

    Whoever changes a case, its history or its messages takes its row first: so nobody waits in a circle, and a
    second press finds what the first one did.
    """
    return session.connection().execute(_locked(), {"this": case_id}).first() if case_id else None


@cache
def _locked() -> Any:
    return select(table(CaseRow)).where(table(CaseRow).c.id == bindparam("this")).with_for_update()


def append(session: Session, case_id: str, events: Sequence[Event], last: int | None = None) -> None:
    """Add to a case's history; ``last`` is the number of its last event, where the caller knows it.

    Otherwise the case is locked: of two that write at once, neither takes the other's number.
    """
    if last is None:
        lock(session, case_id)
        last = session.connection().execute(_last_event(), {"of_case": case_id}).scalar_one()
    rows = [{"case_id": case_id, "seq": last + number, **asdict(event)} for number, event in enumerate(events, 1)]
    session.connection().execute(insert(session, CaseEventRow), rows)


@cache
def _last_event() -> Any:
    event = table(CaseEventRow).c
    return select(func.coalesce(func.max(event.seq), 0)).where(event.case_id == bindparam("of_case"))
