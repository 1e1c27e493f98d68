"""What people read of the cases: theirs, the queue, one of them, and the day in numbers. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlmodel import Session

from models.case import Case, CaseState, read_code
from models.decision import Kind
from models.form import Row
from models.mask import mask_name
from models.mention import Author
from models.store import cases, edits
from models.store.cases import LIVE, Event
from models.store.daily import Today as Today
from models.store.daily import today as today
from models.store.dialect import table
from models.store.rows import case_of as _value
from models.tables import AssessmentRow, CaseEventRow, CaseRow, EffectRow, MentionRow

_case, _effect, _mention = table(CaseRow).c, table(EffectRow).c, table(MentionRow).c

MOST = 50
"""No list is longer."""

HEADLINE = 120
"""Signs of a case's headline."""

ERASED = "(erased)"


@dataclass(frozen=True, slots=True)
class Heard:
    """A post of a case. ``text`` is masked; ``mention_id`` names the post."""

    mention_id: str
    posted_at: datetime
    channel: str
    author: str
    text: str
    link: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything about one case. ``card`` is the body of its card as it stands, None where its text was erased.

    ``events`` are oldest first, ``heard`` newest first.
    """

    case: Case
    row: Row
    card: dict[str, Any] | None
    events: tuple[Event, ...] = ()
    heard: tuple[Heard, ...] = ()
    mention_id: str = ""
    """The post that the case's card is about, which an answer answers."""


def mine(session: Session, person_id: str, now: datetime, limit: int = MOST) -> list[Row]:
    """The live cases that a person holds, by what is due first; snoozed ones last."""
    theirs = _by_deadline(now).where(_case.holder == person_id, _case.holder != "", _case.state.in_(LIVE))
    return _rows(session, theirs.limit(limit), now)


def queue(session: Session, brand: str | None, now: datetime, limit: int = MOST) -> tuple[list[Row], int]:
    """The cases that nobody holds (of a brand, or all), by what is due first; and how many more there are.

    Snoozed ones are left out until they wake.
    """
    free = [_case.state == CaseState.OPEN, or_(_case.snoozed_until.is_(None), _case.snoozed_until <= now)]
    free += [_case.brand == brand] if brand else []
    count = session.connection().execute(select(func.count()).select_from(table(CaseRow)).where(*free)).scalar_one()
    rows = _rows(session, _by_deadline(now).where(*free).limit(limit), now)
    return rows, count - len(rows)


def held(session: Session, brand: str | None, now: datetime, limit: int = MOST) -> list[Row]:
    """The live cases that somebody holds, by holder and what is due first: for the hand-over of a shift."""
    theirs = [_case.state == CaseState.CLAIMED, *([_case.brand == brand] if brand else [])]
    query = select(table(CaseRow)).where(*theirs).order_by(_case.holder_name, _case.holder, *_deadline(now))
    return _rows(session, query.limit(limit), now)


def find(session: Session, said: str, now: datetime, limit: int = 10) -> list[Row]:
    """The case with this code, or those whose posts or authors hold the text; the newest first, closed ones too."""
    code, text = read_code(said), " ".join(said.split()).removeprefix("@")
    if not text:
        return []
    query = select(table(CaseRow)).where(_case.author_key != "")
    by_code = _rows(session, query.where(_case.code == code), now) if code else []
    if by_code:
        return by_code
    # SQLite's lower() knows ASCII only, so other letters are also looked for as they are written.
    ways = {text, text.lower()}
    columns = (_mention.text, *(_mention.author[name].as_string() for name in ("handle", "name")))
    holds = [
        found.contains(way, autoescape=True) for one in columns for way in ways for found in (one, func.lower(one))
    ]
    posts = select(_mention.case_id).where(_mention.kept, _mention.case_id.is_not(None), or_(*holds))
    newest = query.where(_case.id.in_(posts)).order_by(_case.opened_at.desc(), _case.id).limit(limit)
    return _rows(session, newest, now)


