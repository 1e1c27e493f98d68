"""Calls, as the ledger of switches has them: offered, attempted, how they ended, and when nobody may call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.case import CallOutcome, CaseState, Resolution
from models.decision import Kind, Message
from models.store import Store, casework, dialling, switches
from models.switch import Drop, Stage
from tests.models.store.desk import ANA, BEN, SOON, case, history, opened
from tests.models.store.ledger import kept, stages, steps, told
from tests.models.store.steps import CASE, LATER

NO_ANSWER, REACHED = CallOutcome.NO_ANSWER, CallOutcome.REACHED


def test_a_call_counts_as_a_response_however_it_ends(store: Store) -> None:
    """We have tried; the ledger says whether both spoke."""
    opened(store)
    store.do(casework.call_offered, CASE.id, ANA, LATER)
    store.do(casework.call_ended, CASE.id, ANA, NO_ANSWER, "again at 5", LATER)
    assert case(store).answered_at == LATER
    store.do(casework.call_ended, CASE.id, ANA, REACHED, "", LATER)
    assert [type_ for type_, _ in history(store)] == [
        "claimed",
        "switch_offered",
        "switch_attempted",
        "call_attempted",
        "switch_attempted",
        "call_attempted",
        "switch_connected",
    ]
    assert case(store).state is CaseState.CLAIMED


def test_a_call_that_settles_it_resolves_the_case(store: Store) -> None:
    """One press says both, and the ledger has one switch that is resolved."""
    opened(store)
    store.do(casework.call_ended, CASE.id, ANA, CallOutcome.RESOLVED, "", LATER)
    assert (case(store).state, case(store).reason) == (CaseState.RESOLVED, Resolution.CALLED)
    assert [type_ for type_, _ in history(store)][-3:] == ["switch_connected", "switch_completed", "resolved"]
    assert [one.stage for one in kept(store)] == ["resolved"]


def test_work_on_a_case_of_another_leaves_it_theirs(store: Store) -> None:
    """Only a case that nobody holds is claimed by working on it."""
    opened(store)
    store.do(casework.claim, CASE.id, ANA, LATER)
    store.do(casework.call_offered, CASE.id, BEN, LATER)
    assert case(store).holder == ANA


def test_a_call_without_the_page_says_what_it_skipped(store: Store) -> None:
    """The agent knew the number: nothing was offered, opened or accepted, and the history says so."""
    opened(store)
    store.do(casework.call_ended, CASE.id, ANA, REACHED, "", LATER)
    stage, who, meta = steps(store)[1]
    assert (stage, who, meta["why"]) == ("attempted", "agent", "called")
    assert meta["skipped"] == ["offered", "opened", "accepted"]


def test_every_try_is_written_and_the_last_one_gives_up(store: Store) -> None:
    """After as many tries as the settings allow, the switch is dropped and the case goes on."""
    opened(store)
    for number in range(3):
        done = store.do(casework.call_ended, CASE.id, ANA, NO_ANSWER, "", LATER + timedelta(hours=number), 3)
        assert done.done
    assert stages(store) == ["recommended", "attempted", "attempted", "attempted", "dropped"]
    assert kept(store) == told(store)
    assert kept(store)[-1].drop == Drop.NO_ANSWER
    assert case(store).live


def test_tries_count_anew_once_somebody_has_answered(store: Store) -> None:
    """Reached after two tries, then two more in vain: that is not four in a row."""
    opened(store)
    for number, outcome in enumerate([NO_ANSWER, NO_ANSWER, CallOutcome.NEEDS_FOLLOW_UP, NO_ANSWER, NO_ANSWER]):
        assert store.do(casework.call_ended, CASE.id, ANA, outcome, "", LATER + timedelta(hours=number), 3).done
    assert stages(store)[-1] == "attempted"
    store.do(casework.call_ended, CASE.id, ANA, NO_ANSWER, "", LATER + timedelta(hours=9), 3)
    assert kept(store)[-1].drop == Drop.NO_ANSWER


def test_a_wrong_number_ends_the_switch(store: Store) -> None:
    """Nobody can be reached there; another number is another hop."""
    opened(store)
    store.do(casework.call_ended, CASE.id, ANA, CallOutcome.WRONG_NUMBER, "", LATER)
    assert kept(store)[-1].drop == Drop.WRONG_NUMBER
    store.do(switches.advance, CASE.id, Stage.ACCEPTED, SOON, switches.CUSTOMER)
    assert [one.stage for one in kept(store)] == ["dropped", "accepted"]


@pytest.mark.parametrize("reason", [Drop.WITHDRAWN, Drop.DECLINED, Drop.NO_ANSWER, Drop.EXPIRED])
def test_the_outcome_of_a_call_that_nobody_should_have_made_is_refused(store: Store, reason: Drop) -> None:
    """Words say why and what to do, and nothing is changed; once a call is offered anew, it is taken."""
    opened(store)
    store.do(switches.drop, CASE.id, reason, LATER, switches.CUSTOMER)
    before = history(store)
    refused = store.do(casework.call_ended, CASE.id, ANA, REACHED, "", SOON)
    assert not refused.done
    assert "offer a call anew" in refused.words
    assert refused.at == LATER
    assert history(store) == before
    assert case(store).answered_at is None
    store.do(casework.call_offered, CASE.id, ANA, SOON)
    assert store.do(casework.call_ended, CASE.id, ANA, REACHED, "", SOON).done


def test_the_outcome_of_a_call_for_a_closed_case_is_refused(store: Store) -> None:
    """Who typed it learns who closed the case and when."""
    opened(store)
    store.do(casework.resolve, CASE.id, BEN, Resolution.BY_ITSELF, "", LATER)
    refused = store.do(casework.call_ended, CASE.id, ANA, REACHED, "", SOON)
    assert (refused.done, refused.words, refused.at) == (False, "already resolved by Ben", LATER)


def test_a_call_that_was_dialled_is_one_try(store: Store) -> None:
    """The contact centre dialled, the agent says how it ended: both speak of the same call."""
    opened(store)
    store.do(switches.advance, CASE.id, Stage.ATTEMPTED, LATER, None, "dialled by the contact centre")
    store.do(casework.call_ended, CASE.id, ANA, NO_ANSWER, "", SOON)
    assert stages(store) == ["recommended", "attempted"]
    store.do(casework.call_ended, CASE.id, ANA, NO_ANSWER, "", SOON)
    assert stages(store) == ["recommended", "attempted", "attempted"]


def test_a_request_to_dial_that_arrives_after_the_no_begins_nothing(store: Store) -> None:
    """The customer took the consent back while it was on its way: it is written down, and no other switch begins."""
    opened(store)
    store.do(switches.drop, CASE.id, Drop.WITHDRAWN, LATER, switches.CUSTOMER)
    request = Message("key", "dialler", Kind.DIAL, "", {"by": ANA.id, "by_name": ANA.name}, case_id=CASE.id)
    store.do(dialling.accepted, request, SOON)
    assert history(store)[-1] == ("dialled", "U1")
    assert [one.stage for one in kept(store)] == ["dropped"]


def test_a_second_call_after_both_spoke_goes_back_openly(store: Store) -> None:
    """Something was left to do: the ledger goes back to attempted, says so, and comes to connected again."""
    opened(store)
    store.do(casework.call_ended, CASE.id, ANA, CallOutcome.NEEDS_FOLLOW_UP, "", LATER)
    store.do(casework.call_ended, CASE.id, ANA, CallOutcome.RESOLVED, "", SOON)
    assert stages(store) == ["recommended", "attempted", "connected", "attempted", "connected", "resolved"]
    again = steps(store)[3][2]
    assert (again["back"], again["why"]) == (True, "again")


def test_a_call_takes_the_place_of_an_email(store: Store) -> None:
    """The customer wanted to be written to, and was called: one way ends, and another hop begins where it led."""
    opened(store)
    store.do(switches.advance, CASE.id, Stage.ACCEPTED, LATER, switches.CUSTOMER, to_channel="email")
    store.do(casework.call_ended, CASE.id, ANA, REACHED, "", SOON)
    assert [(one.way, one.stage, one.drop) for one in kept(store)] == [
        ("voice", "dropped", "superseded"),
        ("email", "dropped", "superseded"),
        ("voice", "connected", ""),
    ]
    assert kept(store) == told(store)


def test_offering_twice_is_once(store: Store) -> None:
    """A second press finds what the first one did; after a try it is an offer anew, openly gone back to."""
    opened(store)
    store.do(casework.call_offered, CASE.id, ANA, LATER)
    assert store.do(casework.call_offered, CASE.id, ANA, SOON).repeated
    store.do(casework.call_ended, CASE.id, ANA, NO_ANSWER, "", SOON)
    store.do(casework.call_offered, CASE.id, ANA, SOON)
    assert stages(store) == ["recommended", "offered", "attempted", "offered"]
    assert steps(store)[-1][2]["back"]
