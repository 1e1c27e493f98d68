"""The page's link is public: what a stranger does with it harms neither the customer's number nor the team's work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.contact import ContactKind, NewContact, Refusal, Why
from models.store import Store, casework, contacts, switches
from models.switch import Drop, Stage
from tests.models.store.desk import ANA, opened
from tests.models.store.reaching import CALLBACK, OTHER, SOON, by_hand, give, given, kept, phone, switch
from tests.models.store.steps import CASE
from tests.stores import rows


def last_note(store: Store) -> Any:
    """The newest line under the card, as it stands in the table."""
    return rows(store, "SELECT body FROM effect WHERE purpose LIKE 'taken-back%' ORDER BY queued_at DESC, key")[0][0]


@pytest.mark.parametrize("gone", ["withdrawn", "erased"])
def test_old_receipts_do_not_make_more_than_three(store: Store, gone: str) -> None:
    """Who gave three, let them go and gave three more has no way to bring the first ones back beside them."""
    opened(store)
    old = [given(store, phone(OTHER), form=f"old {number}") for number in range(contacts.MOST)]
    if gone == "withdrawn":
        for gift in old:
            store.do(contacts.withdraw, gift.receipt_token, SOON)
    else:
        store.do(contacts.erase_due, SOON + timedelta(days=30))
    later = SOON + timedelta(days=31)
    fresh = [given(store, phone(OTHER), later, form=f"new {number}") for number in range(contacts.MOST)]
    assert give(store, now=later, receipt=old[0].receipt_token, form="") == Refusal(Why.FULL)
    store.do(contacts.withdraw, fresh[0].receipt_token, later)
    given(store, now=later, receipt=old[0].receipt_token, form="")
    assert sum(one.usable for one in kept(store)) == contacts.MOST


def test_a_stranger_who_takes_a_number_back_stops_no_call_to_the_customer(store: Store) -> None:
    """The line says that another number stands, and not that nobody may be called."""
    opened(store)
    store.do(casework.claim, CASE.id, ANA, SOON)
    mine, strangers = given(store), given(store, phone(OTHER), SOON, form="form of a stranger")
    store.do(contacts.withdraw, strangers.receipt_token, SOON)
    assert "Do not call" not in str(last_note(store))
    assert switch(store).live
    store.do(contacts.withdraw, mine.receipt_token, SOON + timedelta(hours=1))
    assert "Do not call" in str(last_note(store))


def test_a_stranger_who_gives_and_takes_back_does_not_end_the_teams_own_call(store: Store) -> None:
    """A call that was under way before anybody used the page goes on; an agent ends it where the customer says so."""
    opened(store)
    store.do(casework.claim, CASE.id, ANA, SOON)
    store.do(switches.advance, CASE.id, Stage.ATTEMPTED, SOON, ANA, why="called")
    later = SOON + timedelta(minutes=5)
    gift = given(store, phone(OTHER), later)
    store.do(contacts.withdraw, gift.receipt_token, later)
    assert switch(store).stage is Stage.ATTEMPTED
    store.do(contacts.withdraw_by, by_hand(store, ANA, now=later).contact_id, ANA, later)
    assert switch(store).drop is Drop.WITHDRAWN


def test_wishes_without_a_number_do_not_fill_the_page_for_ever(store: Store) -> None:
    """There is nothing in them to erase, but after a number's term they count no more than one."""
    opened(store)
    for number in range(contacts.MOST):
        given(store, NewContact(ContactKind.PRIVATE, lang="de"), form=f"wish {number}")
    assert give(store) == Refusal(Why.FULL)
    given(store, now=SOON + CALLBACK.keep_number)
