"""Which key each sealed number and each consent relies on, and sealing all of them anew with the newest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import Session

from models.store import cases, consents
from models.store.dialect import table, update
from models.switch_tables import ConsentRow, ContactRow

if TYPE_CHECKING:
    from models.vault import Vault

_contact, _consent = table(ContactRow).c, table(ConsentRow).c

PORTION = 200
"""So many cases are sealed anew in one transaction."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """How many numbers are sealed with each key, and how many consents are hashed with it; by the keys' ids.

    Under the empty id stand the numbers that none of our keys opens. A consent may name a key that is not there.
    """

    numbers: Counter[str] = field(default_factory=Counter)
    consents: Counter[str] = field(default_factory=Counter)


def look(session: Session, vault: Vault | None) -> Keyring:
    """Count what relies on which key."""
    found = Keyring()
    for sealed, case_id in session.execute(select(_contact.sealed, _contact.case_id).where(_contact.sealed != "")):
        found.numbers[vault.sealed_with(sealed, case_id) if vault else ""] += 1
    name = func.substr(_consent.digest, 1, 8)
    for key, count in session.execute(select(name, func.count()).where(_consent.digest != "").group_by(name)):
        found.consents[key] += count
    return found


def rotate(session: Session, vault: Vault, after: str = "", limit: int = PORTION) -> tuple[int, str]:
    """Seal anew what older keys have sealed, in the cases that come after one; how many, and the last case.

    Call it again with that case until it is empty. What no key opens is left as it is. The consents that hold for them
    are hashed anew too, so that a number is found by who wants it gone when the older keys are gone.
    """
    held = select(_contact.case_id).where(_contact.sealed != "", _contact.case_id > after).distinct()
    case_ids = list(session.execute(held.order_by(_contact.case_id).limit(limit)).scalars())
    newest, renewed = vault.ids[0], 0
    for case_id in case_ids:
        cases.lock(session, case_id)
        kept = select(_contact.id, _contact.sealed).where(_contact.case_id == case_id, _contact.sealed != "")
        for row in session.execute(kept).all():
            if vault.sealed_with(row.sealed, case_id) not in ("", newest):
                number = vault.open(row.sealed, case_id)
                fresh = vault.seal(number, case_id)
                session.execute(update(ContactRow).where(_contact.id == row.id).values(sealed=fresh))
                consents.hash_anew(session, row.id, vault.digest(number))
                renewed += 1
    return renewed, case_ids[-1] if case_ids else ""
