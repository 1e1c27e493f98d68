"""How customers want to be reached: given, taken back, shown to who holds the case, and erased in time.

The number itself is sealed (``models.vault``). Everything happens under the case's lock and is written into its
history; no event, no card and no log line ever holds the number.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column, select
from sqlmodel import Session

from models.contact import Contact, ContactKind, Refusal, Why
from models.events import EventType
from models.press import Person
from models.store import cases, consents, edits, switches, under
from models.store.contact_rows import by_id, by_token, erase, erase_case, of_case, value
from models.store.dialect import table, update
from models.store.giving import MOST, give
from models.store.happened import event
from models.store.moves import called
from models.switch import CUSTOMER, Actor, Drop, Stage
from models.switch_tables import ContactRow
from models.tables import CaseRow

if TYPE_CHECKING:
    from models.vault import Vault

__all__ = [
    "MOST",
    "by_receipt",
    "erase_case",
    "erase_due",
    "forget_number",
    "give",
    "of_case",
    "reveal",
    "withdraw",
    "withdraw_by",
]

_contact, _case = table(ContactRow).c, table(CaseRow).c

PORTION = 200
"""The numbers of so many cases are erased in one transaction."""


def withdraw(session: Session, receipt_token: str, now: datetime, how: str = "page") -> Contact | None:
    """The customer takes the consent back: the number goes at once; None for a token that nobody has."""
    found = by_token(session, receipt_token)
    return _withdrawn(session, found.case_id, found.id, CUSTOMER, now, how) if found else None


def withdraw_by(session: Session, contact_id: str, by: Person, now: datetime) -> Contact | Refusal:
    """An agent does it for the customer, who said so."""
    found = by_id(session, contact_id)
    done = _withdrawn(session, found.case_id, contact_id, by, now, "agent") if found else None
    return done or Refusal(Why.UNKNOWN)


def forget_number(session: Session, digests: tuple[str, ...], now: datetime) -> tuple[int, int]:
    """Somebody wants a number or address gone, by its keyed hashes: it is withdrawn wherever it was given.

    Returns how many contacts held it, and how many consents were recorded for it: those stay.
    """
    found = consents.by_digests(session, digests)
    here = {(row.case_id, row.contact_id) for row in found if row.withdrawn_at is None}
    holding = 0
    for case_id, contact_id in sorted(here):
        cases.lock(session, case_id)
        row = by_id(session, contact_id)
        agreed = consents.latest(session, contact_id)
        if row is not None and agreed is not None and agreed.digest in digests:
            holding += bool(row.sealed)
            _withdrawn(session, case_id, contact_id, CUSTOMER, now, "request")
    return holding, len(found)


def by_receipt(session: Session, receipt_token: str) -> Contact | None:
    """The contact of a receipt; None for a token that nobody has."""
    found = by_token(session, receipt_token)
    return value(found) if found else None


def reveal(
    session: Session, contact_id: str, by: Person, vault: Vault | None, now: datetime, how: str = ""
) -> str | Refusal:
    """The number or address, for who holds the claimed case; that it was shown is written down each time.

    ``how`` is said in the history where it is not a person who reads it, such as ``dial``. Whether it is a time to
    call is not asked here (``models.contact.calling``). Empty for a wish without an address.
    """
    known = by_id(session, contact_id)
    case = cases.lock(session, known.case_id) if known else None
    # Anew, because it may have gone while we waited for the case.
    found = by_id(session, contact_id)
    if case is None or found is None or not case.author_key:
        return Refusal(Why.UNKNOWN)
    if not case.holder:
        return Refusal(Why.NOT_CLAIMED)
    if case.holder != by.id:
        return Refusal(Why.NOT_YOURS, called(case.holder, case.holder_name))
    if found.withdrawn_at or found.erased_at:
        return Refusal(Why.WITHDRAWN if found.withdrawn_at else Why.GONE)
    address = _opened(found, vault)
    if isinstance(address, str):
        said = event(EventType.CONTACT_SHOWN, by, now, {"contact": contact_id, "how": how})
        cases.append(session, case.id, [said])
    return address


def _opened(row: Any, vault: Vault | None) -> str | Refusal:
    if row.kind == ContactKind.PRIVATE:
        return ""
    if vault is None:
        return Refusal(Why.NO_KEY)
    try:
        return vault.open(row.sealed, row.case_id)
    except ValueError:
        return Refusal(Why.UNSEALABLE)


def erase_due(session: Session, now: datetime, limit: int = PORTION) -> int:
    """Erase the numbers whose term has ended; how many. A switch that waited for one ends with it.

    Call it again until it is 0. A case that somebody works on at this moment is left to the next time.
    """
    # As it stands in the index, for SQLite.
    due = (_contact.sealed != literal_column("''"), _contact.erase_at <= now)
    waiting = select(_contact.case_id).where(*due).order_by(_contact.erase_at).limit(limit)
    free = select(_case.id).where(_case.id.in_(waiting)).order_by(_case.id).with_for_update(skip_locked=True)
    erased = 0
    for case_id in list(session.execute(free).scalars()):
        erased += erase(session, case_id, "term", now, *due)
        _drop_if_none(session, case_id, Drop.EXPIRED, None, now)
        edits.redraw(session, case_id, now)
    return erased


def _withdrawn(session: Session, case_id: str, contact_id: str, by: Actor, now: datetime, how: str) -> Contact | None:
    cases.lock(session, case_id)
    row = by_id(session, contact_id)
    if row is None:
        return None
    if row.withdrawn_at is None:
        session.execute(update(ContactRow).where(_contact.id == row.id).values(withdrawn_at=now))
        consents.withdraw(session, row.id, now)
        said = {"contact": row.id, "how": how}
        cases.append(session, case_id, [event(EventType.CONSENT_WITHDRAWN, by, now, said)])
        erase(session, case_id, "withdrawn", now, _contact.id == row.id)
        _drop_if_none(session, case_id, Drop.WITHDRAWN, by, now)
        edits.redraw(session, case_id, now)
        if not isinstance(by, Person):
            under.taken_back(session, case_id, contact_id, now, any(one.usable for one in of_case(session, case_id)))
        row = by_id(session, contact_id)
    return value(row)


def _drop_if_none(session: Session, case_id: str, reason: Drop, actor: Actor, now: datetime) -> None:
    """A switch that waits for a call ends where nothing is left to call; one in which both spoke goes on."""
    live = switches.live(session, case_id)
    if live is None or live.stage not in (Stage.ACCEPTED, Stage.ATTEMPTED):
        return
    # The page's link is public: a stranger who gives and takes back does not end a call that went on without the page.
    without = actor == CUSTOMER and not consents.given_by(session, case_id, live.moved_at)
    if not without and not any(one.usable for one in of_case(session, case_id)):
        switches.drop(session, case_id, reason, now, actor)
