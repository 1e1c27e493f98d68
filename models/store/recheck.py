"""Which posts are to be looked at again, for platforms that do not tell of a deletion: those of open cases first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from models.store import parents
from models.store.cases import LIVE
from models.store.dialect import table, update
from models.tables import CaseRow, MentionRow

_mention, _case = table(MentionRow).c, table(CaseRow).c


def due(session: Session, channel: str, others: Collection[str], before: datetime, limit: int) -> list[str]:
    """Up to ``limit`` ids of posts of a channel that nobody has looked at since a moment.

    Those that the ``others`` among the channel's listeners have heard are theirs to ask for. First come the posts of
    live cases, then what stands above posts on cards, then the rest; each once, though two brands keep it.
    """
    theirs = _theirs(channel, others, before)
    oldest = func.min(_mention.checked_at)
    everything = select(_mention.external_id).where(*theirs)
    live = everything.join(table(CaseRow), _case.id == _mention.case_id).where(_case.state.in_(LIVE))
    found: list[str] = []
    for query in (live, everything):
        ordered = query.group_by(_mention.external_id).order_by(oldest, _mention.external_id).limit(limit)
        found += session.scalars(ordered)
        if query is live:
            found += parents.seen(session, channel, others, before, limit)
    return list(dict.fromkeys(found))[:limit]


def looked_at(session: Session, channel: str, external_ids: Sequence[str], now: datetime) -> None:
    """These posts were there at this moment."""
    theirs = (_mention.external_id.in_(external_ids), _mention.channel == channel, _mention.kept)
    session.execute(update(MentionRow).where(*theirs).values(checked_at=now))
    parents.looked_at(session, channel, external_ids, now)


def overdue(session: Session, channel: str, others: Collection[str], before: datetime) -> int:
    """How many of these posts nobody has looked at since a moment."""
    late = _theirs(channel, others, before)
    return session.scalar(select(func.count()).select_from(table(MentionRow)).where(*late)) or 0


def _theirs(channel: str, others: Collection[str], before: datetime) -> tuple[ColumnElement[bool], ...]:
    here = (_mention.channel == channel, _mention.listener.not_in(others))
    return (*here, _mention.kept, _mention.checked_at <= before)
