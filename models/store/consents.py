"""The record of consents: what was agreed to, in which words and when. It outlives the number, and cannot be read back.

A consent holds a keyed hash of the number or address. Who has the key and the number can prove the consent; the row
alone names nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select
from sqlmodel import Session

from models.contact import NewConsent
from models.mention import storable
from models.store.dialect import insert, table, update
from models.switch_tables import ConsentRow, ContactRow

_consent, _contact = table(ConsentRow).c, table(ContactRow).c


def keep(session: Session, contact: Any, consent: NewConsent, digest: str, now: datetime) -> None:
    """Write down a consent for a contact (its row, or its values by name)."""
    values = {
        "id": uuid4().hex,
        "case_id": contact["case_id"],
        "contact_id": contact["id"],
        "brand": contact["brand"],
        "purpose": storable(consent.purpose),
        "text": storable(consent.text),
        "lang": storable(consent.lang),
        "digest": digest,
        "given_at": now,
        "how": consent.how,
    }
    session.execute(insert(session, ConsentRow).values(values))


def replace(session: Session, contact: Any, consent: NewConsent, digest: str, now: datetime) -> None:
    """The contact was changed: what it was is not agreed to any more, what it is now is."""
    withdraw(session, contact["id"], now)
    keep(session, contact, consent, digest, now)


def latest(session: Session, contact_id: str) -> Any:
    """The row of the consent that holds for a contact; None where there is none."""
    here = (_consent.contact_id == contact_id, _consent.withdrawn_at.is_(None))
    query = select(table(ConsentRow)).where(*here).order_by(_consent.given_at.desc()).limit(1)
    return session.execute(query).first()


def given_by(session: Session, case_id: str, moment: datetime) -> bool:
    """Whether anything had been agreed to for a case by a moment; also what was taken back since."""
    here = (_consent.case_id == case_id, _consent.given_at <= moment)
    return session.execute(select(_consent.id).where(*here).limit(1)).first() is not None


def hash_anew(session: Session, contact_id: str, digest: str) -> None:
    """The consent that holds for a contact names the same number by another key."""
    standing = (_consent.contact_id == contact_id, _consent.withdrawn_at.is_(None))
    session.execute(update(ConsentRow).where(*standing).values(digest=digest))


def withdraw(session: Session, contact_id: str, now: datetime) -> None:
    """The consents for a contact end now."""
    standing = (_consent.contact_id == contact_id, _consent.withdrawn_at.is_(None))
    session.execute(update(ConsentRow).where(*standing).values(withdrawn_at=now))


def withdraw_cases(session: Session, case_ids: Sequence[str], now: datetime) -> None:
    """The consents of cases end: their person asked to be forgotten."""
    standing = (_consent.case_id.in_(case_ids), _consent.withdrawn_at.is_(None))
    session.execute(update(ConsentRow).where(*standing).values(withdrawn_at=now))


def purge(session: Session, keep_consent: timedelta, now: datetime) -> None:
    """Drop the consents that were given longer ago than they are kept; not while the number itself is kept."""
    held = select(_contact.id).where(_contact.sealed != "")
    over = (_consent.given_at <= now - keep_consent, _consent.contact_id.not_in(held))
    session.execute(delete(table(ConsentRow)).where(*over))


def by_digests(session: Session, digests: tuple[str, ...]) -> list[Any]:
    """The rows of consents that were given for a number or address, the oldest first."""
    found = select(table(ConsentRow)).where(_consent.digest.in_(digests)).order_by(_consent.given_at, _consent.id)
    return list(session.execute(found))
