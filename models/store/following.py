"""What a case waits for: posts that quote its code, and what its customer says after they have heard from us.

Screening leaves such posts out, because another inbox has them or because they do not name the brand; here they are
taken back in. And what the customer has said before is looked up, so that a turn of the tone is seen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlmodel import Session

from models.assessment import Assessment
from models.case import Resolution
from models.decision import Kind, Reason
from models.events import EventType
from models.mention import Mention
from models.past import Screened
from models.quoting import codes_in
from models.store import cases, codes
from models.store.dialect import table
from models.store.queueing import SENT
from models.store.rows import readable
from models.tables import AssessmentRow, CaseEventRow, CaseRow, EffectRow, MentionRow

_case, _effect, _event, _mention = (table(row).c for row in (CaseRow, EffectRow, CaseEventRow, MentionRow))

TOLD = (Resolution.ANSWERED, Resolution.CALLED, Resolution.ELSEWHERE)
"""A case that was resolved so ended with words to its customer, some of them by hand."""

QUOTED = (Reason.ADDRESSED, Reason.TOO_OLD, Reason.MUTED)
"""Left out for one of these, a post that quotes a code is heard all the same."""

LOOKED_AT = 20
"""So many of the last posts are compared."""


def taken_back(session: Session, screened: Sequence[Screened], now: datetime) -> list[Screened]:
    """All of them; those that a case waits for are not left out any more."""
    out = [one for one in screened if one.reason in QUOTED]
    if not out:
        return list(screened)
    wanted = codes.naming_a_case(session, (one.mention for one in out))
    heard_from_us = _answered(session, {one.mention.author_key for one in out}, now)
    return [replace(one, reason=None) if _is_wanted(one, wanted, set(heard_from_us)) else one for one in screened]


def _is_wanted(one: Screened, named: Collection[str], followed: Collection[str]) -> bool:
    if one.reason in QUOTED and one.mention.id in named:
        return True
    return one.reason is Reason.ADDRESSED and one.mention.author_key in followed


def may_be_wanted(post: Mention) -> bool:
    """Whether a post that names no brand can be one that a case waits for: a quick look, without the store."""
    return bool(post.in_reply_to or post.conversation_id or codes_in(post.text))


def strangers(session: Session, views: Sequence[Screened], now: datetime) -> list[Screened]:
    """Of posts that do not name the brand, those that quote a code of it or go on in a thread in which it spoke."""
    views = [one for one in views if one.reason is None or one.reason in QUOTED]
    if not views:
        return []
    named = codes.naming_a_case(session, (one.mention for one in views))
    threads = _answered(session, {one.mention.author_key for one in views if one.reason is None}, now)
    return [
        replace(one, reason=None)
        for one in views
        if one.mention.id in named
        or (one.reason is None and one.mention.thread_key in threads.get(one.mention.author_key, ()))
    ]


def _answered(session: Session, authors: Collection[str], now: datetime) -> dict[str, set[str]]:
    """Of these authors, those who lately heard from us, with the threads in which they did."""
    if not authors:
        return {}
    since = now - cases.SAME_ISSUE
    reply = (_effect.kind == Kind.REPLY, SENT, _effect.settled_at >= since)
    replied = select(_effect.author_key, _effect.thread_key).where(_effect.author_key.in_(authors), *reply)
    spoken = (_event.case_id == _case.id, _heard_from_us(), _event.at >= since)
    told = select(_case.author_key, _case.thread_key).where(
        _case.author_key.in_(authors), select(_event.seq).where(*spoken).exists()
    )
    found: dict[str, set[str]] = {}
    for author, thread in session.execute(replied.union(told)):
        found.setdefault(author, set()).add(thread)
    return found


def _heard_from_us() -> Any:
    """The condition that with this event the customer had words from us."""
    spoken = _event.type.in_((EventType.REPLY_SENT, EventType.SWITCH_CONNECTED))
    return or_(spoken, and_(_event.type == EventType.RESOLVED, _event.meta["reason"].as_string().in_(TOLD)))


def spoken_at(session: Session, mention: Mention, case_id: str, now: datetime) -> datetime | None:
    """When the author last heard from us before the post, in its case or its thread; None where they did not."""
    here = {"author": mention.author_key, "thread": mention.thread_key, "in_case": case_id, "at": written_at(mention)}
    replied = session.connection().execute(_replied_at(), here | {"since": now - cases.SAME_ISSUE})
    moments = [replied.scalar()]
    if case_id:
        moments.append(session.connection().execute(_told_at(), here).scalar())
    return max((moment for moment in moments if moment), default=None)


@cache
def _replied_at() -> Any:
    here = or_(_effect.thread_key == bindparam("thread"), _effect.case_id == bindparam("in_case"))
    theirs = (_effect.kind == Kind.REPLY, SENT, _effect.author_key == bindparam("author"), here)
    between = (_effect.settled_at < bindparam("at"), _effect.settled_at >= bindparam("since"))
    return select(func.max(_effect.settled_at)).where(*theirs, *between)


@cache
def _told_at() -> Any:
    happened = (_event.case_id == bindparam("in_case"), _heard_from_us(), _event.at < bindparam("at"))
    return select(func.max(_event.at)).where(*happened)


def said(session: Session, mention: Mention, case_id: str, spoken: datetime) -> tuple[Assessment, ...]:
    """What the models said of the author's last post before we spoke, and of those since then, the newest first.

    Without what is not kept any more, or cannot be read.
    """
    body = table(AssessmentRow).c.body
    both = table(MentionRow).join(table(AssessmentRow), table(AssessmentRow).c.mention_id == _mention.id)
    theirs = (_mention.author_key == mention.author_key, _mention.id != mention.id, _mention.kept)
    here = or_(_mention.thread_key == mention.thread_key, _mention.case_id == case_id)
    earlier = _mention.posted_at < written_at(mention)
    query = select(_mention.posted_at, body).select_from(both).where(*theirs, here, earlier)
    newest = session.connection().execute(query.order_by(_mention.posted_at.desc()).limit(LOOKED_AT)).all()
    return tuple(one for row in _since(newest, spoken) if (one := readable(row.body)))


def _since(rows: Sequence[Any], spoken: datetime) -> list[Any]:
    """Of rows with the newest first, those after a moment and the last one before it."""
    after = [row for row in rows if row.posted_at > spoken]
    return [*after, *rows[len(after) : len(after) + 1]]


def written_at(mention: Mention) -> datetime:
    """When a post got the words that it has."""
    return max(mention.posted_at, mention.edited_at or mention.posted_at)
