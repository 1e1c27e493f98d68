"""A customer gives a number or an address, with a consent: kept once however often it is sent, changed by its owner."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from models.contact import ContactKind, Given, NewConsent, NewContact, Refusal, Why
from models.events import EventType
from models.links import hashed, new_token
from models.mention import storable
from models.press import Person
from models.settings.callback import CallbackSettings
from models.store import cases, consents, edits, switches, under
from models.store.contact_rows import by_token, of_case, value
from models.store.dialect import insert, table, update
from models.store.happened import event
from models.switch import CUSTOMER, LADDER, Actor, Stage
from models.switch import Why as Because
from models.switch_tables import ContactRow

if TYPE_CHECKING:
    from models.vault import Vault

_contact = table(ContactRow).c

MOST = 3
"""So many contacts a case may be given on the page at one time: its link is public."""


@dataclass(frozen=True, slots=True)
class _Gift:
    """What is being given, and what it takes to keep it."""

    session: Session
    case_id: str
    brand: str
    new: NewContact
    consent: NewConsent
    callback: CallbackSettings
    vault: Vault | None
    now: datetime
    by: Person | None
    token: str

    @property
    def secret(self) -> bool:
        """Whether there is something to seal."""
        return self.new.kind is not ContactKind.PRIVATE

    @property
    def actor(self) -> Actor:
        """Who gives it."""
        return self.by or CUSTOMER

    @property
    def digest(self) -> str:
        return self.vault.digest(self.new.address) if self.vault and self.secret else ""


def give(
    session: Session,
    case_id: str,
    new: NewContact,
    consent: NewConsent,
    callback: CallbackSettings,
    vault: Vault | None,
    now: datetime,
    *,
    by: Person | None = None,
    form: str = "",
    receipt: str = "",
) -> Given | Refusal:
    """Keep how a customer wants to be reached, with the consent: from the page, or (``by``) written down by an agent.

    ``form`` is a random secret of the form that was filled in: sent twice, it is kept once and has the same receipt;
    what was changed in between is changed. ``receipt`` is the token of the contact that is to be changed.
    """
    row = cases.lock(session, case_id)
    if row is None or not row.author_key:
        return Refusal(Why.ERASED)
    if row.state not in cases.LIVE:
        return Refusal(Why.CLOSED)
    if new.kind is not ContactKind.PRIVATE and not (new.address and vault):
        return Refusal(Why.NO_KEY if new.address else Why.NO_ADDRESS)
    tokens = [receipt] if receipt else _tokens(form, case_id, vault) if form else [new_token()]
    token, earlier = next(((one, found) for one in tokens if (found := by_token(session, one))), (tokens[0], None))
    gift = _Gift(session, case_id, row.brand, new, consent, callback, vault, now, by, token)
    if receipt and (earlier is None or earlier.case_id != case_id):
        return Refusal(Why.UNKNOWN)
    # A form of before, sent again, does not undo that the customer took it back; a change by the receipt may.
    if earlier is not None and earlier.withdrawn_at and not receipt:
        return Refusal(Why.WITHDRAWN)
    # What comes back counts as one more, or old receipts would be a way around the limit.
    more = earlier is None or not value(earlier).usable
    if more and by is None and _from_the_page(session, case_id, now) >= MOST:
        return Refusal(Why.FULL)
    return _added(gift) if earlier is None else _changed(gift, earlier)


def _tokens(form: str, case_id: str, vault: Vault | None) -> list[str]:
    """The receipt of a form, by each key with which it may have been made; the newest first.

    The same each time, and only for who has the form, even where somebody else can read what the form is called.
    """
    keys = vault.signing("receipt") if vault else (b"",)
    said = f"{case_id}:{form}".encode("utf-8", "replace")
    digests = (hmac.digest(key, said, hashlib.sha256) for key in keys)
    return [base64.urlsafe_b64encode(digest).decode().rstrip("=") for digest in digests]


def _from_the_page(session: Session, case_id: str, now: datetime) -> int:
    # A wish without a number is never erased, so its term is looked at.
    given = (one for one in of_case(session, case_id) if one.usable and not one.by)
    return sum(one.kind is not ContactKind.PRIVATE or now < one.erase_at for one in given)


def _added(gift: _Gift) -> Given:
    fixed = {"id": hashed(f"contact:{gift.token}")[:32], "case_id": gift.case_id, "brand": gift.brand}
    owner = {"receipt": hashed(gift.token), "by": gift.by.id if gift.by else ""}
    gift.session.execute(insert(gift.session, ContactRow).values(fixed | owner | _values(gift)))
    consents.keep(gift.session, fixed, gift.consent, gift.digest, gift.now)
    return _told(gift, fixed["id"])


def _changed(gift: _Gift, row: Any) -> Given:
    """The owner says something else; the same once more changes nothing."""
    if _same(gift, row):
        return Given(gift.token, row.id, repeated=True)
    values = _values(gift) | {"withdrawn_at": None, "erased_at": None}
    gift.session.execute(update(ContactRow).where(_contact.id == row.id).values(**values))
    consents.replace(gift.session, row._mapping, gift.consent, gift.digest, gift.now)
    return _told(gift, row.id)


def _same(gift: _Gift, row: Any) -> bool:
    agreed = consents.latest(gift.session, row.id)
    if agreed is None or row.erased_at:
        return False
    digests = gift.vault.digests(gift.new.address) if gift.vault and gift.secret else ("",)
    said = (gift.new.kind, gift.new.lang, gift.new.zone, list(gift.new.windows))
    return agreed.digest in digests and said == (row.kind, row.lang, row.zone, list(row.windows))


def _values(gift: _Gift) -> dict[str, Any]:
    new, sealing = gift.new, gift.vault is not None and gift.secret
    return {
        "kind": new.kind.value,
        "sealed": gift.vault.seal(new.address, gift.case_id) if gift.vault and sealing else "",
        "region": storable(new.region),
        "lang": storable(new.lang),
        "zone": storable(new.zone),
        "windows": [storable(window) for window in new.windows],
        "given_at": gift.now,
        "erase_at": gift.now + gift.callback.keep_number,
    }


def _told(gift: _Gift, contact_id: str) -> Given:
    """In the history, in the ledger, and on the card."""
    said = {"contact": contact_id, "kind": gift.new.kind.value, "how": gift.consent.how}
    cases.append(gift.session, gift.case_id, [event(EventType.CONTACT_GIVEN, gift.actor, gift.now, said)])
    _accepted(gift)
    edits.redraw(gift.session, gift.case_id, gift.now)
    if gift.by is None:
        under.given(gift.session, gift.case_id, contact_id, gift.new.kind, gift.now)
    return Given(gift.token, contact_id)


def _accepted(gift: _Gift) -> None:
    """The customer said yes to a way. What was already begun with another number, or over another way, goes on."""
    way, live = gift.new.kind.channel, switches.live(gift.session, gift.case_id)
    if live is not None:
        held = any(one.usable and one.kind.channel == live.to_channel for one in of_case(gift.session, gift.case_id))
        least = Stage.ACCEPTED if live.to_channel == way or held else Stage.CONNECTED
        if LADDER.index(live.stage) >= LADDER.index(least):
            return
    why = Because.AGENT if gift.by else Because.CUSTOMER
    switches.advance(gift.session, gift.case_id, Stage.ACCEPTED, gift.now, gift.actor, why=why, to_channel=way)
