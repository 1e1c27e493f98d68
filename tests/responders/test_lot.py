"""The win-back lane and the lot beside it: who is compared with whom, and who never is."""

from __future__ import annotations

from typing import Any

import pytest

from models.assessment import Assessment
from models.case import Resolution
from models.decision import Arm, Decision, Kind, Reason, Route
from models.mention import Author
from models.store import Store
from responders.rules import Rules
from tests.build import NOW
from tests.responders.situations import case, decided, heads, past, rules
from tests.responders.talk import ANGRY, CALM, LEAVING, Talk
from tests.stores import one, rows

ALL, NONE = {"holdout": 1.0}, {"holdout": 0.0}
GRAVE: dict[str, Assessment] = {
    "private": heads(churn={"yes": 1}, sensitive={"account": 1}),
    "urgent": heads(churn={"yes": 1}, urgency={"high": 1}),
    "maybe private": heads(churn={"yes": 1}, sensitive={"account": 0.3, "none": 0.7}),
    "maybe urgent": heads(churn={"yes": 1}, urgency={"high": 0.2, "low": 0.8}),
    "failed": heads(churn={"yes": 1}, intent=None),
}


def lot(**winback: Any) -> Rules:
    """Rules with a place of its own for the lane."""
    routes = {"call": {"sink": "console", "to": "care"}, "winback": {"sink": "console", "to": "stay"}}
    return rules(winback=winback, routes=routes)


def arm(decision: Decision) -> Arm | None:
    """The side of the comparison."""
    return decision.lane.arm if decision.lane else None


def test_the_lane_has_its_own_place_and_deadline() -> None:
    """Who is leaving goes to the lane's own channel; when it is asked how it ended is kept with it."""
    by = lot(**NONE)
    decision = decided(LEAVING, by=by)
    assert (decision.route, arm(decision)) == (Route.WINBACK, Arm.OFFERED)
    assert [message.target for message in decision.messages] == ["stay"]
    assert decision.lane
    assert decision.lane.due == NOW + by.winback.within
    assert decision.answer_by
    assert decision.answer_by == NOW + by.limits["winback"].respond


@pytest.mark.parametrize("usual", [Route.REVIEW, Route.CALL])
def test_who_is_held_out_goes_the_ordinary_way(usual: Route) -> None:
    """Their card is like any other, in the ordinary place; it says that the lot did it."""
    decision = decided(LEAVING, by=lot(**ALL, usual=usual.value))
    assert (decision.route, arm(decision)) == (usual, Arm.HELD_OUT)
    assert {Reason.CHURN, Reason.HELD_OUT} <= set(decision.reasons)
    assert [message.target for message in decision.messages] == ["care"]


@pytest.mark.parametrize("name", GRAVE)
def test_what_is_grave_is_never_left_to_a_lot(name: str) -> None:
    """Who needs private data, cannot wait, or could not be judged is worked on, and compared with nobody."""
    decision = decided(GRAVE[name], by=lot(**ALL))
    assert (decision.route, arm(decision)) == (Route.WINBACK, Arm.EXEMPT)
    assert Reason.HELD_OUT not in decision.reasons


@pytest.mark.parametrize(
    ("judged", "route"),
    [
        (heads(churn={"yes": 1}, danger=True), Route.PAGE),
        (heads(churn={"yes": 1}, urgency={"critical": 1}), Route.CALL),
    ],
)
def test_danger_and_harm_are_in_no_lane(judged: Assessment, route: Route) -> None:
    """They are called or paged, as if nobody were leaving."""
    decision = decided(judged, by=lot(**ALL))
    assert (decision.route, arm(decision)) == (route, None)
    assert Reason.HELD_OUT not in decision.reasons


@pytest.mark.parametrize("route", [Route.CALL, Route.PAGE])
def test_a_case_that_is_a_call_is_in_no_lane(route: Route) -> None:
    """Its people are called already: the lot takes nothing away from them."""
    decision = decided(LEAVING, by=lot(**ALL), known=past(case=case(route)))
    assert arm(decision) is None
    assert Reason.HELD_OUT not in decision.reasons


def test_a_share_is_a_share() -> None:
    """Of many cases the lot takes about the share, each case the same whenever it is asked, more as the share grows."""

    def held(share: float) -> set[int]:
        by = lot(holdout=share)
        found = (decided(LEAVING, by=by, known=past(fresh_id=f"case-{n}")) for n in range(1000))
        return {n for n, decision in enumerate(found) if arm(decision) is Arm.HELD_OUT}

    fifth, third = held(0.2), held(1 / 3)
    assert 160 < len(fifth) < 240
    assert fifth < third
    assert held(0.0) == set()
    assert len(held(1.0)) == 1000


