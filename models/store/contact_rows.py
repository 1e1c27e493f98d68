"""Finds contacts and erases them: what everybody needs who gives, takes back, shows, closes or forgets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session

from models.contact import Contact, ContactKind
from models.events import EventType
from models.links import hashed
from models.store import happened
from models.store.dialect import table, update
from models.switch_tables import ContactRow

_contact = table(ContactRow).c

ERASED: dict[str, Any] = {"sealed": "", "region": "", "zone": "", "windows": []}
"""What becomes of a contact: that there was one, and its language, stay."""


def by_id(session: Session, contact_id: str) -> Any:
    """The row of a contact; None where there is none."""
    return session.execute(select(table(ContactRow)).where(_contact.id == contact_id)).first()


def by_token(session: Session, token: str) -> Any:
    """The row of the contact whose receipt it is; None for a token that nobody has."""
    return session.execute(select(table(ContactRow)).where(_contact.receipt == hashed(token))).first()


def of_case(session: Session, case_id: str) -> list[Contact]:
    """All that were given for a case, the oldest first; also those that were withdrawn or erased."""
    query = select(table(ContactRow)).where(_contact.case_id == case_id).order_by(_contact.given_at, _contact.id)
    return [value(row) for row in session.execute(query)]


def erase_case(session: Session, case_id: str, why: str, now: datetime) -> int:
    """Erase all that was given for a case, because it ended; how many. The caller draws the card."""
    return erase(session, case_id, why, now)


def erase(session: Session, case_id: str, why: str, now: datetime, *which: ColumnElement[bool]) -> int:
    """Erase those contacts of a case, and write down why (``closed``, ``term``, ``withdrawn`` or ``erased``)."""
    happened.lock(session, case_id)
    standing = (_contact.case_id == case_id, _contact.erased_at.is_(None), *which)
    query = select(_contact.id).where(*standing).order_by(_contact.given_at, _contact.id)
    ids = list(session.execute(query).scalars())
    if ids:
        session.execute(update(ContactRow).where(_contact.id.in_(ids)).values(**ERASED, erased_at=now))
        meta = [{"contact": one, "why": why} for one in ids]
        gone = [happened.event(EventType.CONTACT_ERASED, None, now, said) for said in meta]
        happened.append(session, case_id, gone)
    return len(ids)


def value(row: Any) -> Contact:
    """The value of a row: without the number."""
    return Contact(
        id=row.id,
        case_id=row.case_id,
        kind=ContactKind(row.kind),
        lang=row.lang,
        zone=row.zone,
        windows=tuple(row.windows),
        given_at=row.given_at,
        erase_at=row.erase_at,
        withdrawn=row.withdrawn_at,
        erased=row.erased_at,
        by=row.by,
    )
