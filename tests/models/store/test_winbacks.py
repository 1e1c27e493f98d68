"""The win-back lane: each case once, asked in time, and what was said of its end."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from models.case import Resolution
from models.decision import Arm
from models.store import Store, casework, winbacks
from models.winback import WinbackOutcome
from tests.build import mention
from tests.models.store.desk import ANA, BEN, SOON, history, opened
from tests.models.store.steps import CASE, LATER
from tests.models.store.test_races import together

DUE = LATER + timedelta(days=14)


def in_lane(store: Store, arm: Arm = Arm.OFFERED) -> None:
    """A case of somebody who is leaving."""
    opened(store)
    assert store.do(winbacks.open, CASE.id, arm, LATER, DUE)


def ends(store: Store) -> list[str]:
    """Who said how it ended, in order."""
    return [actor for what, actor in history(store) if what == "winback_ended"]


def test_a_case_is_in_the_lane_once(store: Store) -> None:
    """A second post of theirs changes neither the side nor the day, and the history says it once."""
    in_lane(store, Arm.HELD_OUT)
    assert not store.do(winbacks.open, CASE.id, Arm.OFFERED, SOON, DUE + timedelta(days=1))
    found = store.do(winbacks.of_case, CASE.id)
    assert found
    assert (found.arm, found.opened_at, found.due_at, found.channel) == (Arm.HELD_OUT, LATER, DUE, mention().channel)
    assert [what for what, _ in history(store)] == ["winback_opened"]


def test_a_case_that_nobody_knows_has_no_lane(store: Store) -> None:
    """Nothing is written for it."""
    assert not store.do(winbacks.open, "nobody", Arm.OFFERED, LATER, DUE)
    assert store.do(winbacks.end, "nobody", WinbackOutcome.LOST, ANA, LATER).erased
    assert store.do(winbacks.of_case, "nobody") is None


def test_how_it_ended_is_said_of_an_open_and_of_a_closed_case(store: Store) -> None:
    """Whether they stay is often known only later; another word replaces the first, and both stand in the history."""
    in_lane(store)
    assert store.do(winbacks.end, CASE.id, WinbackOutcome.LOST, ANA, SOON).done
    assert store.do(winbacks.end, CASE.id, WinbackOutcome.LOST, BEN, SOON).repeated
    store.do(casework.resolve, CASE.id, ANA, Resolution.CALLED, "", SOON)
    assert store.do(winbacks.end, CASE.id, WinbackOutcome.RETAINED, BEN, SOON).done
    found = store.do(winbacks.of_case, CASE.id)
    assert found
    assert (found.outcome, found.outcome_at, found.by) == (WinbackOutcome.RETAINED, SOON, "U2")
    assert ends(store) == ["U1", "U2"]


def test_an_end_without_a_lane_is_refused(store: Store) -> None:
    """Nobody was leaving, so nobody was won back."""
    opened(store)
    refused = store.do(winbacks.end, CASE.id, WinbackOutcome.LOST, ANA, SOON)
    assert (refused.done, refused.words) == (False, "nobody was leaving in this case")


def test_it_is_asked_in_time_and_not_at_every_tick(store: Store) -> None:
    """Due from its day on, until somebody was asked, and no more once it was said."""
    in_lane(store)
    assert store.do(winbacks.due, DUE - timedelta(seconds=1)) == []
    (found,) = store.do(winbacks.due, DUE)
    assert found.case_id == CASE.id
    assert store.do(winbacks.asked, CASE.id, DUE + timedelta(days=2))
    assert not store.do(winbacks.asked, CASE.id, DUE + timedelta(days=2))
    assert store.do(winbacks.due, DUE + timedelta(days=1)) == []
    assert len(store.do(winbacks.due, DUE + timedelta(days=2))) == 1
    store.do(winbacks.end, CASE.id, WinbackOutcome.UNKNOWN, ANA, DUE + timedelta(days=2))
    assert store.do(winbacks.due, DUE + timedelta(days=9)) == []
    assert not store.do(winbacks.asked, CASE.id, DUE + timedelta(days=30))


def test_of_two_words_at_once_each_is_written(store: Store) -> None:
    """The row says what came last, and the history both."""
    in_lane(store)
    words = (WinbackOutcome.LOST, ANA), (WinbackOutcome.RETAINED, BEN)
    together(store, *(partial(winbacks.end, case_id=CASE.id, outcome=what, by=by, now=SOON) for what, by in words))
    assert len(ends(store)) == 2
    found = store.do(winbacks.of_case, CASE.id)
    assert found
    assert {"U1": WinbackOutcome.LOST, "U2": WinbackOutcome.RETAINED}[found.by] == found.outcome