@pytest.mark.parametrize("drawn", Arm)
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_side_is_for_good(drawn: Arm, share: float) -> None:
    """Whatever the share becomes: who was on one side stays there."""
    route = Route.REVIEW if drawn is Arm.HELD_OUT else Route.WINBACK
    decision = decided(LEAVING, by=lot(holdout=share), known=past(case=case(route), arm=drawn))
    assert arm(decision) is drawn
    assert (Reason.HELD_OUT in decision.reasons) is (drawn is Arm.HELD_OUT)


@pytest.mark.parametrize("name", GRAVE)
def test_who_was_held_out_and_now_needs_more_is_called(name: str) -> None:
    """What is measured is never worth more than the customer; but nobody of the hold-out gets the lane."""
    known = past(case=case(Route.REVIEW), arm=Arm.HELD_OUT)
    decision = decided(GRAVE[name], by=lot(**ALL), known=known)
    assert (decision.route, arm(decision)) == (Route.CALL, Arm.HELD_OUT)
    assert [message.target for message in decision.messages if message.kind is Kind.ALERT] == ["care"]
    assert Reason.HELD_OUT in decision.reasons


def test_a_case_that_was_in_the_lane_before_the_lot_is_exempt() -> None:
    """The lane has worked on it, so it can be no fair half of a comparison."""
    decision = decided(LEAVING, by=lot(**ALL), known=past(case=case(Route.WINBACK)))
    assert (decision.route, arm(decision)) == (Route.WINBACK, Arm.EXEMPT)


@pytest.mark.parametrize(("share", "side"), [(0.0, "offered"), (1.0, "held_out")])
async def test_the_lane_is_kept_with_the_decision(store: Store, share: float, side: str) -> None:
    """One row a case, in the same transaction, told in its history; later posts change nothing of it."""
    talk = Talk(store, winback={"holdout": share, "within": "14d"})
    await talk.says("Kestrelo, I am off.", LEAVING)
    opened = talk.clock()
    await talk.says("Really, Kestrelo.", LEAVING)
    await talk.says("And Kestrelo has my money", GRAVE["private"])
    assert rows(store, "SELECT case_id, arm, outcome FROM winback") == [(talk.case().id, side, "")]
    assert talk.events("winback_opened") == ["winback_opened"]
    assert one(store, 'SELECT count(*) FROM winback w JOIN "case" c ON c.id = w.case_id') == 1
    due = one(store, "SELECT CAST(due_at AS VARCHAR) FROM winback")
    assert due.startswith(f"{opened + talk.settings.winback.within:%Y-%m-%d %H:%M}")


async def test_nobody_who_is_held_out_vanishes_in_a_crowd(store: Store) -> None:
    """Many who leave in the same words each keep a case, or nobody could be asked how it ended."""
    talk = Talk(store, winback={"holdout": 1.0})
    for number in range(4):
        author = Author(id=f"a{number}", handle=f"a{number}")
        await talk.says("Kestrelo has cut the night line again, so I am leaving for good.", LEAVING, author)
    assert len(talk.cases()) == one(store, "SELECT count(*) FROM winback") == 4


async def test_a_calm_case_grows_into_the_lane(store: Store) -> None:
    """A customer who complains first and leaves then is in the lane from then on, with a new card there."""
    talk = Talk(store)
    await talk.says("My Kestrelo line is dead.", CALM)
    assert rows(store, "SELECT * FROM winback") == []
    talk.deliver()
    await talk.says("Kestrelo, I am off.", LEAVING)
    assert rows(store, "SELECT arm FROM winback") == [("offered",)]
    assert talk.case().route == "winback"
    assert [sent.purpose for sent in talk.deliver() if sent.kind is Kind.ALERT] == ["card-winback"]


async def test_who_has_turned_is_out_of_the_lane(store: Store) -> None:
    """Who was held out and turns after our reply is called like anybody; the drawn side stays."""
    talk = Talk(store, winback={"holdout": 1.0})
    await talk.says("Kestrelo, I am off.", LEAVING)
    talk.resolve(Resolution.ANSWERED)
    await talk.says("Kestrelo, shame on you", ANGRY)
    assert talk.case().route == "call"
    assert rows(store, "SELECT arm FROM winback") == [("held_out",)]
