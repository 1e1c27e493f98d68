"""The line that ends in public what was settled elsewhere: one a case, by our account or by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from models.case import Resolution
from models.decision import Message, Receipt, message_key
from models.store import Store, casework, closings, effects
from tests.build import mention
from tests.models.store.desk import ANA, BEN, SOON, case, history, later_post, shown
from tests.models.store.ledger import kept, stages, told
from tests.models.store.steps import CASE, LATER, claimed, reply
from tests.models.store.test_races import together
from tests.stores import one


def settled(store: Store) -> None:
    """A case that was settled by a call."""
    shown(store)
    store.do(casework.resolve, CASE.id, ANA, Resolution.CALLED, "", LATER)


def line(case_id: str = CASE.id) -> Message:
    """What is to be said."""
    wanted = reply(mention(), priority=99, purpose="closing", body={"text": "Settled by phone, thank you."})
    return replace(wanted, key=message_key(wanted.kind, wanted.sink, case_id, "closing"))


def test_the_line_ends_the_switch_when_it_stands(store: Store) -> None:
    """Not when Send was pressed, but when it was posted: then the complaint has a visible ending."""
    settled(store)
    assert store.do(closings.send, CASE.id, line(), ANA, LATER).done
    assert stages(store)[-1] == "resolved"
    store.do(effects.sent, claimed(store), Receipt("9"), SOON)
    assert [what for what, _ in history(store)][-3:] == ["reply_sent", "closed_in_public", "switch_closed"]
    assert kept(store) == told(store)
    assert [switch.stage for switch in kept(store)] == ["closed"]


def test_it_may_stand_beside_the_answer(store: Store) -> None:
    """The person had an answer in this thread before: the closing line is another one."""
    shown(store)
    store.do(casework.answer, CASE.id, reply(mention(), priority=99), ANA, LATER)
    store.do(effects.sent, claimed(store), Receipt("8"), LATER)
    store.do(casework.resolve, CASE.id, ANA, Resolution.CALLED, "", LATER)
    assert store.do(closings.send, CASE.id, line(), ANA, LATER).done
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'reply'") == 2


def test_there_is_one_a_case(store: Store) -> None:
    """Two agents press at once, and one line is queued."""
    settled(store)
    presses = [partial(closings.send, case_id=CASE.id, message=line(), by=by, now=LATER) for by in (ANA, BEN)]
    outcomes = together(store, *presses)
    assert sorted(outcome.done for outcome in outcomes) == [False, True]
    assert one(store, "SELECT count(*) FROM effect WHERE purpose = 'closing'") == 1
    by_hand = store.do(closings.by_hand, CASE.id, BEN, LATER)
    assert (by_hand.done, by_hand.words) == (False, "a closing line of this case is on its way")


def test_by_hand_is_an_end_as_well(store: Store) -> None:
    """The agent wrote it on the platform and says so; a second time is told that it stands."""
    settled(store)
    assert store.do(closings.by_hand, CASE.id, ANA, SOON).done
    again = store.do(closings.by_hand, CASE.id, BEN, SOON)
    assert (again.words, again.at) == ("a closing line stands there already", SOON)
    assert not store.do(closings.send, CASE.id, line(), BEN, SOON).done
    assert [switch.stage for switch in kept(store)] == ["closed"]


@pytest.mark.parametrize("end", ["rejected", "needs_human", "expired"])
def test_a_line_that_failed_owes_nothing_and_can_be_written_by_hand(store: Store, end: str) -> None:
    """The case stays closed and answered; its history says that the line did not arrive."""
    settled(store)
    store.do(closings.send, CASE.id, line(), ANA, LATER)
    store.do(effects.reject, claimed(store), end, "no", [], SOON)
    assert history(store)[-1] == ("reply_failed", "")
    assert case(store).answered_at == LATER
    assert not case(store).live
    refused = store.do(closings.send, CASE.id, line(), ANA, SOON)
    assert refused.words == "the closing line of this case failed, so write it on the platform and say so here"
    assert store.do(closings.by_hand, CASE.id, ANA, SOON).done


def test_the_answer_that_failed_is_told_from_a_line_that_failed(store: Store) -> None:
    """Of an answer that comes to nothing after the line was queued, people still hear."""
    shown(store)
    store.do(casework.answer, CASE.id, reply(mention(), priority=98), ANA, LATER)
    sending = claimed(store)
    store.do(casework.resolve, CASE.id, ANA, Resolution.CALLED, "", LATER)
    store.do(closings.send, CASE.id, line(), ANA, LATER)
    store.do(effects.reject, sending, "rejected", "no", [], SOON)
    assert case(store).answered_at is None


def test_what_was_not_settled_elsewhere_is_not_closed(store: Store) -> None:
    """Without a call or another way there is nothing that the public has not seen."""
    shown(store)
    assert not store.do(closings.send, CASE.id, line(), ANA, LATER).done
    store.do(casework.resolve, CASE.id, ANA, Resolution.ANSWERED, "", LATER)
    refused = store.do(closings.by_hand, CASE.id, ANA, LATER)
    assert refused.words == "nothing was settled elsewhere, so there is nothing to close in public"


def test_a_line_that_arrives_after_the_customer_came_back_ends_no_new_switch(store: Store) -> None:
    """It stands, so the history says so; the hop that began with their post goes on."""
    settled(store)
    store.do(closings.send, CASE.id, line(), ANA, LATER)
    sending = claimed(store)
    later_post(store, minutes=30)
    store.do(effects.sent, sending, Receipt("9"), SOON)
    assert ("closed_in_public", "U1") in history(store)
    assert [switch.stage for switch in kept(store)] == ["resolved", "recommended"]
    assert kept(store) == told(store)
