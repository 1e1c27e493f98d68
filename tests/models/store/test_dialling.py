"""A contact centre is asked once, by the holder alone, and what was asked stands without the number."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.case import CallOutcome, Dismissal
from models.decision import Kind, Message, Receipt
from models.press import Person
from models.settings.sections import Target
from models.store import Store, casework, contacts, dialling, effects
from models.store.moves import Outcome
from models.switch import VOICE, Stage
from tests.models.store.desk import ANA, BEN, opened
from tests.models.store.reaching import NUMBER, SOON, given, switch, what
from tests.models.store.steps import CASE, LATER
from tests.stores import one, rows

CENTRE = Target(sink="centre", to="sales")


def waiting(store: Store) -> str:
    """A case with a number, claimed by Ana; the contact's id."""
    opened(store)
    gift = given(store)
    assert store.do(casework.claim, CASE.id, ANA, LATER).done
    return gift.contact_id


def dial(store: Store, contact_id: str, by: Person = ANA, seconds: int = 0) -> Outcome:
    """Press Dial."""
    return store.do(dialling.dial, CASE.id, contact_id, by, CENTRE, SOON + timedelta(seconds=seconds))


def taken(store: Store, seconds: int = 0) -> Message:
    """The contact centre takes what is due."""
    at = SOON + timedelta(seconds=seconds)
    message = store.do(effects.claim, "centre", at)
    assert message
    store.do(effects.sent, message, Receipt("r-1"), at)
    return message


def test_the_outbox_knows_the_contact_and_not_the_number(store: Store) -> None:
    """What waits to be sent names who asked, the code and the sealed contact; it is of no use after five minutes."""
    contact_id = waiting(store)
    assert dial(store, contact_id) == Outcome(True)
    message = store.do(effects.claim, "centre", SOON)
    assert message
    assert (message.kind, message.target, message.case_id) == (Kind.DIAL, "sales", CASE.id)
    assert message.body["contact"] == contact_id
    assert (message.body["by"], message.body["code"], message.body["lang"]) == ("U1", CASE.code, "de")
    assert message.expires_at == SOON + timedelta(minutes=5)
    assert NUMBER not in str(rows(store, "SELECT * FROM effect"))


def test_what_was_taken_is_an_attempt_in_the_ledger(store: Store) -> None:
    """The history has that it was dialled and by whom; how the call ended is the same attempt."""
    dial(store, waiting(store))
    taken(store)
    assert what(store, "dialled", "switch_attempted") == [("dialled", "agent"), ("switch_attempted", "agent")]
    assert (switch(store).stage, switch(store).to_channel) == (Stage.ATTEMPTED, VOICE)
    store.do(casework.call_ended, CASE.id, ANA, CallOutcome.REACHED, "", SOON)
    assert len(what(store, "switch_attempted")) == 1
    assert switch(store).stage is Stage.CONNECTED


def test_two_presses_ring_once(store: Store) -> None:
    """While one is on its way, and for half a minute after, another press is the same; then it is a second attempt."""
    contact_id = waiting(store)
    dial(store, contact_id)
    assert dial(store, contact_id, seconds=1).repeated
    taken(store, seconds=2)
    assert dial(store, contact_id, seconds=31).repeated
    assert dial(store, contact_id, seconds=33) == Outcome(True)
    taken(store, seconds=33)
    assert len(what(store, "switch_attempted")) == 2


def test_only_the_holder_dials(store: Store) -> None:
    """Another agent, or the holder of a case that was given back, is told to claim it first."""
    contact_id = waiting(store)
    assert not dial(store, contact_id, BEN).done
    store.do(casework.release, CASE.id, ANA, SOON)
    assert "claim the case" in dial(store, contact_id).words
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'dial'") == 0


@pytest.mark.parametrize("gone", ["withdrawn", "erased", "unknown", "of another case", "dismissed"])
def test_what_is_gone_is_not_dialled(store: Store, gone: str) -> None:
    """After a withdrawal, an erasure or the end of the case, nobody is asked to call."""
    contact_id = waiting(store)
    match gone:
        case "withdrawn":
            store.do(contacts.withdraw_by, contact_id, ANA, SOON)
        case "erased":
            store.do(contacts.erase_case, CASE.id, "closed", SOON)
        case "dismissed":
            store.do(casework.dismiss, CASE.id, ANA, Dismissal.NOT_NEEDED, SOON)
        case "of another case":
            rows(store, "UPDATE contact SET case_id = 'other' RETURNING id")
        case _:
            contact_id = "none"
    assert not dial(store, contact_id).done
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'dial'") == 0


def test_a_late_word_of_a_closed_case_moves_no_ledger(store: Store) -> None:
    """What was taken after the case was closed is written down and changes nothing else."""
    dial(store, waiting(store))
    message = store.do(effects.claim, "centre", SOON)
    assert message
    store.do(casework.dismiss, CASE.id, ANA, Dismissal.NOT_NEEDED, SOON)
    store.do(effects.sent, message, Receipt("r-1"), SOON)
    assert what(store, "dialled", "switch_attempted") == [("dialled", "agent")]
    assert switch(store).stage is Stage.DROPPED
