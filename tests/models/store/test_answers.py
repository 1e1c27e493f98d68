"""What is said to a customer in public: drafts, approvals, the one answer."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from models.case import Resolution
from models.decision import Receipt
from models.store import Store, casework, effects
from tests.build import mention
from tests.models.store.desk import ANA, BEN, case, history, opened, shown
from tests.models.store.steps import LATER, claimed, reply
from tests.stores import one

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_public_answer_is_queued_once(store: Store) -> None:
    """Send marks the case answered and its writer as the holder; a second answer in the thread is not sent."""
    opened(store)
    first = store.do(casework.answer, "case-1", reply(mention()), ANA, LATER)
    assert first.done
    assert (case(store).answered_at, case(store).holder) == (LATER, ANA)
    second = store.do(casework.answer, "case-1", reply(mention(), sink="telegram"), BEN, LATER)
    assert second.said(BERLIN, LATER) == "this person has had an answer in this thread by Ana at 13:01"
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'reply'") == 1


def test_an_answer_that_was_posted_is_its_writers(store: Store) -> None:
    """The history says who pressed Send when the words have reached the customer."""
    shown(store)
    store.do(casework.answer, "case-1", reply(mention(), priority=99), ANA, LATER)
    sent = claimed(store)
    store.do(effects.sent, sent, Receipt("1"), LATER)
    assert history(store) == [("claimed", "U1"), ("answer_queued", "U1"), ("reply_sent", "U1")]


@pytest.mark.parametrize("end", ["rejected", "needs_human", "expired"])
def test_an_answer_that_failed_makes_the_case_unanswered(store: Store, end: str) -> None:
    """The words are the draft again, the case owes an answer, and its card says so."""
    shown(store)
    store.do(casework.answer, "case-1", reply(mention(), priority=99), ANA, LATER)
    store.do(effects.reject, claimed(store), end, "no", [], LATER)
    found = case(store)
    assert found.answered_at is None
    assert found.draft is not None
    assert not found.draft.sent
    assert history(store)[-1] == ("reply_failed", "")
    again = store.do(casework.answer, "case-1", reply(mention()), ANA, LATER)
    assert "answer by hand" in again.words


def test_an_answer_that_was_withdrawn_makes_the_case_unanswered(store: Store) -> None:
    """When its author opts out before it goes, nobody believes that they were answered."""
    shown(store)
    store.do(casework.answer, "case-1", reply(mention()), ANA, LATER)
    store.do(effects.withdraw_replies, mention().author_key, LATER)
    assert case(store).answered_at is None


def test_a_draft_is_kept_for_another_to_approve(store: Store) -> None:
    """Its writer cannot approve it where another has to; a change of its words takes the approval away."""
    opened(store)
    store.do(casework.drafted, "case-1", ANA, "We are sorry.", LATER, waiting=True)
    own = store.do(casework.approved, "case-1", ANA, "We are sorry.", LATER, other=True)
    assert own.words == "somebody else has to approve what you wrote"
    assert store.do(casework.approved, "case-1", BEN, "We are sorry.", LATER, other=True).done
    assert store.do(casework.approved, "case-1", BEN, "We are sorry.", LATER, other=True).repeated
    draft = case(store).draft
    assert draft is not None
    assert draft.approved_by == BEN
    assert not draft.waiting
    store.do(casework.drafted, "case-1", ANA, "We are very sorry.", LATER, waiting=True)
    draft = case(store).draft
    assert draft is not None
    assert draft.approved_by is None
    stale = store.do(casework.approved, "case-1", BEN, "We are sorry.", LATER)
    assert stale.words == "the draft was changed by Ana"


def test_the_same_draft_twice_is_one(store: Store) -> None:
    """Opening and submitting without a change keeps writer and approval."""
    opened(store)
    store.do(casework.drafted, "case-1", ANA, "We are sorry.", LATER)
    assert store.do(casework.drafted, "case-1", BEN, "We are sorry.", LATER).repeated
    draft = case(store).draft
    assert draft is not None
    assert draft.by == ANA


def test_what_was_typed_survives_the_end_of_the_case(store: Store) -> None:
    """A form that was open while another closed the case loses nothing."""
    opened(store)
    store.do(casework.resolve, "case-1", BEN, Resolution.CALLED, "", LATER)
    assert store.do(casework.drafted, "case-1", ANA, "Too late?", LATER).done
    draft = case(store).draft
    assert draft is not None
    assert draft.text == "Too late?"
