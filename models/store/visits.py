"""What the call-back page may know of a case, and that a customer opened it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from models.case import Case
from models.contact import Contact
from models.settings.callback import CallbackSettings
from models.store import codes, contacts, surveys, switches
from models.store.consents import latest
from models.store.dialect import table
from models.store.edits import masked
from models.store.surveys import Survey
from models.switch import LADDER, Stage
from models.tables import AssessmentRow, CaseRow, MentionRow

_case, _mention = table(CaseRow).c, table(MentionRow).c

UNSEEN = frozenset({"email"})
"""Channels that only we can read: what was written there is not for whoever has the link."""

LONGEST = 600
"""Signs of a post that are shown."""


@dataclass(frozen=True, slots=True)
class Post:
    """The post with which a case began, masked; ``text`` is empty where it is not kept, or was never public."""

    channel: str
    posted_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A case as its page sees it."""

    case: Case
    channel: str
    post: Post | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What somebody gave us, as they may see it again: never the number. ``consent`` is what they agreed to."""

    visit: Visit
    contact: Contact
    consent: str


def by_code(session: Session, code: str, callback: CallbackSettings, now: datetime) -> Visit | None:
    """The case of a code that stands; None for every other."""
    case = codes.valid(session, code, callback, now)
    return _visit(session, case) if case else None


def by_receipt(session: Session, token: str, callback: CallbackSettings, now: datetime) -> Receipt | None:
    """What was given with a receipt; None for a token that nobody has, or whose case's code is over."""
    contact = contacts.by_receipt(session, token)
    if contact is None:
        return None
    code = session.connection().execute(select(_case.code).where(_case.id == contact.case_id)).scalar()
    visit = by_code(session, code, callback, now) if code else None
    if visit is None:
        return None
    consent = latest(session, contact.id)
    return Receipt(visit, contact, consent.text if consent else "")


def opened(session: Session, case_id: str, now: datetime) -> bool:
    """The customer opened the page of a live case: written down once; whether it was now.

    A switch that has come farther stays there, and one that was dropped is not begun anew by looking at a page.
    """
    every = switches.of_case(session, case_id)
    if every and not (every[-1].live and LADDER.index(every[-1].stage) < LADDER.index(Stage.OPENED)):
        return False
    done = switches.advance(session, case_id, Stage.OPENED, now, switches.CUSTOMER)
    return done.done and not done.repeated


def survey(session: Session, case: Case, within: timedelta, now: datetime) -> Survey | None:
    """The survey of a case that is over, asked now if it was not before; None where there is nothing to answer."""
    surveys.ask(session, case.id, "page", now)
    found = surveys.of_case(session, case.id)
    return found if found and not case.live and found.open(now, within) else None


def _visit(session: Session, case: Case) -> Visit:
    channel = session.connection().execute(select(_case.channel).where(_case.id == case.id)).scalar_one()
    return Visit(case, channel, _post(session, case.id))


def _post(session: Session, case_id: str) -> Post | None:
    author = select(_case.author_key).where(_case.id == case_id).scalar_subquery()
    both = table(MentionRow).outerjoin(table(AssessmentRow), table(AssessmentRow).c.mention_id == _mention.id)
    theirs = (_mention.case_id == case_id, _mention.kept, _mention.author_key == author)
    query = select(_mention.channel, _mention.posted_at, _mention.text, table(AssessmentRow).c.body).select_from(both)
    row = session.connection().execute(query.where(*theirs).order_by(_mention.posted_at, _mention.id).limit(1)).first()
    if row is None:
        return None
    text = "" if row.channel in UNSEEN else masked(row.text, row.body)
    return Post(row.channel, row.posted_at, text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} …")
