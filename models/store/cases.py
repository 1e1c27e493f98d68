"""Cases and their history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, case, func, literal_column, or_
from sqlalchemy import select as plain_select
from sqlmodel import Session

from models.case import Case, CaseState, Dismissal
from models.columns import UtcDateTime
from models.decision import Decision, Kind, Message, Reason
from models.events import EventType
from models.mention import Mention
from models.store.dialect import insert, table, update
from models.store.rows import case_of
from models.tables import CaseEventRow, CaseRow

_case = table(CaseRow).c

SAME_ISSUE = timedelta(days=7)
"""A later mention of the same author within this time belongs to the open case, or opens the closed one again."""

CARD = "card"
"""How the purpose of a case's own card begins."""

LIVE = (CaseState.OPEN, CaseState.CLAIMED)


def open_case(session: Session, author_key: str, now: datetime) -> Case | None:
    """The author's newest case that a mention now belongs to: one that is not closed, else one closed lately as done.

    A case that was dismissed is not gone back to: what comes after it has to be looked at for itself.
    """
    theirs = {"author": author_key, "since": now - SAME_ISSUE}
    row = session.connection().execute(_live_case(), theirs).first()
    return case_of(row) if row else None


@cache
def _live_case() -> Any:
    live = _case.state.in_([literal_column(f"'{state}'") for state in LIVE])
    done = or_(_case.state == CaseState.RESOLVED, _case.reason == Dismissal.NO_REACTION)
    since = bindparam("since", type_=UtcDateTime())
    joined = or_(and_(live, _case.last_at >= since), and_(done, _case.closed_at >= since))
    query = plain_select(table(CaseRow)).where(_case.author_key == bindparam("author"), joined)
    return query.order_by(case((live, 0), else_=1), _case.opened_at.desc()).limit(1)


def lock(session: Session, case_id: str | None) -> Any:
    """The case's row, which is ours until the transaction ends; None where there is none.

    Whoever changes a case, its history or its messages takes its row first: so nobody waits in a circle, and a
    second press finds what the first one did.
    """
    return session.connection().execute(_locked(), {"this": case_id}).first() if case_id else None


@cache
def _locked() -> Any:
    return plain_select(table(CaseRow)).where(_case.id == bindparam("this")).with_for_update()


def keep(session: Session, mention: Mention, decision: Decision, now: datetime) -> None:
    """Open the decision's case, or add the mention to it; a closed case is open again with it."""
    assert decision.case
    if decision.case.new:
        session.execute(insert(session, CaseRow).values(_new(mention, decision, now) | _place(decision)))
        opened = Event(EventType.OPENED, now, channel=mention.channel, meta={"route": decision.route})
        append(session, decision.case.id, [opened, _posted(mention, now)], last=0)
        return
    row = lock(session, decision.case.id)
    changes: dict[str, Any] = {"mentions": _case.mentions + 1, "last_at": now}
    events = [_posted(mention, now)]
    if row.snoozed_until:
        changes |= {"snoozed_until": None} | from_the_first_step(now)
        events.append(Event(EventType.WOKEN, now, meta={"mention": mention.id}))
    if _spoken_to(session, row.id):
        events.append(replace(_posted(mention, now), type=EventType.RETURNED_TO_PUBLIC, at=now))
    graver = Reason.ESCALATED in decision.reasons
    if row.state not in LIVE:
        changes |= open_again(row, decision.answer_by, decision.resolve_by, now)
        events.append(Event(EventType.REOPENED, now, meta={"mention": mention.id}))
    elif graver:
        changes |= _owed_anew(row, decision, now)
    if graver:
        changes |= {"route": decision.route, "card": None} | _place(decision)
    session.execute(update(CaseRow).where(_case.id == row.id).values(**changes))
    append(session, row.id, events)


def open_again(row: Any, answer_by: datetime | None, resolve_by: datetime | None, now: datetime) -> dict[str, Any]:
    """What changes in a closed case that is open again: nobody holds it, and a new answer is owed."""
    sent = bool(row.draft and row.draft["sent"])
    return {
        "state": CaseState.OPEN,
        "holder": "",
        "holder_name": "",
        "claimed_at": None,
        "answered_at": None,
        "closed_at": None,
        "snoozed_until": None,
        "reason": "",
        "draft": None if sent else row.draft,
        "answer_by": answer_by,
        "resolve_by": resolve_by,
    } | from_the_first_step(now)


def from_the_first_step(now: datetime) -> dict[str, Any]:
    """The escalation of a case that waits for people begins (again)."""
    return {"step": 0, "step_at": now}


def _owed_anew(row: Any, decision: Decision, now: datetime) -> dict[str, Any]:
    """A case that became graver owes an answer again, and no later than it did."""
    promised = row.answer_by if row.answered_at is None else None
    return {
        "answered_at": None,
        "answer_by": _sooner(promised, decision.answer_by),
        "resolve_by": _sooner(row.resolve_by, decision.resolve_by),
    } | from_the_first_step(now)


def _sooner(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _spoken_to(session: Session, case_id: str) -> bool:
    """Whether the customer has been on the phone about it."""
    event = table(CaseEventRow).c
    spoken = plain_select(event.seq).where(event.case_id == case_id, event.type == EventType.SWITCH_CONNECTED)
    return session.connection().execute(spoken.limit(1)).first() is not None


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
    return plain_select(func.coalesce(func.max(event.seq), 0)).where(event.case_id == bindparam("of_case"))


def _posted(mention: Mention, now: datetime) -> Event:
    meta = {"mention": mention.id, "seen_at": now.isoformat()}
    return Event(EventType.MENTION_POSTED, mention.posted_at, "customer", channel=mention.channel, meta=meta)


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
        "version": 0,
        "holder": "",
        "holder_name": "",
        "step": 0,
        "step_at": now,
        "reason": "",
        "answer_by": decision.answer_by,
        "resolve_by": decision.resolve_by,
    }
