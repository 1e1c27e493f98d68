"""The decide stage's work: one author's judged mentions in order, what is known of the past, and the decision kept."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, case, func, literal_column, select
from sqlmodel import Session

from models.assessment import Assessment
from models.case import new_code
from models.decision import Decision, Reason
from models.mention import Mention
from models.past import Past
from models.store import cases, edits, effects
from models.store.dialect import insert, table, update
from models.store.rows import mention_of, readable
from models.tables import AssessmentRow, DecisionRow, EffectRow, MentionRow, OptOutRow

_effect, _mention = table(EffectRow).c, table(MentionRow).c

PORTION = 50
"""So many of an author's mentions are decided in one transaction."""


def pending(session: Session, author_key: str, limit: int = PORTION) -> list[tuple[Mention, Assessment | None, int]]:
    """An author's judged mentions, oldest first, each with how often deciding it has failed.

    The assessment is None where another version kept what this one cannot read.
    """
    rows = session.connection().execute(_judged(), {"author": author_key, "most": limit})
    return [(mention_of(row), readable(row.body), row.attempts) for row in rows]


@cache
def _judged() -> Select[Any]:
    assessment = table(AssessmentRow).c
    theirs = (_mention.author_key == bindparam("author"), _mention.state == literal_column("'classified'"))
    both = table(MentionRow).join(table(AssessmentRow), assessment.mention_id == _mention.id)
    query = select(table(MentionRow), assessment.body).select_from(both).where(*theirs)
    return query.order_by(_mention.posted_at, _mention.id).limit(bindparam("most"))


def past_of(session: Session, mention: Mention, now: datetime) -> Past:
    """What the policy may know of the author, the thread and the day."""
    connection = session.connection()
    theirs = {"author": mention.author_key, "thread": mention.thread_key}
    in_thread, last_at = connection.execute(_replies_to_author(), theirs).one()
    ours = {"brand": mention.brand, "channel": mention.channel}
    moments = {"hour": now - timedelta(hours=1), "day": now - timedelta(days=1)}
    last_hour, last_day, thanks = connection.execute(_replies_of_brand(), ours | moments).one()
    return Past(
        fresh_id=uuid.uuid4().hex,
        fresh_code=new_code(),
        case=cases.open_case(session, mention.author_key, now),
        replied_in_thread=bool(in_thread),
        last_reply_at=last_at,
        replies_last_hour=last_hour or 0,
        replies_last_day=last_day,
        thanks_last_day=thanks or 0,
        opted_out=connection.execute(_opt_out(), {"author": mention.author_key}).first() is not None,
    )


def record(session: Session, mention: Mention, decision: Decision, config_version: str, now: datetime) -> bool:
    """Keep a decision with everything that follows from it; False if the mention was decided already."""
    case_id = decision.case.id if decision.case else None
    connection = session.connection()
    if connection.execute(_decided(), {"of_mention": mention.id, "in_case": case_id}).rowcount != 1:
        return False
    row = {
        "mention_id": mention.id,
        "route": decision.route,
        "reasons": list(decision.reasons),
        "eligibility": decision.eligibility,
        "eligibility_reason": decision.eligibility_reason,
        "case_id": case_id,
        "config_version": config_version,
        "at": now,
    }
    connection.execute(insert(session, DecisionRow), [row])
    follow(session, mention, decision, now)
    return True


def follow(session: Session, mention: Mention, decision: Decision, now: datetime) -> None:
    """Everything that follows from a decision: its case, its messages, and how the card of an earlier case stands."""
    ref = decision.case
    earlier = cases.lock(session, ref.id) if ref and Reason.ESCALATED in decision.reasons else None
    if ref:
        cases.keep(session, mention, decision, now)
    effects.queue(session, decision.messages, now)
    if ref and not ref.new:
        edits.redraw(session, ref.id, now)
    if earlier:
        edits.fold_earlier(session, earlier, now)


def failed(session: Session, mention: Mention) -> None:
    """Deciding this mention raised: count it, so that after a few tries a person gets it."""
    session.execute(update(MentionRow).where(_mention.id == mention.id).values(attempts=_mention.attempts + 1))


@cache
def _decided() -> Update:
    waiting = (_mention.id == bindparam("of_mention"), _mention.state == "classified")
    return update(MentionRow).where(*waiting).values(state="decided", case_id=bindparam("in_case"))


@cache
def _replies_to_author() -> Select[Any]:
    """How many replies the author has in the thread, and when the last one anywhere was queued."""
    in_thread = func.sum(case((_effect.thread_key == bindparam("thread"), 1), else_=0))
    reply = (_effect.kind == literal_column("'reply'"), _effect.author_key == bindparam("author"))
    return select(in_thread, func.max(_effect.queued_at)).where(*reply)


@cache
def _replies_of_brand() -> Any:
    """The brand's replies on the channel: of the last hour, of the last day, and the day's thank-yous."""
    hour = func.sum(case((_effect.queued_at > bindparam("hour"), 1), else_=0))
    thanks = func.sum(case((_effect.purpose == "thank", 1), else_=0))
    reply = (_effect.kind == literal_column("'reply'"), _effect.brand == bindparam("brand"))
    since = (_effect.channel == bindparam("channel"), _effect.queued_at > bindparam("day"))
    return select(hour, func.count(), thanks).where(*reply, *since)


@cache
def _opt_out() -> Select[Any]:
    opt_out = table(OptOutRow).c
    return select(opt_out.at).where(opt_out.author_key == bindparam("author"))
