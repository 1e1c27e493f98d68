"""Forgetting: what is past its time, and a person who asks for it. Counts stay, people do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, update
from sqlmodel import Session, col, delete, select

from models.decision import Kind, Message, message_key
from models.store import effects
from models.store.dialect import insert
from models.store.effects import UNFINISHED
from models.tables import (
    AssessmentRow,
    CaseEventRow,
    CaseRow,
    DecisionRow,
    EffectRow,
    MentionRow,
    OptOutRow,
    TombstoneRow,
)

BLANK: dict[str, Any] = {"text": "", "author": {}, "details": {}, "kept": False}


def purge(session: Session, keep_mentions: timedelta, keep_cases: timedelta, now: datetime, limit: int = 500) -> int:
    """Blank up to ``limit`` mentions that are past their time, with all that repeats their words; returns how many.

    The row itself stays, so that the same post is not heard again.
    """
    closed = select(CaseRow.id).where(col(CaseRow.closed_at) <= now - keep_cases)
    old = (
        select(MentionRow.id)
        .where(col(MentionRow.kept), MentionRow.state == "decided", MentionRow.heard_at <= now - keep_mentions)
        .where(or_(col(MentionRow.case_id).is_(None), col(MentionRow.case_id).in_(closed)))
        .limit(limit)
    )
    ids = list(session.exec(old))
    session.execute(update(MentionRow).where(col(MentionRow.id).in_(ids)).values(**BLANK))
    _blank_effects(session, ids)
    session.execute(delete(AssessmentRow).where(col(AssessmentRow.mention_id).in_(ids)))
    return len(ids)


def forget(session: Session, channel: str, who: str, now: datetime) -> tuple[int, int]:
    """Erase a person by handle or id on a channel; returns how many mentions and how many cards that concerns."""
    name = who.removeprefix("@").lower()
    known = select(MentionRow.author_key, MentionRow.id).where(
        MentionRow.channel == channel,
        or_(
            func.lower(col(MentionRow.author)["handle"].as_string()) == name,
            func.lower(col(MentionRow.author)["id"].as_string()) == name,
        ),
    )
    found = session.exec(known).all()
    authors, ids = sorted({author for author, _ in found}), [mention for _, mention in found]
    for author in authors:
        session.execute(insert(session, TombstoneRow).values(author_key=author, at=now).on_conflict_do_nothing())
    cards = _erase_cards(session, authors, ids, now)
    _erase_rows(session, authors, ids)
    return len(ids), cards


def _erase_cards(session: Session, authors: Sequence[str], ids: Sequence[str], now: datetime) -> int:
    """Queue the blanking of every card and note that shows the person, and stop what has not gone out."""
    theirs = or_(col(EffectRow.mention_id).in_(ids), col(EffectRow.author_key).in_(authors))
    shown = session.exec(
        select(EffectRow).where(theirs, EffectRow.state == "sent", col(EffectRow.kind).in_((Kind.ALERT, Kind.NOTE)))
    ).all()
    erasures = [
        Message(
            key=message_key(Kind.ERASE, row.sink, row.key, "forget"),
            sink=row.sink,
            kind=Kind.ERASE,
            target=row.target,
            body={"reference": row.receipt},
            priority=80,
        )
        for row in shown
    ]
    session.execute(
        update(EffectRow).where(theirs, col(EffectRow.state).in_(UNFINISHED)).values(state="dead", error="forgotten")
    )
    effects.queue(session, erasures, now)
    return len(erasures)


def _erase_rows(session: Session, authors: Sequence[str], ids: Sequence[str]) -> None:
    _blank_effects(session, ids, authors)
    for table in (AssessmentRow, DecisionRow):
        session.execute(delete(table).where(col(table.mention_id).in_(ids)))
    case_ids = list(session.exec(select(CaseRow.id).where(col(CaseRow.author_key).in_(authors))))
    session.execute(update(CaseEventRow).where(col(CaseEventRow.case_id).in_(case_ids)).values(meta={}))
    session.execute(
        update(CaseRow)
        .where(col(CaseRow.id).in_(case_ids))
        .values(
            author_key="", thread_key="", state="dismissed", closed_at=func.coalesce(CaseRow.closed_at, CaseRow.last_at)
        )
    )
    session.execute(delete(OptOutRow).where(col(OptOutRow.author_key).in_(authors)))
    session.execute(delete(MentionRow).where(col(MentionRow.id).in_(ids)))


def _blank_effects(session: Session, mention_ids: Sequence[str], authors: Sequence[str] = ()) -> None:
    theirs = or_(col(EffectRow.mention_id).in_(mention_ids), col(EffectRow.author_key).in_(authors))
    session.execute(
        update(EffectRow).where(theirs, col(EffectRow.state).not_in(UNFINISHED)).values(body={}, target="", url="")
    )
