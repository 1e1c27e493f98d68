"""The classify stage's work: claim heard mentions under a lease, keep what the model said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, update
from sqlmodel import Session, col, select

from models.assessment import Assessment
from models.failpoint import failpoint
from models.mention import Mention
from models.store import wakes
from models.store.dialect import insert
from models.store.rows import assessment_body, mention_of
from models.tables import AssessmentRow, MentionRow

LEASE = timedelta(minutes=5)
"""A worker that has not finished a batch in this time is taken for dead."""


def claim(session: Session, shard: str, limit: int, now: datetime) -> list[Mention]:
    """Up to ``limit`` mentions to judge: the shard's own first, then anybody's, so that batches are full."""
    wakes.clear(session, "classify", shard)
    rows = _free(session, limit, now, col(MentionRow.shard) == int(shard))
    if len(rows) < limit:
        rows += _free(session, limit - len(rows), now, col(MentionRow.shard) != int(shard))
    ids = [row.id for row in rows]
    session.execute(update(MentionRow).where(col(MentionRow.id).in_(ids)).values(lease_until=now + LEASE))
    return [mention_of(row) for row in rows]


def save(session: Session, judged: Sequence[tuple[Mention, Assessment]], now: datetime) -> None:
    """Keep the assessments and pass their authors on to be decided.

    A mention that was forgotten or edited in the meantime, or judged by another worker, is left as it is.
    """
    ids = _as_judged(session, [mention for mention, _ in judged])
    waiting = update(MentionRow).where(col(MentionRow.id).in_(ids), col(MentionRow.state) == "heard")
    taken = session.execute(waiting.values(state="classified", lease_until=None).returning(col(MentionRow.id)))
    ids = set(taken.scalars())
    rows = [
        {"mention_id": mention.id, "body": assessment_body(assessment), "version": assessment.version, "at": now}
        for mention, assessment in judged
        if mention.id in ids
    ]
    if rows:
        session.execute(insert(session, AssessmentRow).on_conflict_do_nothing(), rows)
    wakes.mark(session, "decide", {mention.author_key for mention, _ in judged if mention.id in ids}, now)
    failpoint("classify.saved")


def _as_judged(session: Session, mentions: Sequence[Mention]) -> set[str]:
    """Those that still have the words that were judged: an answer to other words would mask the wrong signs."""
    edited = {mention.id: mention.edited_at for mention in mentions}
    query = select(MentionRow.id, MentionRow.edited_at).where(col(MentionRow.id).in_(edited)).with_for_update()
    return {mention_id for mention_id, at in session.exec(query) if at == edited[mention_id]}


def release(session: Session, mentions: Sequence[Mention]) -> None:
    """Give claimed mentions back, to be judged again."""
    ids = [mention.id for mention in mentions]
    session.execute(update(MentionRow).where(col(MentionRow.id).in_(ids)).values(lease_until=None))


def free_after_restart(session: Session, now: datetime) -> None:
    """With one daemon a database, every lease at its start belongs to a dead one. Wakes all that has work."""
    session.execute(
        update(MentionRow)
        .where(col(MentionRow.state) == "heard", col(MentionRow.lease_until).is_not(None))
        .values(lease_until=None)
    )
    shards = session.exec(select(MentionRow.shard).where(MentionRow.state == "heard").distinct()).all()
    wakes.mark(session, "classify", map(str, shards), now)
    authors = session.exec(select(MentionRow.author_key).where(MentionRow.state == "classified").distinct()).all()
    wakes.mark(session, "decide", authors, now)


def _unleased(now: datetime) -> ColumnElement[bool]:
    """No lease, one that has run out, or one from before the clock jumped back."""
    until = col(MentionRow.lease_until)
    return or_(until.is_(None), until < now, until > now + LEASE)


def _free(session: Session, limit: int, now: datetime, where: object) -> list[MentionRow]:
    query = (
        select(MentionRow)
        .where(MentionRow.state == "heard", where)  # type: ignore[arg-type]
        .where(_unleased(now))
        .order_by(col(MentionRow.priority).desc(), col(MentionRow.posted_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))


def free_expired(session: Session, now: datetime) -> None:
    """Wake the shards whose mentions a dead worker holds."""
    held = col(MentionRow.lease_until).is_not(None)
    dead = select(MentionRow.shard).where(MentionRow.state == "heard", held, _unleased(now)).distinct()
    wakes.mark(session, "classify", map(str, session.exec(dead).all()), now)
