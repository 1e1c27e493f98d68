"""Changing the key: which numbers and consents rely on which, and sealing anew while the bot goes on."""

from __future__ import annotations

from collections import Counter

from models.store import Store, contacts, keyring
from models.vault import Vault, new_key
from tests.models.store.desk import opened
from tests.models.store.reaching import KEY, NUMBER, OTHER, VAULT, given, phone, sealed
from tests.models.store.steps import CASE, LATER

BOTH = Vault([new_key(), KEY])
NEWEST, OLDEST = BOTH.ids


def everything_rotated(store: Store, vault: Vault, limit: int = 1) -> int:
    """Rotate portion by portion; how many were sealed anew."""
    renewed, last = 0, ""
    while True:
        some, last = store.do(keyring.rotate, vault, last, limit)
        renewed += some
        if not last:
            return renewed


def test_a_change_of_keys(store: Store) -> None:
    """Before it all relies on the old key, after it every number on the new one, and the consents that hold for it."""
    opened(store)
    given(store)
    given(store, phone(OTHER), form="two")
    assert store.do(keyring.look, BOTH).numbers == Counter({OLDEST: 2})
    assert everything_rotated(store, BOTH) == 2
    found = store.do(keyring.look, BOTH)
    assert (found.numbers, found.consents) == (Counter({NEWEST: 2}), Counter({NEWEST: 2}))
    assert {Vault([*_newest()]).open(one, CASE.id) for one in sealed(store)} == {NUMBER, OTHER}
    assert everything_rotated(store, BOTH) == 0


def _newest() -> list[str]:
    """The new key alone, as the configuration has it once the old one went."""
    import base64

    return [base64.urlsafe_b64encode(BOTH._keys[0]).decode()]


def test_what_no_key_opens_is_counted_and_left(store: Store) -> None:
    """A number of a lost key is not touched, so that the key may still be found."""
    opened(store)
    given(store)
    before, lost = sealed(store), Vault([new_key()])
    assert store.do(keyring.look, lost).numbers == store.do(keyring.look, None).numbers == Counter({"": 1})
    assert everything_rotated(store, lost) == 0
    assert sealed(store) == before


def test_erased_numbers_need_no_key(store: Store) -> None:
    """Only what is sealed counts; the consent still says which key proves it."""
    opened(store)
    gift = given(store)
    store.do(contacts.withdraw, gift.receipt_token, LATER)
    found = store.do(keyring.look, VAULT)
    assert (found.numbers, found.consents) == (Counter(), Counter({VAULT.ids[0]: 1}))


def test_a_consent_is_found_after_the_change(store: Store) -> None:
    """Who asks about a number is answered from consents by either key."""
    opened(store)
    given(store)
    everything_rotated(store, BOTH)
    assert store.do(contacts.forget_number, BOTH.digests(NUMBER), LATER) == (1, 1)


def test_a_number_that_is_held_is_found_without_the_old_key(store: Store) -> None:
    """A key that leaked is taken out at once; who wants their number gone is still found by it."""
    opened(store)
    given(store)
    gone = given(store, phone(OTHER), form="two")
    store.do(contacts.withdraw, gone.receipt_token, LATER)
    everything_rotated(store, BOTH)
    alone = Vault(_newest())
    assert store.do(keyring.look, alone).consents == Counter({NEWEST: 1, OLDEST: 1})
    assert store.do(contacts.forget_number, alone.digests(NUMBER), LATER) == (1, 1)


def test_the_same_form_after_the_change_is_the_same_contact(store: Store) -> None:
    """A form that was sent again across a rotation is neither doubled nor given another receipt."""
    opened(store)
    first = given(store)
    again = given(store, vault=BOTH)
    assert (again.receipt_token, again.repeated) == (first.receipt_token, True)
