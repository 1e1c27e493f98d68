"""Cases and their history."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from models.case import CaseState
from models.decision import Decision, Kind, Message, Reason
from models.mention import Mention
from models.store.dialect import insert
from models.tables import CaseEventRow, CaseRow, EffectRow

SAME_ISSUE = timedelta(days=7)
"""A later mention of the same author within this time belongs to the open case."""

CARD = "card"
"""How the purpose of a case's own card begins."""

LIVE = (CaseState.OPEN, CaseState.CLAIMED)


def open_case(session: Session, author_key: str, now: datetime) -> CaseRow | None:
    """The author's newest case that is not closed."""
    query = select(CaseRow).where(
        CaseRow.author_key == author_key, col(CaseRow.state).in_(LIVE), CaseRow.last_at >= now - SAME_ISSUE
    )
    return session.exec(query.order_by(col(CaseRow.opened_at).desc()).limit(1)).first()


def keep(session: Session, mention: Mention, decision: Decision, now: datetime) -> None:
    """Open the decision's case, or add the mention to it."""
    assert decision.case
    if decision.case.new:
        session.execute(insert(session, CaseRow).values(_new(mention, decision, now) | _place(decision)))
        event(session, decision.case.id, "opened", now, channel=mention.channel, meta={"route": decision.route})
    else:
        changes: dict[str, Any] = {"mentions": CaseRow.mentions + 1, "last_at": now}
        if Reason.ESCALATED in decision.reasons:
            changes |= {"route": decision.route, "card": None} | _place(decision)
        session.execute(update(CaseRow).where(col(CaseRow.id) == decision.case.id).values(**changes))
    event(
        session,
        decision.case.id,
        "mention_posted",
        mention.posted_at,
        actor_kind="customer",
        channel=mention.channel,
        meta={"mention": mention.id, "seen_at": now.isoformat()},
    )


def event(
    session: Session,
    case_id: str,
    type_: str,
    at: datetime,
    *,
    actor_kind: str = "bot",
    actor_id: str = "",
    channel: str = "",
    meta: dict[str, Any] | None = None,
) -> None:
    """Append to a case's history."""
    last = select(func.coalesce(func.max(CaseEventRow.seq), 0)).where(CaseEventRow.case_id == case_id)
    session.execute(
        insert(session, CaseEventRow).values(
            case_id=case_id,
            seq=session.exec(last).one() + 1,
            at=at,
            type=type_,
            actor_kind=actor_kind,
            actor_id=actor_id,
            channel=channel,
            meta=meta or {},
        )
    )


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
    here = (col(CaseRow.sink) == message.sink, col(CaseRow.target) == message.target)
    session.execute(update(CaseRow).where(col(CaseRow.id) == message.case_id, *here).values(card=reference))


def move(session: Session, message: Message, sink: str, target: str) -> None:
    """The place of a message's case is no more: what comes goes to another, under the card there if this is one."""
    card = None if is_card(message) else ""
    gone = (col(CaseRow.id) == message.case_id, col(CaseRow.sink) == message.sink)
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
