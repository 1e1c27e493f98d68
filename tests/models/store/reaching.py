"""A customer's number in a case, for tests of what becomes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from models.contact import Contact, ContactKind, Given, NewConsent, NewContact
from models.press import Person
from models.settings.callback import CallbackSettings
from models.store import Store, contacts, switches
from models.switch import Switch
from models.vault import Vault, new_key
from tests.models.store.steps import CASE, LATER
from tests.stores import rows

KEY = new_key()
VAULT = Vault([KEY])
NUMBER, OTHER = "+491701234567", "+4915112345678"
CALLBACK = CallbackSettings()
CONSENT = NewConsent("call", "Kestrelo may call me about this.", "en", "page")
FORM = "form-secret-one"


def phone(number: str = NUMBER, **changes: Any) -> NewContact:
    """A German number."""
    return NewContact(ContactKind.PHONE, number, **{"region": "DE", "lang": "de", "zone": "Europe/Berlin"} | changes)


def give(store: Store, new: NewContact | None = None, now: datetime = LATER, **changes: Any) -> Any:
    """Give a number on the page."""
    values: dict[str, Any] = {"vault": VAULT, "consent": CONSENT, "form": FORM, "callback": CALLBACK} | changes
    consent, callback, vault = (values.pop(name) for name in ("consent", "callback", "vault"))
    return store.do(contacts.give, CASE.id, new or phone(), consent, callback, vault, now, **values)


def given(store: Store, new: NewContact | None = None, now: datetime = LATER, **changes: Any) -> Given:
    """The same, and it is kept."""
    kept = give(store, new, now, **changes)
    assert isinstance(kept, Given), kept
    return kept


def by_hand(store: Store, by: Person, number: str = NUMBER, now: datetime = LATER) -> Given:
    """An agent writes down what the customer said."""
    said = NewConsent("call", CONSENT.text, "en", "agent")
    return given(store, phone(number), now, by=by, form="", consent=said)


def kept(store: Store) -> list[Contact]:
    """All contacts of the case."""
    return store.do(contacts.of_case, CASE.id)


def switch(store: Store) -> Switch:
    """The case's newest switch."""
    return store.do(switches.of_case, CASE.id)[-1]


def sealed(store: Store) -> list[str]:
    """What stands sealed in the table, the oldest first."""
    return [value for (value,) in rows(store, "SELECT sealed FROM contact ORDER BY given_at, id")]


def what(store: Store, *types: str) -> list[tuple[str, str]]:
    """The case's events of these types, with who did them."""
    found = rows(store, "SELECT type, actor_kind FROM case_event WHERE case_id = :case ORDER BY seq", case=CASE.id)
    return [(kind, actor) for kind, actor in found if kind in types]


SOON = LATER + timedelta(minutes=5)
