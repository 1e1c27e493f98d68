"""The ladder, rebuilt from the history: stages, skips, tries, briefs, endings, failures and the score."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.funnel import Funnel, funnel, hop_counts, score
from insights.hops import Ending, Hop
from insights.shares import Share
from models.store.report import Answers, Event
from models.switch import LADDER, Stage
from tests.insights.cases import TERM, UNTIL, at, event, post, switch, told

DAY = 24 * 60


def climbed(to: str, start: float = 0, step: float = 10, number: int = 1) -> list[Event]:
    """Every stage up to this one, ten minutes apart."""
    stages = [stage.value for stage in LADDER]
    return [switch(stage, start + step * place, number) for place, stage in enumerate(stages[: stages.index(to) + 1])]


def of(*events: Event, until: datetime = UNTIL) -> Hop:
    """The one switch of a case."""
    (hop,) = told(*events, until=until).hops
    return hop


def measured(*cases: list[Event], answers: tuple[Answers, ...] = (), wanted: float | None = None) -> Funnel:
    """The funnel of these cases."""
    hops = [hop for events in cases for hop in told(*events).hops]
    return funnel(("x", "voice"), hops, answers, UNTIL, TERM, {"x": wanted})


def test_a_whole_ladder() -> None:
    """Each stage is entered, lasts until the next, and the closed switch held."""
    hop = of(*climbed("closed"))
    assert (hop.from_channel, hop.to_channel, hop.stage) == ("x", "voice", Stage.CLOSED)
    assert [(stage.value, wait.seconds()) for stage, wait in hop.stays(UNTIL) if wait.over] == [
        (stage.value, 600) for stage in LADDER[:-1]
    ]
    assert hop.ending(UNTIL, TERM) is Ending.STOOD


def test_a_skipped_stage_is_reached_and_not_entered() -> None:
    """The funnel never widens, and says how many passed a stage by."""
    made = measured([switch("recommended", 0), switch("accepted", 9, skipped=["offered", "opened"], why="agent")])
    assert [(rung.reached, rung.skipped) for rung in made.rungs] == [
        (1, 0), (1, 1), (1, 1), (1, 0), (0, 0), (0, 0), (0, 0), (0, 0),
    ]  # fmt: skip
    assert (made.with_skips, made.went_back) == (1, 0)


def test_to_try_again_is_the_same_stay_and_to_go_back_another() -> None:
    """Three tries in a row are one time in the stage; back on an earlier stage it is in there a second time."""
    events = [
        switch("attempted", 0),
        switch("attempted", 5),
        switch("accepted", 20, back=True),
        switch("attempted", 30),
    ]
    stays = [(stage.value, wait.seconds(), wait.over) for stage, wait in of(*events, until=at(60)).stays(at(60))]
    assert stays == [("attempted", 1200, True), ("accepted", 600, True), ("attempted", 1800, False)]


def test_a_clock_that_jumps_takes_no_time() -> None:
    """A stage whose end lies before its beginning lasted no time, never less."""
    hop = of(switch("offered", 10), switch("opened", 4), switch("accepted", 20))
    assert [wait.seconds() for _, wait in hop.stays(at(20))] == [0, 960, 0]


@pytest.mark.parametrize(
    ("events", "ending"),
    [
        ([switch("recommended", 0)], Ending.LIVE),
        ([switch("recommended", 0), switch("dropped", 1, reason="expired")], Ending.NOT_OFFERED),
        ([switch("offered", 0), switch("dropped", 1, reason="expired")], Ending.LOST),
        ([switch("accepted", 0), switch("dropped", 1, reason="no_answer")], Ending.LOST),
        ([switch("accepted", 0), switch("dropped", 1, reason="not_needed")], Ending.SPARED),
        ([switch("accepted", 0), switch("dropped", 1, reason="erased")], Ending.SPARED),
        ([switch("resolved", 0)], Ending.STOOD),
        ([switch("resolved", 0), post(0)], Ending.STOOD),
        ([switch("resolved", 0), post(5)], Ending.FAILED),
        ([switch("resolved", 0), post(7 * DAY)], Ending.FAILED),
        ([switch("resolved", 0), post(7 * DAY + 1)], Ending.STOOD),
        ([switch("resolved", 0), switch("closed", 9), post(7 * DAY + 1)], Ending.STOOD),
        ([switch("connected", 0), post(5), switch("resolved", 9)], Ending.STOOD),
        ([switch("resolved", 23 * DAY)], Ending.YOUNG),
        ([switch("resolved", 23 * DAY - 1)], Ending.STOOD),
    ],
)
def test_how_it_ended(events: list[Event], ending: Ending) -> None:
    """By the ledger, and by whether the customer wrote in public again soon after it was settled."""
    assert of(*events).ending(UNTIL, TERM) is ending


def test_the_last_switch_before_the_post_has_failed() -> None:
    """Of two that were settled, the one after which the customer came back failed; the other held."""
    events = [*climbed("resolved"), *climbed("resolved", 200, 10, 2), post(400)]
    assert [hop.failed for hop in told(*events).hops] == [False, True]


def test_the_brief_counts_before_the_first_try_only() -> None:
    """Read before the first try: kept. Read after it, or for the switch before: not."""
    read, offered, tried = event("brief_opened", 4), switch("offered", 0), switch("attempted", 5)
    assert of(offered, read, tried).read_before
    assert of(read, switch("attempted", 5)).read_before
    assert not of(offered, tried, event("brief_opened", 6), switch("attempted", 9)).read_before
    dropped = switch("dropped", 6, reason="wrong_number")
    again = told(offered, read, tried, dropped, switch("offered", 7, 2), switch("connected", 9, 2))
    assert [hop.read_before for hop in again.hops] == [True, False]


def test_a_history_that_names_no_switch() -> None:
    """Calls of before the ledger, and histories from which names were taken, are one switch until it is over."""
    bare = [
        event(f"switch_{name}", place) for place, name in enumerate(("offered", "connected", "completed", "closed"))
    ]
    assert [hop.to_channel for hop in told(*bare).hops] == ["voice"]
    assert len(told(*bare, event("switch_offered", 9)).hops) == 2
    assert len(told(event("switch_offered", 1), event("switch_dropped", 2), event("switch_offered", 3)).hops) == 2


def test_hops_are_counted_by_case() -> None:
    """Cases with one switch, with two, and none for those without."""
    stories = [told(), told(*climbed("offered")), told(*climbed("resolved"), *climbed("offered", 100, 1, 2))]
    assert hop_counts(stories) == {1: 1, 2: 1}


def test_the_score_is_what_its_formula_says() -> None:
    """A worked example: 16 of 25 held, 18 of 20 briefs read, 5 of 20 explained again."""
    made = score(Share.of_counts(16, 25), Share.of_counts(18, 20), Share.of_counts(5, 20))
    assert made.value == pytest.approx(100 * (0.64**2 * 0.9 * 0.75) ** 0.25)
    assert made.parts == ("held", "context_kept", "not_again")


def test_a_part_that_nobody_knows_is_left_out() -> None:
    """Nine answers say more of chance than of us; nine switches give no score at all, and none that held gives 0."""
    few = Share.of_counts(9, 9)
    assert score(Share.of_counts(16, 25), few, few).value == pytest.approx(64)
    assert score(few, Share.of_counts(20, 20), few).value is None
    assert score(Share.of_counts(0, 25), Share.of_counts(20, 20), few).value == 0


def test_the_target_is_the_share_that_held() -> None:
    """What failed or was lost is against it; what is under way, young, or was not needed is in neither."""
    dropped = switch("dropped", 90, reason="declined")
    spared = switch("dropped", 90, reason="not_needed")
    cases = [climbed("resolved"), [*climbed("resolved"), post(99)], [*climbed("offered"), dropped]]
    made = measured(*cases, [*climbed("offered"), spared], climbed("opened"), wanted=0.5)
    assert (made.held.of.hits, made.held.of.size, made.held.enough) == (1, 3, False)
    assert (made.failed.hits, made.failed.size) == (1, 2)


def test_who_says_that_they_explained_it_again() -> None:
    """Of the customers who took this way and said so."""
    said = tuple(
        Answers(f"c{number}", "x", "voice", True, 5, 9, again) for number, again in enumerate((True, False, None))
    )
    made = measured(climbed("resolved"), answers=said)
    assert (made.explained_again.hits, made.explained_again.size) == (1, 2)


@given(st.lists(st.tuples(st.sampled_from([*LADDER, Stage.DROPPED]), st.integers(1, 3)), max_size=30))
def test_the_funnel_only_narrows(steps: list[tuple[Stage, int]]) -> None:
    """Whatever the ledger holds, no stage is reached by more than the one below it, and every switch ends once."""
    events = [switch(stage, place, number) for place, (stage, number) in enumerate(steps)]
    hops = told(*events).hops
    made = funnel(("", ""), hops, (), UNTIL, TERM, {})
    assert all(lower.reached >= upper.reached for lower, upper in pairwise(made.rungs))
    assert sum(made.endings.values()) == made.switches == len({number for _, number in steps})
    assert all(0 <= rung.skipped <= rung.reached for rung in made.rungs)
