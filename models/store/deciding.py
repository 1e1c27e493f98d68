"""The decide stage's work: one author's judged mentions in order, what is known of the past, and the decision kept."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from models.assessment import Assessment
from models.case import new_code
from models.decision import Decision
from models.mention import Mention
from models.past import Past
from models.store import cases, effects
from models.store.dialect import insert
from models.store.rows import assessment_of, case_of, mention_of
from models.tables import AssessmentRow, DecisionRow, EffectRow, MentionRow, OptOutRow

PORTION = 50
"""So many of an author's mentions are decided in one transaction."""


def pending(session: Session, author_key: str, limit: int = PORTION) -> list[tuple[Mention, Assessment | None, int]]:
    """An author's judged mentions, oldest first, each with how often deciding it has failed.

    The assessment is None where another version kept what this one cannot read.
    """
    query = (
        select(MentionRow, AssessmentRow)
        .join(AssessmentRow, col(AssessmentRow.mention_id) == MentionRow.id)
        .where(MentionRow.author_key == author_key, MentionRow.state == "classified")
        .order_by(col(MentionRow.posted_at), MentionRow.id)
        .limit(limit)
    )
    return [(mention_of(row), _readable(judged.body), row.attempts) for row, judged in session.exec(query)]


def past_of(session: Session, mention: Mention, now: datetime) -> Past:
    """What the policy may know of the author, the thread and the day."""
    case = cases.open_case(session, mention.author_key, now)
    return Past(
        fresh_id=uuid.uuid4().hex,
        fresh_code=new_code(),
        case=case_of(case) if case else None,
        replied_in_thread=_replied_in_thread(session, mention),
        last_reply_at=session.exec(_last_reply(mention.author_key)).one(),
        replies_last_hour=_replies_since(session, mention, now - timedelta(hours=1)),
        replies_last_day=_replies_since(session, mention, now - timedelta(days=1)),
        thanks_last_day=_replies_since(session, mention, now - timedelta(days=1), "thank"),
        opted_out=session.get(OptOutRow, mention.author_key) is not None,
    )


def record(session: Session, mention: Mention, decision: Decision, config_version: str, now: datetime) -> bool:
    """Keep a decision with everything that follows from it; False if the mention was decided already."""
    case_id = decision.case.id if decision.case else None
    undecided = update(MentionRow).where(col(MentionRow.id) == mention.id, col(MentionRow.state) == "classified")
    if session.execute(undecided.values(state="decided", case_id=case_id)).rowcount != 1:  # type: ignore[attr-defined]
        return False
    session.execute(
        insert(session, DecisionRow).values(
            mention_id=mention.id,
            route=decision.route,
            reasons=list(decision.reasons),
            eligibility=decision.eligibility,
            eligibility_reason=decision.eligibility_reason,
            case_id=case_id,
            config_version=config_version,
            at=now,
        )
    )
    if decision.case:
        cases.keep(session, mention, decision, now)
    effects.queue(session, decision.messages, now)
    return True


def failed(session: Session, mention: Mention) -> None:
    """Deciding this mention raised: count it, so that after a few tries a person gets it."""
    session.execute(update(MentionRow).where(col(MentionRow.id) == mention.id).values(attempts=MentionRow.attempts + 1))


def _readable(body: dict[str, Any]) -> Assessment | None:
    try:
        return assessment_of(body)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _replied_in_thread(session: Session, mention: Mention) -> bool:
    reply = select(EffectRow.key).where(
        EffectRow.kind == "reply",
        EffectRow.brand == mention.brand,
        EffectRow.author_key == mention.author_key,
        EffectRow.thread_key == mention.thread_key,
    )
    return session.exec(reply.limit(1)).first() is not None


def _last_reply(author_key: str):  # type: ignore[no-untyped-def]
    return select(func.max(EffectRow.queued_at)).where(EffectRow.kind == "reply", EffectRow.author_key == author_key)


def _replies_since(session: Session, mention: Mention, since: datetime, purpose: str | None = None) -> int:
    count = select(func.count()).where(
        EffectRow.kind == "reply",
        EffectRow.brand == mention.brand,
        EffectRow.channel == mention.channel,
        EffectRow.queued_at > since,
    )
    if purpose:
        count = count.where(EffectRow.purpose == purpose)
    return session.exec(count).one()
