"""What would have been done on a channel in shadow: kept beside the decision, counted, and known when the next is made.

Nothing here is ever sent, so that what was decided in shadow stays there when the channel goes live.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import Session

from models.case import Case, CaseState
from models.channel_tables import ShadowRow
from models.decision import Decision, Kind, Message, Reason, Route
from models.mention import Mention
from models.past import Past
from models.store import effects
from models.store.cases import SAME_ISSUE
from models.store.dialect import insert, table, update
from models.tables import EffectRow, MentionRow

_shadow, _mention = table(ShadowRow).c, table(MentionRow).c

CARDS = (Kind.ALERT, Kind.NOTICE)
"""What would have stood in front of people: cards, and the plain line where deciding failed."""


@dataclass(frozen=True, slots=True)
class Would:
    """What would have been sent about so many ``posts``."""

    posts: int = 0
    cards: int = 0
    notes: int = 0
    replies: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """One post of a channel in shadow: its route, the messages that were not sent, and where it stands.

    ``link`` is empty where it has none, or was erased.
    """

    at: datetime
    mention_id: str
    route: str
    messages: tuple[Mapping[str, str], ...]
    link: str


def keep(session: Session, mention: Mention, would: Decision, now: datetime) -> None:
    """Keep what a decision would have led to; a post that is decided anew has its last decision only."""
    kinds = [message.kind for message in would.messages]
    case = would.case
    values = {
        "mention_id": mention.id,
        "brand": mention.brand,
        "channel": mention.channel,
        "author_key": mention.author_key,
        "thread_key": mention.thread_key,
        "route": would.route,
        "case_id": case.id if case else "",
        "code": case.code if case else "",
        "leads": case is not None and (case.new or Reason.ESCALATED in would.reasons),
        "cards": sum(kind in CARDS for kind in kinds),
        "notes": kinds.count(Kind.NOTE),
        "replies": kinds.count(Kind.REPLY),
        "messages": [_in_short(message) for message in would.messages],
        "at": now,
    }
    row = insert(session, ShadowRow).values(**values)
    changed = {name: value for name, value in values.items() if name != "mention_id"}
    session.execute(row.on_conflict_do_update(index_elements=["mention_id"], set_=changed))


def past_of(session: Session, mention: Mention, past: Past, now: datetime) -> Past:
    """What the policy would know, had everything in shadow been sent: its cases, as if nobody closed one, and replies.

    The rest of ``past`` is what really was.
    """
    theirs = select(table(ShadowRow)).where(_shadow.author_key == mention.author_key)
    rows = session.execute(theirs.where(_shadow.at >= now - SAME_ISSUE).order_by(_shadow.at)).all()
    replied = session.execute(
        select(_shadow.thread_key, _shadow.at).where(_shadow.author_key == mention.author_key, _shadow.replies > 0)
    ).all()
    hour, day, thanks = _replies(session, mention, now)
    moments = [row.at for row in replied] + ([past.last_reply_at] if past.last_reply_at else [])
    return replace(
        past,
        case=past.case or _case(rows),
        replied_in_thread=past.replied_in_thread or any(row.thread_key == mention.thread_key for row in replied),
        last_reply_at=max(moments, default=None),
        replies_last_hour=past.replies_last_hour + hour,
        replies_last_day=past.replies_last_day + day,
        thanks_last_day=past.thanks_last_day + thanks,
    )


def withdraw(session: Session, channels: Sequence[str], now: datetime) -> None:
    """What waits to be said on these channels is not said; who wrote it for a case gets it back as its draft."""
    if channels:
        effects.withdraw(session, [table(EffectRow).c.channel.in_(channels)], "withdrawn", now)


def counts(session: Session, since: datetime) -> dict[str, Would]:
    """By channel, of what was decided in shadow after ``since``."""
    sums = (func.count(), *(func.sum(_shadow[name]) for name in ("cards", "notes", "replies")))
    query = select(_shadow.channel, *sums).where(_shadow.at > since).group_by(_shadow.channel)
    return {row[0]: Would(*map(int, row[1:])) for row in session.execute(query)}


def not_in_shadow(mention_id: Any) -> Any:
    """The condition that a decision was not made in shadow."""
    return ~select(_shadow.mention_id).where(_shadow.mention_id == mention_id).exists()


def latest(session: Session, channel: str, limit: int) -> list[Shown]:
    """The newest posts of a channel about which something would have been sent."""
    sent = _shadow.cards + _shadow.notes + _shadow.replies > 0
    both = table(ShadowRow).outerjoin(table(MentionRow), _mention.id == _shadow.mention_id)
    query = select(table(ShadowRow), _mention.details).select_from(both)
    rows = session.execute(
        query.where(_shadow.channel == channel, sent).order_by(_shadow.at.desc(), _shadow.mention_id).limit(limit)
    )
    return [
        Shown(row.at, row.mention_id, row.route, tuple(row.messages), (row.details or {}).get("url", ""))
        for row in rows
    ]


def blank(session: Session, ids: Collection[str]) -> None:
    """Posts past their time: what is counted stays, whom it was about goes."""
    nobody: dict[str, Any] = {"author_key": "", "thread_key": "", "messages": []}
    session.execute(update(ShadowRow).where(_shadow.mention_id.in_(list(ids))).values(**nobody))


def forget(session: Session, authors: Sequence[str]) -> None:
    """A person who asked to be forgotten."""
    session.execute(delete(table(ShadowRow)).where(_shadow.author_key.in_(list(authors))))


def _case(rows: Sequence[Any]) -> Case | None:
    """The case that the author would have by now."""
    leading = [row for row in rows if row.leads]
    if not leading:
        return None
    last = leading[-1]
    same = [row for row in rows if row.case_id == last.case_id]
    return Case(last.case_id, last.code, last.brand, CaseState.OPEN, Route(last.route), same[0].at, len(same))


def _replies(session: Session, mention: Mention, now: datetime) -> tuple[int, int, int]:
    """What the brand would have said on the channel: in the last hour, in the last day, and the day's thank-yous."""
    since = now - timedelta(days=1)
    ours = (_shadow.brand == mention.brand, _shadow.channel == mention.channel, _shadow.at > since)
    rows = session.execute(select(_shadow.at, _shadow.route).where(*ours, _shadow.replies > 0)).all()
    lately = sum(row.at > now - timedelta(hours=1) for row in rows)
    return lately, len(rows), sum(row.route == Route.THANK for row in rows)


def _in_short(message: Message) -> dict[str, str]:
    """A message without the post: what it is, where it would have gone, and the words that are ours."""
    says = message.body.get("text") if message.kind is Kind.REPLY else message.body.get("title")
    return {
        "kind": message.kind.value,
        "sink": message.sink,
        "to": "" if message.kind is Kind.REPLY else message.target,
        "purpose": message.purpose,
        "says": str(says or ""),
    }
