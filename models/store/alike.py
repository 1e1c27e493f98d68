"""Posts of several people that say the same: counted on the card of the first, or only named there as look-alikes.

A row is of one post: suggested (people choose), confirmed (counted, and without a card of its own) or parted (people
have said that it is not the same). Nothing here compares words: ``models.alike`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import Session

from models.conversation_tables import AlikeRow
from models.decision import Kind, Route
from models.mention import Mention
from models.store import cases, wakes
from models.store.dialect import insert, table, update
from models.tables import AssessmentRow, CaseRow, EffectRow, MentionRow

_alike, _case, _mention, _effect = (table(row).c for row in (AlikeRow, CaseRow, MentionRow, EffectRow))

SUGGESTED, CONFIRMED, PARTED = "suggested", "confirmed", "parted"

MOST = 2000
"""With so many live cases, the newest, a post is compared."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A live case whose card others may share: its first post, and how grave it is."""

    case_id: str
    code: str
    route: Route
    text: str
    pii: tuple[dict[str, Any], ...]


def leads(session: Session, mention: Mention, since: datetime) -> list[Lead]:
    """The cases that a post may belong to: live, of the brand, of other people, begun since; the oldest first."""
    card = (_effect.case_id == _case.id, _effect.kind == Kind.ALERT, _effect.purpose == cases.CARD)
    body = table(AssessmentRow).c.body
    both = (
        table(CaseRow)
        .join(table(EffectRow), _effect.case_id == _case.id)
        .join(table(MentionRow), _mention.id == _effect.mention_id)
        .join(table(AssessmentRow), table(AssessmentRow).c.mention_id == _mention.id)
    )
    live = (_case.state.in_(cases.LIVE), _case.opened_at >= since, _case.brand == mention.brand, _mention.kept)
    others = (_case.author_key != mention.author_key, _case.author_key != "")
    columns = (_case.id, _case.code, _case.route, _mention.text, body)
    query = select(*columns).select_from(both).where(*card, *live, *others).order_by(_case.opened_at.desc())
    rows = session.execute(query.limit(MOST)).all()
    return [Lead(row.id, row.code, Route(row.route), row.text, _pii(row.body)) for row in reversed(rows)]


def is_live(session: Session, case_id: str) -> bool:
    """Whether people still look at a case, which is ours until the transaction ends."""
    row = cases.lock(session, case_id)
    return row is not None and bool(row.author_key) and row.state in cases.LIVE


def _pii(body: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return tuple(body.get("pii") or ())


def was_parted(session: Session, mention_id: str) -> bool:
    """Whether people have said that this post stands for itself."""
    here = (_alike.mention_id == mention_id, _alike.state == PARTED)
    return session.execute(select(_alike.at).where(*here)).first() is not None


def keep(session: Session, mention: Mention, case_id: str, score: float, state: str, now: datetime) -> None:
    """Keep that a post says what the case's first post says."""
    row = {
        "mention_id": mention.id,
        "case_id": case_id,
        "author_key": mention.author_key,
        "score": round(score, 3),
        "state": state,
        "at": now,
    }
    kept = insert(session, AlikeRow).values(row)
    again = {name: kept.excluded[name] for name in ("case_id", "score", "state", "at")}
    session.execute(kept.on_conflict_do_update(index_elements=["mention_id"], set_=again))


def shown(session: Session, case_id: str, mention_id: str | None) -> dict[str, Any]:
    """What a case's card says of it: how many more people say the same, and which case it looks like."""
    counted = (_alike.case_id == case_id, _alike.state == CONFIRMED)
    people = session.scalar(select(func.count(func.distinct(_alike.author_key))).where(*counted)) or 0
    both = table(AlikeRow).join(table(CaseRow), _case.id == _alike.case_id)
    looks = (_alike.mention_id == mention_id, _alike.state == SUGGESTED, _case.author_key != "")
    return {"alike": people, "like": session.scalar(select(_case.code).select_from(both).where(*looks)) or ""}


def state_of(session: Session, mention_id: str) -> tuple[str, str]:
    """The case that a post says the same as, and how sure that is; two empty texts where it is like none."""
    query = select(_alike.case_id, _alike.state).where(_alike.mention_id == mention_id)
    row = session.execute(query).first()
    return (row.case_id, row.state) if row else ("", "")


def counted(session: Session, case_ids: Sequence[str]) -> list[str]:
    """The posts that are counted on the cards of these cases."""
    theirs = (_alike.case_id.in_(case_ids), _alike.state == CONFIRMED)
    return list(session.scalars(select(_alike.mention_id).where(*theirs).order_by(_alike.at, _alike.mention_id)))


def listed(session: Session, case_id: str, limit: int = 20) -> list[tuple[datetime, str, str, str]]:
    """Who says the same, the first of them first: when, on which channel, by what handle, and the post's address."""
    both = table(AlikeRow).join(table(MentionRow), _mention.id == _alike.mention_id)
    columns = (_mention.posted_at, _mention.channel, _mention.author, _mention.details)
    counted_there = (_alike.case_id == case_id, _alike.state == CONFIRMED, _mention.kept)
    query = select(*columns).select_from(both).where(*counted_there).order_by(_mention.posted_at, _mention.id)
    rows = session.execute(query.limit(limit)).all()
    return [(row.posted_at, row.channel, str(row.author.get("handle") or ""), str(row.details["url"])) for row in rows]


def part(session: Session, mention_ids: Sequence[str]) -> None:
    """Each of these posts stands for itself, and is not joined to another by itself again."""
    session.execute(update(AlikeRow).where(_alike.mention_id.in_(mention_ids)).values(state=PARTED))


def drop(session: Session, case_ids: Sequence[str]) -> None:
    """Nothing is like these cases any more."""
    session.execute(delete(table(AlikeRow)).where(_alike.case_id.in_(case_ids)))


def left(session: Session, mention_ids: Sequence[str]) -> list[str]:
    """These posts are gone: nobody counts them any more; the cases whose cards say so."""
    theirs = _alike.mention_id.in_(mention_ids)
    return _dropped(session, theirs)


def changed(session: Session, mention_id: str) -> list[str]:
    """The same for a post that says something else now; one that was parted stays so."""
    return _dropped(session, (_alike.mention_id == mention_id) & (_alike.state != PARTED))


def left_by(session: Session, author_keys: Sequence[str]) -> list[str]:
    """The same for the posts of people who asked to be forgotten."""
    return _dropped(session, _alike.author_key.in_(author_keys))


def _dropped(session: Session, theirs: Any) -> list[str]:
    counted = delete(table(AlikeRow)).where(theirs).returning(_alike.case_id)
    return sorted(set(session.execute(counted).scalars()))


def decide_anew(session: Session, mention_ids: Sequence[str], now: datetime) -> None:
    """Pass posts that had no case to the policy once more."""
    free = (_mention.id.in_(mention_ids), _mention.kept, _mention.state == "decided", _mention.case_id.is_(None))
    judged = select(table(AssessmentRow).c.mention_id).where(table(AssessmentRow).c.mention_id == _mention.id).exists()
    again = update(MentionRow).where(*free, judged).values(state="classified", attempts=0)
    wakes.mark(session, "decide", list(session.execute(again.returning(_mention.author_key)).scalars()), now)
