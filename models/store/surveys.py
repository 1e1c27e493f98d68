"""What customers say of a case that is over: asked once, answered in one tap or in parts, and changed while it may be.

The rows hold numbers only and name nobody (``SurveyRow``), so they outlive the person's being forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, select
from sqlmodel import Session

from models.case import CaseState, Resolution
from models.decision import Kind, Message, Route
from models.events import EventType
from models.settings import Settings
from models.store import edits, happened
from models.store.dialect import insert, table, update
from models.survey import SCALES
from models.switch import CUSTOMER, VOICE
from models.switch_tables import SurveyRow
from models.tables import AssessmentRow, CaseEventRow, CaseRow, EffectRow, MentionRow, OptOutRow

_survey, _event, _case = table(SurveyRow).c, table(CaseEventRow).c, table(CaseRow).c
_mention, _effect = table(MentionRow).c, table(EffectRow).c

SPOKEN = (EventType.SWITCH_CONNECTED, EventType.SWITCH_COMPLETED)
"""After these a case has been dealt with in the other channel."""

HELPED = (Resolution.ANSWERED, Resolution.CALLED, Resolution.ELSEWHERE)
"""Who was not helped by us is not asked how well we did."""

STALE = timedelta(days=2)
"""What was due longer ago, as after a standstill or before surveys were switched on, is not asked any more."""


@dataclass(frozen=True, slots=True)
class Survey:
    """One case's survey. ``via`` is how it was asked; ``again``: they had to explain it again."""

    case_id: str
    via: str
    asked_at: datetime
    answered_at: datetime | None = None
    csat: int | None = None
    nps: int | None = None
    again: bool | None = None

    def open(self, now: datetime, within: timedelta) -> bool:
        """Whether an answer is still taken, so long after asking."""
        return now < self.asked_at + within


@dataclass(frozen=True, slots=True)
class Answered:
    """What stands now. ``changed``: something is other than it was before, and was written down."""

    csat: int | None
    nps: int | None
    again: bool | None
    changed: bool

    @property
    def whole(self) -> bool:
        """Whether nothing is left to ask."""
        return None not in (self.csat, self.nps, self.again)


@dataclass(frozen=True, slots=True)
class Due:
    """A case whose customer is to be asked where they posted, under their last post, ``external_id`` there."""

    case_id: str
    brand: str
    channel: str
    closed_at: datetime
    mention_id: str
    external_id: str
    author_key: str
    thread_key: str
    lang: str


class Why(StrEnum):
    """Why an answer is not taken."""

    NOT_ASKED = "not_asked"
    OVER = "over"
    """Its term has ended."""
    ERASED = "erased"
    """The person was forgotten, or there is no such case."""
    NOT_VALID = "not_valid"
    """Nothing was said, or a number that is not on the scale."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is not taken; ``words`` say what to do, in English."""

    why: Why
    words: str


_WORDS = {
    Why.NOT_ASKED: "there is no question about this case",
    Why.OVER: "the time for an answer is over",
    Why.ERASED: "this case was erased",
    Why.NOT_VALID: "answer with 1 to 5, with 0 to 10, or with yes or no",
}


def of_case(session: Session, case_id: str) -> Survey | None:
    """The case's survey, if it was asked."""
    row = session.connection().execute(_of(case_id)).first()
    return _value(row) if row else None


def ask(session: Session, case_id: str, via: str, now: datetime) -> bool:
    """Write down that the customer of a resolved case is asked, by ``page`` or a channel; whether it is so now.

    False where the case is not resolved or was erased, and where it was asked before: once a case, however often its
    page is opened. Only one that was closed anew since, and never answered, is asked again.
    """
    case = happened.lock(session, case_id)
    if case is None or not case.author_key or case.state != CaseState.RESOLVED:
        return False
    before = session.connection().execute(_of(case_id)).first()
    if before and (before.answered_at or before.asked_at >= case.closed_at):
        return False
    values = _path(session, case) | {"via": via, "asked_at": now}
    row = insert(session, SurveyRow).values(case_id=case_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["case_id"], set_=values))
    said = happened.event(EventType.SURVEY_SENT, None, now, {"via": via}, case.channel)
    happened.append(session, case_id, [said])
    return True


def sent(session: Session, message: Message, now: datetime) -> None:
    """The question was posted in a channel."""
    assert message.case_id
    ask(session, message.case_id, message.channel, now)


