"""Contacts: kept sealed and once, shown to the holder alone, taken back and erased at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.contact import Contact, ContactKind, Given, NewConsent, NewContact, Refusal, Why
from models.decision import CaseRef
from models.mention import Author
from models.press import Person
from models.store import Store, casework, contacts, switches
from models.switch import EMAIL, VOICE, Drop, Stage
from models.vault import Vault, new_key
from tests.build import mention
from tests.models.store.desk import ANA, BEN, opened
from tests.models.store.reaching import (
    CALLBACK,
    CONSENT,
    FORM,
    KEY,
    NUMBER,
    OTHER,
    SOON,
    VAULT,
    by_hand,
    give,
    given,
    kept,
    phone,
    sealed,
    switch,
    what,
)
from tests.models.store.steps import CASE, LATER, decide
from tests.stores import one, rows


def reveal(store: Store, contact_id: str, by: Person = ANA, vault: Vault | None = VAULT) -> str | Refusal:
    """What somebody is shown."""
    return store.do(contacts.reveal, contact_id, by, vault, SOON)


def claim(store: Store, by: Person = ANA) -> None:
    """Take the case."""
    assert store.do(casework.claim, CASE.id, by, LATER).done


def test_a_number_is_kept_sealed_with_its_consent(store: Store) -> None:
    """The row holds no number, the consent its exact words, the history who gave it, the ledger the yes."""
    opened(store)
    new = phone(windows=("2026-03-02 14:00-16:00",))
    gift = given(store, new)
    (contact,) = kept(store)
    assert contact == Contact(
        gift.contact_id, CASE.id, ContactKind.PHONE, "de", "Europe/Berlin", new.windows,
        LATER, LATER + CALLBACK.keep_number, None, None, "",
    )  # fmt: skip
    assert VAULT.open(sealed(store)[0], CASE.id) == NUMBER
    consent = rows(store, "SELECT contact_id, purpose, text, lang, how, digest FROM consent")
    assert consent == [(contact.id, "call", CONSENT.text, "en", "page", VAULT.digest(NUMBER))]
    assert what(store, "contact_given", "switch_accepted") == [
        ("contact_given", "customer"), ("switch_accepted", "customer"),
    ]  # fmt: skip
    assert (switch(store).stage, switch(store).to_channel) == (Stage.ACCEPTED, VOICE)


def test_a_form_sent_a_thousand_times_is_kept_once(store: Store) -> None:
    """The same form gives the same receipt, one row, one consent and one event."""
    opened(store)
    first = given(store)
    for _ in range(20):
        again = given(store, now=SOON)
        assert (again.receipt_token, again.repeated) == (first.receipt_token, True)
    assert (one(store, "SELECT count(*) FROM contact"), one(store, "SELECT count(*) FROM consent")) == (1, 1)
    assert len(what(store, "contact_given")) == 1


def test_the_same_form_with_another_number_changes_it(store: Store) -> None:
    """Who goes back in the browser and mends a figure has one number, the newer, and a consent for each."""
    opened(store)
    first = given(store)
    second = given(store, phone(OTHER), SOON)
    assert second.contact_id == first.contact_id
    assert VAULT.open(sealed(store)[0], CASE.id) == OTHER
    consents = rows(store, "SELECT digest, withdrawn_at IS NULL FROM consent ORDER BY given_at")
    assert [(digest, bool(holds)) for digest, holds in consents] == [
        (VAULT.digest(NUMBER), False), (VAULT.digest(OTHER), True),
    ]  # fmt: skip
    assert kept(store)[0].given_at == SOON


def test_another_browser_adds_and_changes_nothing(store: Store) -> None:
    """The link is public: a stranger's number stands beside the customer's, and neither has the other's receipt."""
    opened(store)
    mine, theirs = given(store), given(store, phone(OTHER), SOON, form="form of a stranger")
    assert mine.receipt_token != theirs.receipt_token
    assert [VAULT.open(one, CASE.id) for one in sealed(store)] == [NUMBER, OTHER]
    assert len(what(store, "switch_accepted")) == 1


