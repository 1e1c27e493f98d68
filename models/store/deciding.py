"""The decide stage's work: one author's judged mentions in order, what is known of the past, and the decision kept."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, case, func, literal_column, select
from sqlmodel import Session

from models.assessment import Assessment
from models.case import new_code
from models.decision import Arm, Decision, Reason, Route
from models.events import EventType
from models.mention import Mention
from models.past import Past, Quote
from models.store import cases, codes, edits, effects, following, parents, shadow, sources, winbacks
from models.store.dialect import insert, table, update
from models.store.rows import mention_of, readable
from models.switch_tables import WinbackRow
from models.tables import AssessmentRow, CaseRow, DecisionRow, EffectRow, MentionRow, OptOutRow

_effect, _mention = table(EffectRow).c, table(MentionRow).c

PORTION = 50
"""So many of an author's mentions are decided in one transaction."""

TALLIED = frozenset({Reason.CODE_OVER, Reason.CODE_OF_ANOTHER})
"""Reasons that are counted by the day, whatever the route is."""

TURNED = "the customer's tone turned"
"""The error of an automatic reply that was not sent because of it."""


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


def waits(session: Session, mention: Mention) -> bool:
    """Whether the mention still waits for its decision with these very words; it is ours until the transaction ends.

    Its case is taken first, as everywhere.
    """
    connection = session.connection()
    cases.lock(session, connection.execute(_in_case(), {"of_mention": mention.id}).scalar())
    row = connection.execute(_taken(), {"of_mention": mention.id}).first()
    return row is not None and row.state == "classified" and row.edited_at == mention.edited_at


def past_of(session: Session, mention: Mention, now: datetime, code_lasts: timedelta | None = None) -> Past:
    """What the policy may know of the author, the thread and the day; without ``code_lasts``, codes are not looked for.

    The case whose code the post quotes is ours until the transaction ends.
    """
    connection = session.connection()
    quote, case = codes.quoted(session, mention, code_lasts, now) if code_lasts else (Quote.NONE, None)
    case = case or cases.open_case(session, mention.author_key, now)
    case_id = case.id if case else ""
    spoken = following.spoken_at(session, mention, case_id, now)
    theirs = {"author": mention.author_key, "thread": mention.thread_key}
    in_thread, last_at = connection.execute(_replies_to_author(), theirs).one()
    ours = {"brand": mention.brand, "channel": mention.channel}
    moments = {"hour": now - timedelta(hours=1), "day": now - timedelta(days=1)}
    last_hour, last_day, thanks = connection.execute(_replies_of_brand(), ours | moments).one()
    return Past(
        fresh_id=uuid.uuid4().hex,
        fresh_code=new_code(),
        case=case,
        replied_in_thread=bool(in_thread),
        last_reply_at=last_at,
        replies_last_hour=last_hour or 0,
        replies_last_day=last_day,
        thanks_last_day=thanks or 0,
        opted_out=connection.execute(_opt_out(), {"author": mention.author_key}).first() is not None,
        quote=quote,
        spoken_at=spoken,
        said=following.said(session, mention, case_id, spoken) if spoken else (),
        arm=_arm(session, case_id),
    )


def _arm(session: Session, case_id: str) -> Arm | None:
    arm = session.connection().execute(_arm_of(), {"of_case": case_id}).scalar() if case_id else None
    return Arm(arm) if arm else None


@cache
def _arm_of() -> Select[Any]:
    winback = table(WinbackRow).c
    return select(winback.arm).where(winback.case_id == bindparam("of_case"))


def record(session: Session, mention: Mention, decision: Decision, config_version: str, now: datetime) -> bool:
    """Keep a decision with everything that follows from it; False if the mention was decided already."""
    case_id = decision.case.id if decision.case else None
    connection = session.connection()
    was_in = connection.execute(_in_case(), {"of_mention": mention.id}).scalar()
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
    kept = insert(session, DecisionRow)
    # One that is there was made of other words, before the post was edited.
    of_now = {name: kept.excluded[name] for name in row if name != "mention_id"}
    connection.execute(kept.on_conflict_do_update(index_elements=["mention_id"], set_=of_now), [row])
    tallied = [reason for reason in decision.reasons if reason in TALLIED]
    if decision.route is Route.IGNORE and Reason.NOT_RELEVANT in decision.reasons:
        tallied.append(Reason.NOT_RELEVANT)
    sources.tally(session, Counter((mention.brand, mention.channel, reason) for reason in tallied), now)
    if decision.shadow:
        shadow.keep(session, mention, decision.shadow, now)
    follow(session, mention, decision, now, known=case_id is not None and case_id == was_in)
    return True


def follow(session: Session, mention: Mention, decision: Decision, now: datetime, *, known: bool = False) -> None:
    """Everything that follows from a decision: its case, its messages, and how the card of an earlier case stands.

    ``known``: the post belongs to the case already, and was edited.
    """
    ref = decision.case
    earlier = cases.lock(session, ref.id) if ref and Reason.ESCALATED in decision.reasons else None
    if ref:
        cases.keep(session, mention, decision, now, known=known)
        _write_down(session, mention, decision, now, known)
        parents.want(session, mention, now)
    effects.queue(session, decision.messages, now)
    if ref and not ref.new:
        edits.redraw(session, ref.id, now)
    if earlier:
        edits.fold_earlier(session, earlier, now)


def _write_down(session: Session, mention: Mention, decision: Decision, now: datetime, known: bool) -> None:
    """In the case's history: that its code was quoted, that the tone has turned, that its author is leaving."""
    assert decision.case
    case_id, meta = decision.case.id, {"mention": mention.id}
    events = []
    if Reason.QUOTED_CODE in decision.reasons and not known:
        events.append(cases.Event(EventType.CODE_QUOTED, now, "customer", channel=mention.channel, meta=meta))
    if Reason.TURNED in decision.reasons:
        events.append(cases.Event(EventType.TURNED, now, "customer", channel=mention.channel, meta=meta))
        session.execute(update(CaseRow).where(table(CaseRow).c.id == case_id).values(turned_at=now))
        # What a person has written goes out: they may have seen the post.
        ours = _effect.body["by"].as_string().is_(None)
        effects.withdraw(session, [_effect.author_key == mention.author_key, ours], TURNED, now)
    if events:
        cases.append(session, case_id, events)
    if decision.lane:
        winbacks.open(session, case_id, decision.lane.arm, now, decision.lane.due)


def failed(session: Session, mention: Mention) -> None:
    """Deciding this mention raised: count it, so that after a few tries a person gets it."""
    session.execute(update(MentionRow).where(_mention.id == mention.id).values(attempts=_mention.attempts + 1))


@cache
def _in_case() -> Select[Any]:
    return select(_mention.case_id).where(_mention.id == bindparam("of_mention"))


@cache
def _taken() -> Select[Any]:
    here = _mention.id == bindparam("of_mention")
    return select(_mention.state, _mention.edited_at).where(here).with_for_update()


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
