"""The ladder of a change of channel, as values."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from models.events import EventType
from models.switch import ENDED, EVENTS, GIVEN_UP, LADDER, Drop, Stage, Step, step, took
from tests.build import NOW


def test_the_next_stage_is_free_and_no_other() -> None:
    """From every stage to every stage: only the next one and the same one need no reason."""
    free = {(here, there) for here in LADDER for there in LADDER if not step(here, there).needs_reason}
    nexts = set(pairwise(LADDER))
    assert free == nexts | {(stage, stage) for stage in LADDER}


def test_a_step_says_what_it_leaves_out() -> None:
    """The stages between, in their order; backwards and again are said as such."""
    assert step(Stage.OFFERED, Stage.ATTEMPTED) == Step((Stage.OPENED, Stage.ACCEPTED))
    assert step(Stage.ATTEMPTED, Stage.OFFERED) == Step(back=True)
    assert step(Stage.ATTEMPTED, Stage.ATTEMPTED) == Step(again=True)


@pytest.mark.parametrize("pair", [(Stage.DROPPED, Stage.OFFERED), (Stage.OFFERED, Stage.DROPPED)])
def test_dropped_is_no_place_on_the_ladder(pair: tuple[Stage, Stage]) -> None:
    """Nothing leads there or away from there by a step."""
    with pytest.raises(ValueError, match="open another one"):
        step(*pair)


def test_every_stage_has_an_event_of_its_own() -> None:
    """The history can tell each from each, and knows no other of a switch."""
    assert set(EVENTS) == set(Stage)
    assert sorted(EVENTS.values()) == sorted(one for one in EventType if one.startswith("switch_"))


def test_what_has_ended_and_what_is_given_up() -> None:
    """A switch that was not needed, or whose place another took, forbids no call."""
    assert {Stage.RESOLVED, Stage.CLOSED, Stage.DROPPED} == ENDED
    assert set(Drop) - GIVEN_UP == {Drop.NOT_NEEDED, Drop.SUPERSEDED}


def test_no_stage_lasts_less_than_no_time() -> None:
    """However a clock jumped between its ends."""
    assert took(NOW, NOW + timedelta(minutes=3)) == timedelta(minutes=3)
    assert took(NOW, NOW - timedelta(days=3)) == timedelta()