def test_the_page_takes_three_numbers_and_an_agent_more(store: Store) -> None:
    """A case that strangers filled up can still be given the right number by an agent; a withdrawn one makes room."""
    opened(store)
    gifts = [given(store, phone(OTHER), form=f"form {number}") for number in range(contacts.MOST)]
    assert give(store, form="one more") == Refusal(Why.FULL)
    by_hand(store, ANA)
    store.do(contacts.withdraw, gifts[0].receipt_token, SOON)
    given(store, form="one more")


def test_a_receipt_changes_its_own_contact(store: Store) -> None:
    """Whoever has the receipt says something else; a wrong token changes nothing."""
    opened(store)
    gift = given(store)
    changed = given(store, phone(OTHER), SOON, receipt=gift.receipt_token, form="")
    assert changed == gift
    assert VAULT.open(sealed(store)[0], CASE.id) == OTHER
    for forged in (gift.receipt_token[:-1], "x" * 43, "'; DROP TABLE contact; --", "\x00", "é"):
        assert give(store, receipt=forged, form="") == Refusal(Why.UNKNOWN)


def test_a_receipt_is_for_its_case_only(store: Store) -> None:
    """Taken to another person's case it is nobody's, and changes nothing in its own."""
    opened(store)
    gift, theirs = given(store), mention(external_id="77", author=Author(id="8", handle="eve"))
    decide(store, theirs, case=CaseRef("case-2", "9999999", new=True))
    arguments = ("case-2", phone(OTHER), CONSENT, CALLBACK, VAULT, SOON)
    assert store.do(contacts.give, *arguments, receipt=gift.receipt_token) == Refusal(Why.UNKNOWN)
    assert isinstance(store.do(contacts.give, *arguments, form=FORM), Given)
    assert VAULT.open(sealed(store)[0], CASE.id) == NUMBER
    assert len(kept(store)) == 1


def test_only_the_hash_of_a_receipt_is_kept(store: Store) -> None:
    """Who reads the database cannot withdraw or change anything in a customer's name."""
    opened(store)
    gift = given(store)
    tables = [rows(store, f'SELECT * FROM "{name}"') for name in ("contact", "consent", "case_event", "effect")]
    assert gift.receipt_token not in str(tables)
    assert gift.receipt_token not in repr(gift)


def test_consent_taken_back_erases_at_once(store: Store) -> None:
    """The number goes, the consent stays and says until when it held, the switch is dropped, and again is the same."""
    opened(store)
    gift = given(store)
    for _ in range(2):
        gone = store.do(contacts.withdraw, gift.receipt_token, SOON)
        assert gone
        assert (gone.withdrawn, gone.erased, gone.usable) == (SOON, SOON, False)
    assert sealed(store) == [""]
    assert one(store, "SELECT count(*) FROM consent WHERE withdrawn_at IS NOT NULL") == 1
    ends = ("consent_withdrawn", "contact_erased", "switch_dropped")
    assert what(store, *ends) == [(ends[0], "customer"), (ends[1], "bot"), (ends[2], "customer")]
    assert (switch(store).stage, switch(store).drop) == (Stage.DROPPED, Drop.WITHDRAWN)
    assert store.do(contacts.withdraw, "nobody's token", SOON) is None


