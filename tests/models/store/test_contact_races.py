"""Customers, agents and clocks at the same moment, in two connections: a number is kept once, and never by mistake."""

from __future__ import annotations

from functools import partial

from models.contact import Given, Refusal, Why
from models.store import Store, casework, contacts, privacy
from tests.models.store.desk import ANA, opened
from tests.models.store.reaching import CALLBACK, CONSENT, FORM, NUMBER, SOON, VAULT, given, kept, phone, sealed, what
from tests.models.store.steps import CASE, LATER
from tests.models.store.test_races import together
from tests.stores import one

ROUNDS = 4


def gives(*forms: str) -> list[partial[Given | Refusal]]:
    """The page is sent with these forms."""
    return [
        partial(
            contacts.give, case_id=CASE.id, new=phone(), consent=CONSENT, callback=CALLBACK, vault=VAULT,
            now=LATER, form=form,
        )
        for form in forms
    ]  # fmt: skip


def test_a_form_sent_twice_at_once_is_kept_once(store: Store) -> None:
    """All have the same receipt; one was the first."""
    opened(store)
    kept_all = together(store, *gives(*[FORM] * 5))
    assert all(isinstance(each, Given) for each in kept_all)
    assert len({each.receipt_token for each in kept_all if isinstance(each, Given)}) == 1
    assert [each.repeated for each in kept_all if isinstance(each, Given)].count(False) == 1
    assert (one(store, "SELECT count(*) FROM contact"), len(what(store, "contact_given"))) == (1, 1)


def test_many_browsers_at_once_do_not_pass_the_limit(store: Store) -> None:
    """However many send their form in the same moment, the case holds three."""
    opened(store)
    kept_all = together(store, *gives(*[f"form {number}" for number in range(8)]))
    assert [isinstance(each, Given) for each in kept_all].count(True) == contacts.MOST
    assert [each for each in kept_all if isinstance(each, Refusal)] == [Refusal(Why.FULL)] * 5
    assert len(kept(store)) == contacts.MOST


def test_a_number_given_while_the_case_closes_is_not_left(store: Store) -> None:
    """Whoever comes first: a closed case keeps no number."""
    for number in range(ROUNDS):
        if number == 0:
            opened(store)
        else:
            store.do(casework.reopen, CASE.id, ANA, LATER)
        close = partial(casework.dismiss, case_id=CASE.id, by=ANA, reason="spam", now=LATER)
        together(store, gives(f"form {number}")[0], close)
        assert set(sealed(store)) <= {""}


def test_a_number_given_while_its_person_is_forgotten_is_not_left(store: Store) -> None:
    """Nothing that came a moment too late stays."""
    opened(store)
    given(store, form="before")
    forget = partial(privacy.forget, channel="x", who="anna_l", now=LATER)
    together(store, gives("at the same moment")[0], forget)
    assert one(store, "SELECT count(*) FROM contact") == 0
    assert one(store, "SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 0


def test_a_number_shown_while_it_is_withdrawn_was_shown_before(store: Store) -> None:
    """The agent sees the number or the refusal; where it was seen, the history says so before the withdrawal."""
    opened(store)
    store.do(casework.claim, CASE.id, ANA, LATER)
    for number in range(ROUNDS):
        gift = given(store, form=f"form {number}")
        seen, _ = together(
            store,
            partial(contacts.reveal, contact_id=gift.contact_id, by=ANA, vault=VAULT, now=SOON),
            partial(contacts.withdraw, receipt_token=gift.receipt_token, now=SOON),
        )
        last = [kind for kind, _ in what(store, "contact_shown", "consent_withdrawn")][-2:]
        assert last[-1] == "consent_withdrawn"
        if seen == NUMBER:
            assert last == ["contact_shown", "consent_withdrawn"]
        else:
            assert seen == Refusal(Why.WITHDRAWN)