def answer(
    session: Session,
    case_id: str,
    now: datetime,
    within: timedelta,
    csat: int | None = None,
    nps: int | None = None,
    again: bool | None = None,
    *,
    via: str = "",
) -> Answered | Refusal:
    """Take an answer or a part of one within ``within`` of asking; what was not said stays as it was.

    Another answer to the same question takes the first one's place, and the history keeps both. ``via`` is where it
    was said; where it was asked, if empty.
    """
    given = _given(csat, nps, again)
    if not given:
        return _refusal(Why.NOT_VALID)
    case = happened.lock(session, case_id)
    if case is None or not case.author_key:
        return _refusal(Why.ERASED)
    row = session.connection().execute(_of(case_id)).first()
    if row is None:
        return _refusal(Why.NOT_ASKED)
    if not _value(row).open(now, within):
        return _refusal(Why.OVER)
    fresh = {name: value for name, value in given.items() if getattr(row, name) != value}
    if fresh:
        at = row.answered_at or now
        session.execute(update(SurveyRow).where(_survey.case_id == case_id).values(answered_at=at, **fresh))
        meta = {"via": via or row.via} | fresh
        said = happened.event(EventType.SURVEY_ANSWERED, CUSTOMER, now, meta, case.channel)
        happened.append(session, case_id, [said])
        edits.redraw(session, case_id, now)
    return Answered(
        **{name: fresh.get(name, getattr(row, name)) for name in ("csat", "nps", "again")}, changed=bool(fresh)
    )


def due(session: Session, settings: Settings, now: datetime, limit: int = 200) -> list[Due]:
    """The cases that were resolved by our help ``surveys.after`` ago and whose customer may be asked in the channel.

    Only where we speak: not on a channel in shadow, nor without a responder. Nobody is asked who opted out, whose
    tone turned after our reply, who may have been in danger, or twice.
    """
    asked = settings.surveys
    spoken = [name for name in asked.channels if (own := settings.channel(name)).reply_with and not own.shadow]
    if not (asked.on and spoken):
        return []
    latest, closed = now - asked.after, (_case.state == CaseState.RESOLVED, _case.reason.in_(HELPED))
    # By the history's own index: there is none on when a case was closed.
    lately = (_event.type == EventType.RESOLVED, _event.at > latest - STALE, _event.at <= latest)
    ended = select(_event.case_id).where(*lately)
    in_time = (_case.closed_at > latest - STALE, _case.closed_at <= latest)
    free = (_case.author_key.not_in(select(table(OptOutRow).c.author_key)), _case.turned_at.is_(None))
    there = (_case.channel.in_(spoken), _case.brand.in_(list(settings.brands)))
    wanted = (*there, _case.id.in_(ended), *closed, *in_time, *free)
    query = select(table(CaseRow)).where(*wanted, _case.route != Route.PAGE, ~_known()).order_by(_case.closed_at)
    rows = session.connection().execute(query.limit(limit)).all()
    return [one for one in (_due(session, row) for row in rows) if one]


def _known() -> Any:
    """Whether a case's customer was asked since it was closed, or is being asked, or has answered before."""
    survey = and_(
        _survey.case_id == _case.id, (_survey.answered_at.is_not(None)) | (_survey.asked_at >= _case.closed_at)
    )
    queued = (_effect.case_id == _case.id, _effect.kind == Kind.SURVEY, _effect.queued_at >= _case.closed_at)
    return select(_survey.case_id).where(survey).exists() | select(_effect.key).where(*queued).exists()


def _due(session: Session, case: Any) -> Due | None:
    """The customer's own last post of a case that is still there; None where there is none."""
    theirs = (_mention.case_id == case.id, _mention.author_key == case.author_key, _mention.channel == case.channel)
    judged = table(AssessmentRow)
    both = table(MentionRow).outerjoin(judged, judged.c.mention_id == _mention.id)
    query = select(table(MentionRow), judged.c.body).select_from(both).where(*theirs, _mention.kept)
    post = session.connection().execute(query.order_by(_mention.posted_at.desc(), _mention.id).limit(1)).first()
    if post is None:
        return None
    lang = post.details.get("lang") or (post.body or {}).get("lang") or ""
    place = {"mention_id": post.id, "external_id": post.external_id, "thread_key": post.thread_key, "lang": lang}
    return Due(case.id, case.brand, case.channel, case.closed_at, author_key=case.author_key, **place)


def _given(csat: int | None, nps: int | None, again: bool | None) -> dict[str, int | bool]:
    """What was said; nothing at all where any of it is not on its scale."""
    said: dict[str, Any] = {"csat": csat, "nps": nps, "again": again}
    said = {name: value for name, value in said.items() if value is not None}
    return said if all(_valid(name, value) for name, value in said.items()) else {}


def _valid(name: str, value: Any) -> bool:
    if name not in SCALES:
        return isinstance(value, bool)
    least, most = SCALES[name]
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _path(session: Session, case: Any) -> dict[str, Any]:
    """From which channel to which the case went: to the last one in which both spoke."""
    spoken = select(_event.meta).where(_event.case_id == case.id, _event.type.in_(SPOKEN))
    last = session.connection().execute(spoken.order_by(_event.seq.desc()).limit(1)).first()
    # Before there was a ledger, the only way to speak was a call.
    to = (last.meta.get("to") or VOICE) if last else case.channel
    return {"brand": case.brand, "from_channel": case.channel, "to_channel": to, "route": case.route}


def _of(case_id: str) -> Any:
    return select(table(SurveyRow)).where(_survey.case_id == case_id)


def _value(row: Any) -> Survey:
    return Survey(row.case_id, row.via, row.asked_at, row.answered_at, row.csat, row.nps, row.again)


def _refusal(why: Why) -> Refusal:
    return Refusal(why, _WORDS[why])
