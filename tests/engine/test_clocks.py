"""The clocks of the change of channel: what they find due, and that a second look at the same moment adds nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.calendar import EVERY
from engine.clocks import Clocks
from models.case import Resolution
from models.decision import Arm
from models.store import Store, casework, effects, privacy, winbacks
from models.switch import Drop, Stage
from responders.rules import rules_from
from tests.build import settings
from tests.models.store.desk import ANA, CARD, case, shown
from tests.models.store.reaching import CALLBACK, given, sealed, switch
from tests.models.store.steps import CASE, LATER, claimed
from tests.models.store.test_surveys import ASKING, DUE, POST
from tests.responders.situations import templates
from tests.stores import one, rows


async def tick(store: Store, name: str, now: datetime, **toml: Any) -> None:
    """A clock strikes twice at the same moment."""
    chosen = settings(**toml)
    clocks = Clocks(chosen, store, [], rules_from(chosen, templates()), lambda wakes: None, None, lambda: now)
    for _ in range(2):
        await clocks.handle(name)


async def test_surveys_are_asked_once(store: Store) -> None:
    """The clock queues the question of a case that is due."""
    shown(store, **POST)
    store.do(casework.resolve, CASE.id, ANA, Resolution.ANSWERED, "", LATER)
    await tick(store, "surveys", DUE, **ASKING)
    assert rows(store, "SELECT kind, target FROM effect WHERE sink = 'bot'") == [("survey", "-100:7")]


async def test_numbers_go_at_the_end_of_their_term(store: Store) -> None:
    """Though the case is still open, the number is erased, and the switch that waited for it has expired."""
    shown(store)
    given(store)
    at = LATER + CALLBACK.keep_number
    await tick(store, "numbers", at - timedelta(seconds=1))
    assert sealed(store) != [""]
    await tick(store, "numbers", at)
    assert sealed(store) == [""]
    assert (switch(store).stage, switch(store).drop) == (Stage.DROPPED, Drop.EXPIRED)
    assert one(store, "SELECT count(*) FROM case_event WHERE type = 'contact_erased'") == 1


async def test_a_switch_that_nobody_moves_expires(store: Store) -> None:
    """After as long as a code lives, what was only recommended is dropped, and the history has it once."""
    shown(store)
    assert switch(store).live
    at = switch(store).moved_at + CALLBACK.code_lasts
    await tick(store, "switches", at - timedelta(seconds=1))
    assert switch(store).live
    await tick(store, "switches", at)
    assert (switch(store).stage, switch(store).drop) == (Stage.DROPPED, Drop.EXPIRED)
    assert one(store, "SELECT count(*) FROM case_event WHERE type = 'switch_dropped'") == 1


async def test_it_is_asked_under_the_card_whether_somebody_stayed(store: Store) -> None:
    """When its time has come, the holder is asked once."""
    shown(store)
    store.do(casework.claim, CASE.id, ANA, LATER)
    due = LATER + timedelta(days=14)
    assert store.do(winbacks.open, CASE.id, Arm.OFFERED, LATER, due)
    while (message := store.do(effects.claim, case(store).sink, LATER)) is not None:
        store.do(effects.sent, message, CARD, LATER)
    await tick(store, "winback", due - timedelta(seconds=1))
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'note'") == 0
    await tick(store, "winback", due)
    question = claimed(store, now=due)
    assert CASE.code in question.body["text"]
    assert question.body["mention"] == ["U1"]
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'note'") == 1


async def test_nobody_asks_about_who_was_forgotten(store: Store) -> None:
    """The lane goes on with the others: a case that knows nobody any more does not stay at its head."""
    shown(store)
    due = LATER + timedelta(days=14)
    store.do(winbacks.open, CASE.id, Arm.OFFERED, LATER, due)
    assert len(store.do(winbacks.due, due)) == 1
    store.do(privacy.forget, "x", "anna_l", LATER)
    assert store.do(winbacks.due, due) == []
    await tick(store, "winback", due + timedelta(days=90))


@pytest.mark.parametrize("name", sorted(EVERY))
async def test_every_clock_has_its_work(store: Store, name: str) -> None:
    """What the calendar strikes is known, and does nothing where there is nothing to do."""
    await tick(store, name, LATER)
    assert one(store, "SELECT count(*) FROM effect") == 0