def case_page(session: Session, code: str, now: datetime) -> CasePage | None:
    """The case with this code (blanks, dashes and case do not matter); None where there is none."""
    row = session.connection().execute(select(table(CaseRow)).where(_case.code == read_code(code))).first()
    if row is None:
        return None
    return CasePage(
        case=_value(row),
        row=_rows(session, select(table(CaseRow)).where(_case.id == row.id), now)[0],
        card=edits.current_card(session, row.id, now),
        events=tuple(_events(session, row.id)),
        heard=tuple(_heard(session, row.id)),
        mention_id=edits.about(session, row.id),
    )


def case_of(session: Session, case_id: str) -> Case | None:
    """The case with this id."""
    row = session.connection().execute(select(table(CaseRow)).where(_case.id == case_id)).first()
    return _value(row) if row else None


def _by_deadline(now: datetime) -> Select[Any]:
    return select(table(CaseRow)).order_by(*_deadline(now))


def _deadline(now: datetime) -> Sequence[ColumnElement[Any]]:
    """What rests comes last, what is due soonest first, what is not due at all after that, by age."""
    rests = case((_case.snoozed_until > now, 1), else_=0)
    taken = or_(_case.holder != "", _case.answered_at.is_not(None))
    due = case((taken, _case.resolve_by), else_=_case.answer_by)
    return rests, case((due.is_(None), 1), else_=0), due, _case.opened_at, _case.id


def _rows(session: Session, query: Select[Any], now: datetime) -> list[Row]:
    found = session.connection().execute(query).all()
    bodies = _bodies(session, [row.id for row in found])
    return [_row(_value(row), row.author_key, bodies.get(row.id), now) for row in found]


def _row(case: Case, author_key: str, body: dict[str, Any] | None, now: datetime) -> Row:
    due = case.due
    rests = case.rests(now)
    return Row(
        case_id=case.id,
        code=case.code,
        headline=headline(body) if body and author_key else ERASED,
        state="snoozed" if case.live and rests else case.state.value,
        answer_by=due.isoformat(timespec="seconds") if due else "",
        holder=case.holder.called if case.holder else "",
        late=due is not None and due < now and not rests,
    )


def headline(body: dict[str, Any]) -> str:
    """Who says what, in one line, from the body of a card."""
    line = " ".join(f"{body.get('author', '')}: {body.get('text', '')}".split())
    return line if len(line) <= HEADLINE else f"{line[: HEADLINE - 1]}…"


def _bodies(session: Session, case_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The card of each case, the newest of those that became graver."""
    card = (_effect.kind == Kind.ALERT, _effect.purpose.startswith(cases.CARD), _effect.case_id.in_(list(case_ids)))
    query = select(_effect.case_id, _effect.body).where(*card).order_by(_effect.queued_at, _effect.priority)
    return {row.case_id: row.body for row in session.connection().execute(query)}


def _events(session: Session, case_id: str) -> Iterable[Event]:
    event = table(CaseEventRow).c
    query = select(table(CaseEventRow)).where(event.case_id == case_id).order_by(event.seq)
    for row in session.connection().execute(query):
        yield Event(row.type, row.at, row.actor_kind, row.actor_id, row.channel, row.meta)


def _heard(session: Session, case_id: str) -> Iterable[Heard]:
    judged = table(AssessmentRow).c
    both = table(MentionRow).outerjoin(table(AssessmentRow), judged.mention_id == _mention.id)
    theirs = (_mention.case_id == case_id, _mention.kept)
    query = select(table(MentionRow), judged.body).select_from(both).where(*theirs)
    for row in session.connection().execute(query.order_by(_mention.posted_at.desc(), _mention.id).limit(MOST)):
        link = row.details.get("url", "")
        yield Heard(row.id, row.posted_at, row.channel, _name(row.author), edits.masked(row.text, row.body), link)


def _name(author: dict[str, Any]) -> str:
    known = Author(**author)
    return mask_name(known.name or known.handle or known.id)
