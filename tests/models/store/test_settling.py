"""After a claim: sent, certainly not sent, refused, or in doubt; and what a killed process left half done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from models.decision import Message, Receipt
from models.store import Store, effects, wakes
from tests.build import NOW, mention
from tests.models.store.steps import LATER, SINK, alert, claimed, decide, reply
from tests.stores import one, rows

RECEIPT = Receipt("C1:17", "https://slack.example/17")


def queue(store: Store, *messages: Message) -> None:
    """Put messages into the outbox."""
    store.do(effects.queue, messages, NOW)


def state(store: Store, message: Message) -> str:
    """Where a message stands."""
    return str(one(store, "SELECT state FROM effect WHERE key = :key", key=message.key))


def test_what_was_certainly_not_sent_is_tried_again_when_due(store: Store) -> None:
    """A retry waits for its time, and the sink can be told when that is."""
    queue(store, alert(mention()))
    store.do(effects.again, claimed(store), LATER + timedelta(seconds=30), "refused")
    assert store.do(effects.claim, SINK, LATER) is None
    assert store.do(effects.next_due, SINK) == LATER + timedelta(seconds=30)
    retried = claimed(store, now=LATER + timedelta(seconds=30))
    assert (retried.attempt, retried.possible_duplicate) == (2, False)


def test_nothing_is_due_in_an_empty_outbox(store: Store) -> None:
    """Without delayed messages there is no next time."""
    assert store.do(effects.next_due, SINK) is None


def in_doubt(store: Store, message: Message) -> Message:
    """Send a message and never learn what became of it."""
    queue(store, message)
    store.do(effects.doubt, claimed(store), "timed out", LATER)
    (unsure,) = store.do(effects.uncertain, SINK)
    return unsure


def test_what_may_have_been_sent_is_not_claimed_but_asked_about(store: Store) -> None:
    """A doubt takes the message out of the queue and wakes the stage that asks the sink."""
    assert in_doubt(store, reply(mention())).key == reply(mention()).key
    assert store.do(effects.claim, SINK, LATER) is None
    store.do(effects.doubt_unfinished, SINK, LATER)
    assert state(store, reply(mention())) == "uncertain"


def test_a_doubt_that_is_found_is_sent(store: Store) -> None:
    """When the sink has the message, its receipt is kept and nothing goes out again."""
    store.do(effects.sent, in_doubt(store, reply(mention())), RECEIPT, LATER)
    assert rows(store, "SELECT state, receipt, url, error FROM effect") == [
        ("sent", RECEIPT.external_id, RECEIPT.url, "")
    ]
    assert store.do(effects.uncertain, SINK) == []


def test_an_alert_that_is_not_found_goes_again_marked_as_a_possible_duplicate(store: Store) -> None:
    """An alert in doubt is repeated, says so, and says so in every later try."""
    store.do(effects.again, in_doubt(store, alert(mention())), LATER, "not found", doubtful=True)
    second = claimed(store)
    assert (second.attempt, second.possible_duplicate) == (2, True)
    store.do(effects.again, second, LATER, "refused this time")
    assert claimed(store).possible_duplicate


def test_a_reply_in_doubt_ends_with_people(store: Store) -> None:
    """A public reply that nobody can tell about is handed over once, with what people are told."""
    unsure = in_doubt(store, reply(mention()))
    told = alert(mention(external_id="told"))
    for _ in range(2):
        store.do(effects.reject, unsure, "needs_human", "it may have been posted", [told], LATER)
    assert state(store, unsure) == "needs_human"
    assert claimed(store).key == told.key
    assert store.do(effects.claim, SINK, LATER) is None


@pytest.mark.parametrize("message", [alert(mention()), reply(mention())], ids=["alert", "reply"])
def test_after_a_kill_what_was_being_sent_is_uncertain(store: Store, message: Message) -> None:
    """A restart never sends again by itself what the last process may have sent, and asks about it."""
    queue(store, message)
    claimed(store)
    assert store.do(effects.recover, LATER) == 1
    assert [unsure.key for unsure in store.do(effects.uncertain, SINK)] == [message.key]
    assert store.do(effects.claim, SINK, LATER) is None


def test_after_a_kill_all_that_waits_is_woken(store: Store) -> None:
    """A restart wakes the sinks with doubts and the sinks with messages, even if the wake-ups were lost."""
    queue(store, alert(mention()))
    claimed(store)
    queue(store, replace(alert(mention(external_id="2")), sink="slack"))
    for stage, key in store.do(wakes.waiting, LATER):
        store.do(wakes.clear, stage, key)
    store.do(effects.recover, LATER)
    assert set(store.do(wakes.waiting, LATER)) == {("reconcile", SINK), ("send", "slack")}


def test_what_a_dead_worker_holds_is_doubted_after_a_while(store: Store) -> None:
    """Only what was claimed before the moment given becomes uncertain."""
    queue(store, alert(mention()))
    claimed(store, now=NOW)
    store.do(effects.doubt_abandoned, NOW, LATER)
    assert state(store, alert(mention())) == "sending"
    store.do(effects.doubt_abandoned, NOW + timedelta(seconds=1), LATER)
    assert state(store, alert(mention())) == "uncertain"


@pytest.mark.parametrize("end", ["uncertain", "needs_human", "pending"])
def test_a_late_word_of_success_is_accepted(store: Store, end: str) -> None:
    """A worker taken for dead that did send is believed, wherever the message stands by then."""
    queue(store, reply(mention()))
    message = claimed(store)
    if end == "uncertain":
        store.do(effects.recover, LATER)
    elif end == "needs_human":
        store.do(effects.reject, message, "needs_human", "", [], LATER)
    else:
        store.do(effects.again, message, LATER, "")
    store.do(effects.sent, message, RECEIPT, LATER)
    assert state(store, message) == "sent"
    assert store.do(effects.claim, SINK, LATER) is None


@pytest.mark.parametrize("late", ["again", "doubt", "reject"])
def test_a_late_word_of_failure_does_not_undo_success(store: Store, late: str) -> None:
    """What was sent stays sent, whatever a slower worker says afterwards."""
    queue(store, alert(mention()))
    message = claimed(store)
    store.do(effects.sent, message, RECEIPT, LATER)
    if late == "again":
        store.do(effects.again, message, LATER, "late")
    elif late == "doubt":
        store.do(effects.doubt, message, "late", LATER)
    else:
        store.do(effects.reject, message, "rejected", "late", [alert(mention(external_id="2"))], LATER)
    assert rows(store, "SELECT state FROM effect") == [("sent",)]


def test_success_is_told_to_the_case_once(store: Store) -> None:
    """A doubled word of success, from a reconciler and a late worker, makes one event in the case's history."""
    decide(store, mention(), alert(mention()))
    message = claimed(store)
    for _ in range(2):
        store.do(effects.sent, message, RECEIPT, LATER)
    assert one(store, "SELECT count(*) FROM case_event WHERE type = 'alert_sent'") == 1
    assert one(store, 'SELECT card FROM "case"') == RECEIPT.external_id


def test_an_error_of_any_signs_and_length_is_kept_short(store: Store) -> None:
    """A vendor's error message cannot stop the outbox."""
    queue(store, alert(mention()))
    store.do(effects.again, claimed(store), LATER, "bad \0 \ud83d " * 200)
    assert len(one(store, "SELECT error FROM effect")) <= 500
