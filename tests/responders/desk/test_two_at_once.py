"""Two agents at the same moment, on two connections: one sees the number, one line closes the case."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from models.decision import Kind
from models.form import Form, Said
from models.press import Verb
from models.store import Store
from models.vault import new_key
from tests.responders.desk.bench import BEN, Bench
from tests.responders.desk.test_switching import NUMBER, on_the_page
from tests.stores import one, rows


@pytest.fixture
def bench(store: Store, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A desk with a key."""
    monkeypatch.setenv("CALLBACK_KEY", new_key())
    return Bench(store, callback={"key": {"env": "CALLBACK_KEY"}})


async def test_one_of_two_sees_the_number(bench: Bench) -> None:
    """Who comes second reads the brief, and who has the case."""
    await bench.opened()
    on_the_page(bench)
    twin = bench.twin()
    presses = bench.made(Verb.BRIEF), bench.made(Verb.BRIEF, BEN)
    answers = await asyncio.gather(bench.desk.handle(presses[0]), twin.handle(presses[1]))
    twin._store.close()
    forms = [answer for answer in answers if isinstance(answer, Form)]
    assert len(forms) == 2
    assert sorted(len(form.links) for form in forms) == [0, 1]
    assert Counter(what for what, _ in bench.events())["claimed"] == 1
    assert [who for what, who in bench.events() if what == "contact_shown"] == [bench.case.holder.id]  # type: ignore[union-attr]


async def test_two_lines_at_once_are_one(bench: Bench) -> None:
    """One is queued; the other person is told that it is on its way."""
    await bench.opened()
    await bench.press(Verb.RESOLVED, reason="called")
    twin = bench.twin()
    fields = {"how": "send", "text": "All is well now."}
    presses = bench.made(Verb.CLOSED_OUT, **fields), bench.made(Verb.CLOSED_OUT, BEN, **fields)
    answers = await asyncio.gather(bench.desk.handle(presses[0]), twin.handle(presses[1]))
    twin._store.close()
    assert sorted(isinstance(answer, Said) for answer in answers) == [False, True]
    assert len(bench.waiting(Kind.REPLY)) == 1


async def test_a_number_that_comes_while_the_case_is_closed_is_not_kept(bench: Bench) -> None:
    """Whichever of the two is first: no sealed number outlives its case."""
    await bench.opened()
    await bench.press(Verb.CLAIM)
    twin = bench.twin()
    giving = bench.made(Verb.GIVEN, address=NUMBER, agreed="en", when="any")
    closing = bench.made(Verb.RESOLVED, reason="by_itself")
    await asyncio.gather(bench.desk.handle(giving), twin.handle(closing))
    twin._store.close()
    assert not bench.case.live
    assert one(bench.store, "SELECT count(*) FROM contact WHERE sealed <> ''") == 0
    assert rows(bench.store, "SELECT stage FROM switch") == [("dropped",)]


async def test_an_outcome_for_a_case_that_was_dropped_meanwhile_is_told(bench: Bench) -> None:
    """Two agents: one writes down that they decline, the other that they were reached."""
    await bench.opened()
    on_the_page(bench)
    await bench.press(Verb.BRIEF)
    await bench.press(Verb.DECLINED)
    answer = await bench.press(Verb.CALL_ENDED, BEN, outcome="resolved")
    assert isinstance(answer, Said)
    assert "the customer does not want it" in answer.text
    assert bench.case.live