def test_an_old_form_does_not_undo_a_withdrawal(store: Store) -> None:
    """A reload of the page is not a new consent; the receipt's own form is, and opens another hop."""
    opened(store)
    gift = given(store)
    store.do(contacts.withdraw, gift.receipt_token, SOON)
    assert give(store, now=SOON) == Refusal(Why.WITHDRAWN)
    assert sealed(store) == [""]
    given(store, now=SOON, receipt=gift.receipt_token, form="")
    assert kept(store)[0].usable
    assert (switch(store).stage, switch(store).hop) == (Stage.ACCEPTED, 2)
    assert one(store, "SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 1


def test_withdrawing_one_of_two_leaves_the_other(store: Store) -> None:
    """The switch goes on while there is a number left."""
    opened(store)
    gift = given(store)
    given(store, phone(OTHER), form="form two")
    store.do(contacts.withdraw, gift.receipt_token, SOON)
    assert [contact.usable for contact in kept(store)].count(True) == 1
    assert switch(store).live


def test_a_withdrawal_after_they_spoke_does_not_undo_the_call(store: Store) -> None:
    """In the middle of it the number goes and the switch stays: both did speak."""
    opened(store)
    gift = given(store)
    claim(store)
    store.do(switches.advance, CASE.id, Stage.ATTEMPTED, LATER, ANA)
    store.do(switches.advance, CASE.id, Stage.CONNECTED, LATER, ANA)
    store.do(contacts.withdraw, gift.receipt_token, SOON)
    assert (switch(store).stage, sealed(store)) == (Stage.CONNECTED, [""])
    assert reveal(store, gift.contact_id) == Refusal(Why.WITHDRAWN)


def test_an_agent_withdraws_for_the_customer(store: Store) -> None:
    """Said on the phone, it counts the same, with the agent's name in the history."""
    opened(store)
    gift = given(store)
    gone = store.do(contacts.withdraw_by, gift.contact_id, ANA, SOON)
    assert isinstance(gone, Contact)
    assert not gone.usable
    assert what(store, "consent_withdrawn") == [("consent_withdrawn", "agent")]
    assert store.do(contacts.withdraw_by, "nothing", ANA, SOON) == Refusal(Why.UNKNOWN)


def test_only_the_holder_is_shown_the_number(store: Store) -> None:
    """Nobody before it is claimed, nobody but the holder after; and each time is written down."""
    opened(store)
    gift = given(store)
    assert reveal(store, gift.contact_id) == Refusal(Why.NOT_CLAIMED)
    claim(store)
    assert reveal(store, gift.contact_id) == NUMBER
    assert reveal(store, gift.contact_id, BEN) == Refusal(Why.NOT_YOURS, "Ana")
    assert reveal(store, gift.contact_id) == NUMBER
    assert what(store, "contact_shown") == [("contact_shown", "agent")] * 2
    assert reveal(store, "nothing") == Refusal(Why.UNKNOWN)
    store.do(casework.hand_over, CASE.id, ANA, BEN, "", SOON)
    assert reveal(store, gift.contact_id, BEN) == NUMBER
    assert isinstance(reveal(store, gift.contact_id, ANA), Refusal)


def test_without_the_key_it_says_so(store: Store) -> None:
    """A key that is gone or another key is a sentence for the agent, not an error; and nothing counts as shown."""
    opened(store)
    gift = given(store)
    claim(store)
    assert reveal(store, gift.contact_id, vault=None) == Refusal(Why.NO_KEY)
    assert reveal(store, gift.contact_id, vault=Vault([new_key()])) == Refusal(Why.UNSEALABLE)
    assert what(store, "contact_shown") == []


def test_a_number_needs_a_key_and_a_wish_does_not(store: Store) -> None:
    """Without a vault no number is taken; "write to me" on the platform holds nothing and is."""
    opened(store)
    assert give(store, vault=None) == Refusal(Why.NO_KEY)
    assert give(store, phone("")) == Refusal(Why.NO_ADDRESS)
    gift = given(store, NewContact(ContactKind.PRIVATE, lang="en"), vault=None)
    claim(store)
    assert reveal(store, gift.contact_id, vault=None) == ""
    assert (switch(store).to_channel, sealed(store)) == ("private", [""])


def test_an_email_instead_takes_the_calls_place(store: Store) -> None:
    """The way that was recommended is superseded by the one that the customer chose."""
    opened(store)
    store.do(switches.recommend, CASE.id, VOICE, LATER, None)
    given(store, NewContact(ContactKind.EMAIL, "eva@example.com"))
    first, second = store.do(switches.of_case, CASE.id)
    assert (first.stage, first.drop) == (Stage.DROPPED, Drop.SUPERSEDED)
    assert (second.to_channel, second.stage, second.hop) == (EMAIL, Stage.ACCEPTED, 2)


def test_a_strangers_email_does_not_end_the_customers_call(store: Store) -> None:
    """While the number stands, another browser's wish is only added."""
    opened(store)
    given(store)
    given(store, NewContact(ContactKind.EMAIL, "eve@example.com"), form="of a stranger")
    assert (switch(store).to_channel, switch(store).stage) == (VOICE, Stage.ACCEPTED)


def test_an_agent_writes_a_number_down(store: Store) -> None:
    """It says who did it, and that the words were read out."""
    opened(store)
    by_hand(store, ANA)
    assert kept(store)[0].by == ANA.id
    assert rows(store, "SELECT how FROM consent") == [("agent",)]
    assert what(store, "contact_given", "switch_accepted") == [("contact_given", "agent"), ("switch_accepted", "agent")]


def test_a_closed_and_an_erased_case_take_no_number(store: Store) -> None:
    """Each says why; so does one that never was."""
    opened(store)
    store.do(casework.dismiss, CASE.id, ANA, "spam", LATER)
    assert give(store) == Refusal(Why.CLOSED)
    rows_changed = "UPDATE \"case\" SET author_key = '' RETURNING id"
    assert rows(store, rows_changed)
    assert give(store) == Refusal(Why.ERASED)
    assert store.do(contacts.give, "none", phone(), CONSENT, CALLBACK, VAULT, LATER) == Refusal(Why.ERASED)


def test_a_number_is_erased_when_its_term_ends(store: Store) -> None:
    """Not a moment before; the switch that waited for it is dropped, and the case goes on."""
    opened(store)
    gift = given(store)
    end = LATER + CALLBACK.keep_number
    assert store.do(contacts.erase_due, end - timedelta(seconds=1)) == 0
    assert store.do(contacts.erase_due, end) == 1
    assert store.do(contacts.erase_due, end) == 0
    assert sealed(store) == [""]
    assert (kept(store)[0].erased, kept(store)[0].withdrawn, kept(store)[0].zone) == (end, None, "")
    assert (switch(store).drop, what(store, "contact_erased")) == (Drop.EXPIRED, [("contact_erased", "bot")])
    claim(store)
    assert reveal(store, gift.contact_id) == Refusal(Why.GONE)


def test_a_change_begins_the_term_anew(store: Store) -> None:
    """What was said again is kept for its own time."""
    opened(store)
    given(store)
    given(store, phone(OTHER), SOON)
    assert store.do(contacts.erase_due, LATER + CALLBACK.keep_number) == 0


@pytest.mark.parametrize("end", ["resolve", "dismiss"])
def test_closing_the_case_erases_the_number(store: Store, end: str) -> None:
    """However it ends, and whatever else was given; the consent stays."""
    opened(store)
    given(store)
    given(store, phone(OTHER), form="two")
    claim(store)
    if end == "resolve":
        store.do(casework.resolve, CASE.id, ANA, "called", "", SOON)
    else:
        store.do(casework.dismiss, CASE.id, ANA, "spam", SOON)
    assert sealed(store) == ["", ""]
    assert {contact.erased for contact in kept(store)} == {SOON}
    assert one(store, "SELECT count(*) FROM consent") == 2


def test_text_that_no_database_takes_is_kept_readable(store: Store) -> None:
    """A NUL or half a sign from a form does no harm."""
    opened(store)
    odd = NewConsent("call", "yes \x00 \ud800", "e\x00", "page")
    given(store, phone(lang="d\x00e", zone="x\x00"), consent=odd)
    assert "\x00" not in str(rows(store, "SELECT text, lang FROM consent"))


def test_the_number_stands_nowhere_but_sealed(store: Store) -> None:
    """Not in the history, the outbox or any other table, and neither does the key."""
    opened(store)
    gift = given(store, form=FORM)
    claim(store)
    reveal(store, gift.contact_id)
    from sqlmodel import SQLModel

    everything = "".join(str(rows(store, f'SELECT * FROM "{name}"')) for name in SQLModel.metadata.tables)
    assert not [word for word in (NUMBER, NUMBER[1:], KEY, FORM) if word in everything]
