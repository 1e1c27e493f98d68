"""Cases and their history."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from models.case import CaseState
from models.decision import Decision, Reason
from models.mention import Mention
from models.store.dialect import insert
from models.tables import CaseEventRow, CaseRow

SAME_ISSUE = timedelta(days=7)
"""A later mention of the same author within this time belongs to the open case."""

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
        session.execute(insert(session, CaseRow).values(_new(mention, decision, now)))
        event(session, decision.case.id, "opened", now, channel=mention.channel, meta={"route": decision.route})
    else:
        changes: dict[str, Any] = {"mentions": CaseRow.mentions + 1, "last_at": now}
        if Reason.ESCALATED in decision.reasons:
            changes["route"] = decision.route
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


def card_sent(session: Session, case_id: str, reference: str) -> None:
    """Remember where the case's card stands; an empty reference means that it could not be posted."""
    session.execute(update(CaseRow).where(col(CaseRow.id) == case_id).values(card=reference))


def unclaimed(session: Session, before: datetime, limit: int = 200) -> list[CaseRow]:
    """Open cases whose card was posted and whose opening is before a moment, oldest first."""
    query = select(CaseRow).where(
        CaseRow.state == CaseState.OPEN, CaseRow.opened_at <= before, col(CaseRow.card).is_not(None)
    )
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
