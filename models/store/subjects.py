"""The post that a press is about: read with what the model said of it, found again by its link, taken on by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlmodel import Session

from models.assessment import Assessment
from models.decision import Decision, Kind, Message
from models.mention import Mention
from models.store import deciding, effects
from models.store.closings import CLOSING
from models.store.dialect import table, update
from models.store.rows import mention_of, readable
from models.tables import AssessmentRow, DecisionRow, EffectRow, MentionRow

_mention, _effect = table(MentionRow).c, table(EffectRow).c


@dataclass(frozen=True, slots=True)
class Subject:
    """A post. ``assessment`` is None where the model was not asked or cannot be read any more.

    ``state`` says how far it has come: heard, classified, decided; ``route`` and ``reasons`` are empty before that.
    """

    id: str
    mention: Mention
    assessment: Assessment | None = None
    version: str = ""
    state: str = ""
    case_id: str = ""
    route: str = ""
    reasons: tuple[str, ...] = ()


def of(session: Session, mention_id: str) -> Subject | None:
    """The post with this id; None where there is none, or its text was erased."""
    assessment, decision = table(AssessmentRow).c, table(DecisionRow).c
    whole = (
        table(MentionRow)
        .outerjoin(table(AssessmentRow), assessment.mention_id == _mention.id)
        .outerjoin(table(DecisionRow), decision.mention_id == _mention.id)
    )
    columns = (assessment.body, assessment.version, decision.route, decision.reasons)
    query = select(table(MentionRow), *columns).select_from(whole).where(_mention.id == mention_id, _mention.kept)
    row = session.connection().execute(query).first()
    if row is None:
        return None
    judged = readable(row.body) if row.body else None
    reasons = tuple(row.reasons or ())
    return Subject(
        row.id, mention_of(row), judged, row.version or "", row.state, row.case_id or "", row.route or "", reasons
    )


def by_link(session: Session, brand: str, link: str, since: datetime) -> str | None:
    """The newest post of a brand that stands at this address, of those heard since."""
    there = _mention.details["url"].as_string() == link
    heard = (_mention.kept, _mention.heard_at >= since, _mention.brand == brand, there)
    query = select(_mention.id).where(*heard).order_by(_mention.heard_at.desc()).limit(1)
    return session.connection().execute(query).scalar()


def author_id(session: Session, brand: str, channel: str, handle: str, since: datetime) -> str | None:
    """The platform's id of the author with this handle, by a post of theirs heard since."""
    theirs = func.lower(_mention.author["handle"].as_string()) == handle.lower()
    heard = (_mention.kept, _mention.heard_at >= since, _mention.brand == brand, _mention.channel == channel, theirs)
    identifier = _mention.author["id"].as_string()
    return session.connection().execute(select(identifier).where(*heard).limit(1)).scalar()


def take_on(session: Session, mention: Mention, decision: Decision, now: datetime) -> bool:
    """People want the post in a case although it was decided otherwise; False where it is in one by now.

    What was decided stays written as it was, because how often the bot is wrong is counted from that.
    """
    assert decision.case
    free = update(MentionRow).where(_mention.id == mention.id, _mention.state == "decided", _mention.case_id.is_(None))
    if session.connection().execute(free.values(case_id=decision.case.id)).rowcount != 1:
        return False
    deciding.follow(session, mention, decision, now)
    return True


def make_room(session: Session, reply: Message) -> None:
    """Take away an earlier answer to the same author and thread that was certainly never posted.

    There is room for one, and for one that closes a case. It came too late, was refused or was withdrawn, and a
    person now sends another.
    """
    theirs = (_effect.brand == reply.brand) & _to(reply.author_key, reply.thread_key) & (_effect.purpose != CLOSING)
    if reply.purpose == CLOSING:
        theirs = (_effect.case_id == reply.case_id) & (_effect.purpose == CLOSING)
    same = or_(_effect.key == reply.key, theirs)
    over = (_effect.state.in_(("dead", "expired", "rejected")), _effect.error != effects.FORGOTTEN, ~_effect.doubtful)
    session.execute(delete(table(EffectRow)).where(_effect.kind == Kind.REPLY, same, *over))


def reply_of(session: Session, mention: Mention) -> Any | None:
    """The state, time and link of the one public reply to this author in this thread; None where there is none.

    The line that closes a case is not meant.
    """
    reply = (_effect.brand == mention.brand, _effect.kind == Kind.REPLY, _effect.purpose != CLOSING)
    query = select(_effect.state, _effect.settled_at, _effect.url).where(
        *reply, _to(mention.author_key, mention.thread_key)
    )
    return session.connection().execute(query).first()


def _to(author_key: str, thread_key: str) -> ColumnElement[bool]:
    return (_effect.author_key == author_key) & (_effect.thread_key == thread_key)
