"""Cases and their history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, literal_column
from sqlalchemy import select as plain_select
from sqlmodel import Session, col, select

from models.case import Case, CaseState
from models.decision import Decision, Kind, Message, Reason
from models.mention import Mention
from models.store.dialect import insert, table, update
from models.store.rows import case_of
from models.tables import CaseEventRow, CaseRow, EffectRow

_case = table(CaseRow).c

SAME_ISSUE = timedelta(days=7)
"""A later mention of the same author within this time belongs to the open case."""

CARD = "card"
"""How the purpose of a case's own card begins."""

LIVE = (CaseState.OPEN, CaseState.CLAIMED)


def open_case(session: Session, author_key: str, now: datetime) -> Case | None:
    """The author's newest case that is not closed."""
    theirs = {"author": author_key, "since": now - SAME_ISSUE}
    row = session.connection().execute(_live_case(), theirs).first()
    return case_of(row) if row else None


@cache
def _live_case() -> Any:
    live = _case.state.in_([literal_column(f"'{state}'") for state in LIVE])
    theirs = (_case.author_key == bindparam("author"), live, _case.last_at >= bindparam("since"))
    return plain_select(table(CaseRow)).where(*theirs).order_by(_case.opened_at.desc()).limit(1)


def keep(session: Session, mention: Mention, decision: Decision, now: datetime) -> None:
    """Open the decision's case, or add the mention to it."""
    assert decision.case
    if decision.case.new:
        session.execute(insert(session, CaseRow).values(_new(mention, decision, now) | _place(decision)))
        opened = Event("opened", now, channel=mention.channel, meta={"route": decision.route})
        append(session, decision.case.id, [opened, _posted(mention, now)], last=0)
    else:
        changes: dict[str, Any] = {"mentions": _case.mentions + 1, "last_at": now}
        if Reason.ESCALATED in decision.reasons:
            changes |= {"route": decision.route, "card": None} | _place(decision)
        session.execute(update(CaseRow).where(_case.id == decision.case.id).values(**changes))
        append(session, decision.case.id, [_posted(mention, now)])


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case. Every measure is computed from these and from nothing else."""

    type: str
    at: datetime
    actor_kind: str = "bot"
    actor_id: str = ""
    channel: str = ""
    meta: dict[str, Any] = field(default_factory=dict)


def append(session: Session, case_id: str, events: Sequence[Event], last: int | None = None) -> None:
    """Add to a case's history; ``last`` is the number of its last event, where the caller knows it."""
    if last is None:
        last = session.connection().execute(_last_event(), {"of_case": case_id}).scalar_one()
    rows = [{"case_id": case_id, "seq": last + number, **asdict(event)} for number, event in enumerate(events, 1)]
    session.connection().execute(insert(session, CaseEventRow), rows)


@cache
def _last_event() -> Any:
    event = table(CaseEventRow).c
    return plain_select(func.coalesce(func.max(event.seq), 0)).where(event.case_id == bindparam("of_case"))


def _posted(mention: Mention, now: datetime) -> Event:
    meta = {"mention": mention.id, "seen_at": now.isoformat()}
    return Event("mention_posted", mention.posted_at, "customer", channel=mention.channel, meta=meta)


def _place(decision: Decision) -> dict[str, Any]:
    """Where the case's card goes, if this decision makes one; later mentions follow it there."""
    cards = (message for message in decision.messages if is_card(message))
    return next(({"sink": card.sink, "target": card.target} for card in cards), {})


def is_card(message: Message) -> bool:
    """Whether a message is the card of its case, the first one or a graver one."""
    return message.kind is Kind.ALERT and message.purpose.startswith(CARD)


def card_sent(session: Session, message: Message, reference: str) -> None:
    """Remember where the case's card stands; an empty reference means that it could not be posted.

    A card of a case that has moved to another place in the meantime is not the case's card any more.
    """
    here = (_case.sink == message.sink, _case.target == message.target)
    session.execute(update(CaseRow).where(_case.id == message.case_id, *here).values(card=reference))


def move(session: Session, message: Message, sink: str, target: str) -> None:
    """The place of a message's case is no more: what comes goes to another, under the card there if this is one."""
    card = None if is_card(message) else ""
    gone = (_case.id == message.case_id, _case.sink == message.sink)
    session.execute(update(CaseRow).where(*gone).values(sink=sink, target=target, card=card))


def unclaimed(session: Session, before: datetime, limit: int = 200) -> list[CaseRow]:
    """Open cases opened in the day before a moment, whose card was posted and that nobody was nudged about yet."""
    opened = (CaseRow.opened_at <= before, CaseRow.opened_at > before - timedelta(days=1))
    nudged = select(EffectRow.key).where(EffectRow.case_id == CaseRow.id, EffectRow.purpose == "nudge").exists()
    query = select(CaseRow).where(CaseRow.state == CaseState.OPEN, *opened, col(CaseRow.card).is_not(None), ~nudged)
    return list(session.exec(query.order_by(col(CaseRow.opened_at)).limit(limit)))


def _new(mention: Mention, decision: Decision, now: datetime) -> dict[str, Any]:
    assert decision.case
    return {
        "id": decision.case.id,
        "code": decision.case.code,
        "brand": mention.brand,
        "channel": mention.channel,
        "state": CaseState.OPEN,
        "route": decision.route,
        "author_key": mention.author_key,
        "thread_key": mention.thread_key,
        "opened_at": now,
        "last_at": now,
        "mentions": 1,
    }
