"""What people do to a case: one wins, the other is told by whom, and the history says who did what."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from models.case import CallOutcome, CaseState, Dismissal, Resolution
from models.events import EventType
from models.press import Person
from models.store import Store, casework, privacy
from models.store.casework import Outcome
from tests.build import NOW, mention
from tests.models.store.desk import ANA, BEN, case, history, later_post, opened, shown
from tests.models.store.steps import LATER, note
from tests.stores import one, rows

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_claim_makes_somebody_the_holder(store: Store) -> None:
    """The case is theirs from that moment, and the history says so."""
    opened(store)
    assert store.do(casework.claim, "case-1", ANA, LATER).done
    assert (case(store).state, case(store).holder, case(store).claimed_at) == (CaseState.CLAIMED, ANA, LATER)
    assert history(store) == [("claimed", "U1")]


def test_who_comes_second_is_told_by_whom_and_when(store: Store) -> None:
    """A claimed case stays with its holder, and the words carry the team's own clock."""
    opened(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    outcome = store.do(casework.claim, "case-1", BEN, LATER + timedelta(seconds=1))
    assert not outcome.done
    assert outcome.said(BERLIN, LATER) == "already claimed by Ana at 13:01"
    assert case(store).holder == ANA


def test_another_day_is_named(store: Store) -> None:
    """What happened before today says on which day."""
    assert Outcome(False, "gone", at=NOW).said(BERLIN, NOW + timedelta(days=1)) == "gone on 2 Mar at 13:00"
    assert Outcome(False, "gone").said(BERLIN, NOW) == "gone"


def test_the_same_person_claims_once(store: Store) -> None:
    """A second press of the holder changes nothing and is no fault."""
    opened(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    assert store.do(casework.claim, "case-1", ANA, LATER) == Outcome(True, repeated=True, at=LATER)
    assert history(store) == [("claimed", "U1")]


@pytest.mark.parametrize(("by", "lead", "done"), [(ANA, False, True), (BEN, False, False), (BEN, True, True)])
def test_only_its_holder_or_a_lead_gives_a_case_back(store: Store, by: Person, lead: bool, done: bool) -> None:
    """Nobody takes a case from another who is not in charge."""
    opened(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    assert store.do(casework.release, "case-1", by, LATER, lead=lead).done is done
    assert case(store).state is (CaseState.OPEN if done else CaseState.CLAIMED)


def test_a_case_given_back_is_anybodys_and_escalates_anew(store: Store) -> None:
    """It has no holder, and its escalation starts at the first step."""
    opened(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    store.do(casework.release, "case-1", ANA, LATER)
    assert rows(store, 'SELECT holder, holder_name, step FROM "case"') == [("", "", 0)]
    assert store.do(casework.release, "case-1", ANA, LATER).repeated
    assert store.do(casework.release, "case-1", BEN, LATER).words == "nobody holds this case"
    assert store.do(casework.claim, "case-1", BEN, LATER).done


def test_a_hand_over_names_both(store: Store) -> None:
    """The other is the holder, and the history keeps who gave it, to whom and the note."""
    opened(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    assert store.do(casework.hand_over, "case-1", ANA, BEN, "knows routers", LATER).done
    assert case(store).holder == BEN
    meta = one(store, "SELECT meta FROM case_event WHERE type = 'reassigned'")
    assert all(word in str(meta) for word in ("U2", "Ben", "knows routers"))
    assert store.do(casework.hand_over, "case-1", ANA, BEN, "", LATER).repeated


def test_a_held_case_is_handed_over_by_its_holder_or_a_lead(store: Store) -> None:
    """Who does not hold it cannot give it away, unless they are in charge."""
    opened(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    refused = store.do(casework.hand_over, "case-1", BEN, BEN, "", LATER)
    assert refused.words == "only its holder or a lead can hand it over; it was claimed by Ana"
    assert store.do(casework.hand_over, "case-1", BEN, BEN, "", LATER, lead=True).done


def test_a_snooze_ends_by_itself(store: Store) -> None:
    """A case rests until its moment, then it wakes once."""
    opened(store)
    until = LATER + timedelta(hours=2)
    assert store.do(casework.snooze, "case-1", ANA, until, LATER).done
    assert store.do(casework.snooze, "case-1", ANA, until, LATER).repeated
    assert store.do(casework.wake, until - timedelta(seconds=1)) == []
    assert store.do(casework.wake, until) == ["case-1"]
    assert store.do(casework.wake, until) == []
    assert history(store) == [("snoozed", "U1"), ("woken", "")]
    assert case(store).snoozed_until is None


def test_nobody_snoozes_into_the_past(store: Store) -> None:
    """A moment that is over is refused with what to do."""
    opened(store)
    assert "choose a later one" in store.do(casework.snooze, "case-1", ANA, LATER, LATER).words


def test_a_claim_ends_a_snooze(store: Store) -> None:
    """Who takes a case on works on it now."""
    opened(store)
    store.do(casework.snooze, "case-1", ANA, LATER + timedelta(hours=2), LATER)
    store.do(casework.claim, "case-1", BEN, LATER)
    assert case(store).snoozed_until is None


@pytest.mark.parametrize("reason", [Resolution.ANSWERED, Resolution.CALLED])
def test_a_resolution_may_be_the_first_response(store: Store, reason: Resolution) -> None:
    """Who resolves a case as answered says that the customer has an answer."""
    opened(store)
    assert store.do(casework.resolve, "case-1", ANA, reason, "", LATER).done
    assert (case(store).state, case(store).reason, case(store).answered_at) == (CaseState.RESOLVED, reason, LATER)


def test_a_dismissal_is_no_response(store: Store) -> None:
    """Nothing was done, and the measures must not say otherwise."""
    opened(store)
    store.do(casework.dismiss, "case-1", ANA, Dismissal.NOT_US, LATER)
    assert (case(store).state, case(store).answered_at, case(store).closed_at) == (CaseState.DISMISSED, None, LATER)
    assert history(store) == [("switch_dropped", "U1"), ("closed_no_action", "U1")]


def test_a_closed_case_says_who_closed_it(store: Store) -> None:
    """Every later press learns by whom and when; the same one again is no fault."""
    opened(store)
    store.do(casework.resolve, "case-1", ANA, Resolution.CALLED, "all well", LATER)
    assert store.do(casework.resolve, "case-1", ANA, Resolution.CALLED, "", LATER).repeated
    later = LATER + timedelta(minutes=5)
    attempts = (
        store.do(casework.claim, "case-1", BEN, later),
        store.do(casework.release, "case-1", BEN, later),
        store.do(casework.resolve, "case-1", BEN, Resolution.CALLED, "", later),
        store.do(casework.dismiss, "case-1", BEN, Dismissal.SPAM, later),
        store.do(casework.snooze, "case-1", BEN, later + timedelta(hours=1), later),
        store.do(casework.call_offered, "case-1", BEN, later),
        store.do(casework.call_ended, "case-1", BEN, CallOutcome.REACHED, "", later),
        store.do(casework.escalate, "case-1", BEN, "#legal", "", later),
    )
    assert {(attempt.done, attempt.said(BERLIN, later)) for attempt in attempts} == {
        (False, "already resolved by Ana at 13:01")
    }


def test_a_case_is_opened_again_by_a_press(store: Store) -> None:
    """It is nobody's, owes a new answer, and can be claimed."""
    opened(store)
    store.do(casework.resolve, "case-1", ANA, Resolution.ANSWERED, "", LATER)
    due = LATER + timedelta(hours=1)
    assert store.do(casework.reopen, "case-1", BEN, LATER, "still broken", due).done
    found = case(store)
    assert (found.state, found.holder, found.answered_at, found.closed_at, found.answer_by) == (
        CaseState.OPEN, None, None, None, due
    )  # fmt: skip
    assert store.do(casework.reopen, "case-1", BEN, LATER).repeated
    assert store.do(casework.reopen, "case-1", ANA, LATER).words == "it is open already"
    assert store.do(casework.claim, "case-1", ANA, LATER).done


def test_an_unknown_case_was_erased(store: Store) -> None:
    """An id that is not there is answered like one that was forgotten."""
    assert store.do(casework.claim, "nowhere", ANA, NOW).erased


def test_a_forgotten_case_takes_no_press(store: Store) -> None:
    """After its person asked to be forgotten nothing can be done to it, and nothing is said of who worked on it."""
    shown(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    store.do(casework.drafted, "case-1", ANA, "Dear Anna", LATER)
    store.do(privacy.forget, "x", "anna_l", LATER)
    for attempt in (
        store.do(casework.claim, "case-1", BEN, LATER),
        store.do(casework.reopen, "case-1", BEN, LATER),
        store.do(casework.drafted, "case-1", BEN, "Anna", LATER),
        store.do(casework.note_event, "case-1", EventType.MUTED, BEN, LATER),
    ):
        assert attempt.erased
        assert "erased" in attempt.words
    found = case(store)
    assert (found.holder, found.draft, found.reason, found.state) == (None, None, "erased", CaseState.DISMISSED)


def test_words_that_no_database_takes_are_kept_without_them(store: Store) -> None:
    """A NUL or half a sign in a name or note breaks nothing."""
    opened(store)
    odd = Person("U9", "A\x00na\ud800")
    assert store.do(casework.claim, "case-1", odd, LATER).done
    assert store.do(casework.drafted, "case-1", odd, "so\x00rry \udfff", LATER).done
    assert store.do(casework.resolve, "case-1", odd, Resolution.CALLED, "\x00", LATER).done
    assert case(store).draft.text == "so\ufffdrry \ufffd"  # type: ignore[union-attr]


def test_a_later_post_opens_a_resolved_case_again(store: Store) -> None:
    """What the same person writes within a week of the end belongs to the case, and somebody has to look again."""
    shown(store)
    store.do(casework.resolve, "case-1", ANA, Resolution.ANSWERED, "", LATER)
    later_post(store, note(mention(external_id="1901")), now=LATER + timedelta(hours=1))
    assert (case(store).state, case(store).holder, case(store).mentions) == (CaseState.OPEN, None, 2)
    assert history(store) == [("switch_dropped", "U1"), ("resolved", "U1"), ("reopened", "")]


def test_a_post_after_a_call_is_a_return_to_the_public(store: Store) -> None:
    """A customer who was spoken to and writes in public again is a switch that failed."""
    opened(store)
    store.do(casework.call_ended, "case-1", ANA, CallOutcome.REACHED, "", LATER)
    later_post(store)
    assert "returned_to_public" in [type_ for type_, _ in history(store)]


def test_a_later_post_ends_a_snooze(store: Store) -> None:
    """What is new must not wait behind an old decision to wait."""
    opened(store)
    store.do(casework.snooze, "case-1", ANA, LATER + timedelta(days=1), LATER)
    later_post(store)
    assert case(store).snoozed_until is None
    assert history(store)[-1] == ("woken", "")


def test_whatever_else_happens_is_written_down(store: Store) -> None:
    """An event of another kind is kept with who and when, without what was left empty."""
    opened(store)
    store.do(casework.note_event, "case-1", EventType.OPENED_PLATFORM, ANA, LATER, {"note": "", "link": "x"})
    store.do(casework.note_event, "case-1", EventType.REMINDED, None, LATER, {"step": 1})
    assert history(store) == [("opened_platform", "U1"), ("reminded", "")]
    assert "note" not in str(one(store, "SELECT meta FROM case_event WHERE type = 'opened_platform'"))
