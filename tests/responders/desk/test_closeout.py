"""The line that ends a visible thread: offered, sent once, said by hand, and all that can stand in its way."""

from __future__ import annotations

import pytest

from models.case import CaseState
from models.decision import Kind
from models.form import Form, Said, Wrong
from models.press import Verb
from models.store import Store, effects
from models.vault import new_key
from responders.desk import closeout
from tests.responders.desk.bench import BEN, LEA, Bench


@pytest.fixture
def bench(store: Store, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A desk with a key and a page."""
    monkeypatch.setenv("CALLBACK_KEY", new_key())
    return Bench(store, callback={"key": {"env": "CALLBACK_KEY"}, "url": "https://care.example.com"})


@pytest.mark.parametrize("reason", ["called", "elsewhere"])
async def test_what_is_settled_elsewhere_is_offered_to_be_closed_in_public(bench: Bench, reason: str) -> None:
    """The form holds the reviewed line, and the link under which the customer says how it went."""
    await bench.opened()
    form = await bench.press(Verb.RESOLVED, reason=reason)
    assert isinstance(form, Form)
    assert form.submit is Verb.CLOSED_OUT
    ((shown, link),) = form.links
    assert shown == link
    assert link.startswith(f"https://care.example.com/s/{bench.case.code}-")
    assert bench.card().closing == "due"
    again = await bench.press(Verb.CLOSE_OUT)
    assert isinstance(again, Form)
    assert again.fields == form.fields


@pytest.mark.parametrize("reason", ["answered", "by_itself"])
async def test_what_ended_in_public_needs_no_closing_line(bench: Bench, reason: str) -> None:
    """Nobody is asked, and none is taken."""
    await bench.opened()
    assert await bench.press(Verb.RESOLVED, reason=reason) is None
    assert bench.card().closing == ""
    assert await bench.press(Verb.CLOSED_OUT, how="send", text="Bye.") == Said(closeout.STATES[""])
    assert bench.waiting(Kind.REPLY) == []


async def test_a_case_has_one_closing_line(bench: Bench) -> None:
    """A second one, or one by hand after it, is told that there is one; it does not stand in the way of an answer."""
    await bench.opened()
    await bench.press(Verb.RESOLVED, reason="called")
    assert await bench.press(Verb.CLOSED_OUT, how="send", text="All is well now.") is None
    for how in ("send", "hand"):
        answer = await bench.press(Verb.CLOSED_OUT, BEN, how=how, text="Again.")
        assert answer == Said(closeout.STATES["waiting"])
    assert len(bench.waiting(Kind.REPLY)) == 1
    assert bench.case.state is CaseState.RESOLVED


async def test_a_line_by_hand_ends_it_too(bench: Bench) -> None:
    """Nothing is sent; the ledger says that it is closed."""
    await bench.opened()
    await bench.press(Verb.RESOLVED, reason="called")
    assert await bench.press(Verb.CLOSED_OUT, how="hand") is None
    assert bench.waiting(Kind.REPLY) == []
    assert bench.ledger()[-1] == "closed"
    assert bench.card().closing == "by_hand"


async def test_a_line_that_was_not_posted_may_be_sent_again(bench: Bench) -> None:
    """The card says that it failed; the case stays resolved, and another line takes its place."""
    await bench.opened()
    await bench.press(Verb.RESOLVED, reason="called")
    await bench.press(Verb.CLOSED_OUT, how="send", text="All is well now.")
    message = bench.store.do(effects.claim, "telegram", bench.clock())
    assert message
    bench.store.do(effects.reject, message, "rejected", "the post is gone", [], bench.clock())
    assert (bench.card().closing, bench.case.state) == ("failed", CaseState.RESOLVED)
    assert await bench.press(Verb.CLOSED_OUT, how="send", text="All is well now.") is None
    bench.send_all("telegram")
    assert bench.card().closing == "sent"


async def test_where_the_account_may_not_answer_the_line_is_written_by_hand(store: Store) -> None:
    """The form says why, shows the line and where to write it, and offers nothing to send."""
    bench = Bench(store, channels={"telegram": {"reply_with": ""}})
    await bench.opened()
    form = await bench.press(Verb.RESOLVED, reason="called")
    assert isinstance(form, Form)
    assert [field.name for field in form.fields] == ["how"]
    assert [value for value, _ in form.fields[0].choices] == ["hand"]
    assert "https://t.me/kestrelo_talk/7" in " ".join(form.intro)
    answer = await bench.press(Verb.CLOSED_OUT, how="send", text="Bye.")
    assert isinstance(answer, Wrong)
    assert bench.waiting(Kind.REPLY) == []


async def test_with_approval_only_the_reviewed_line_goes_out(store: Store) -> None:
    """Words of one's own need another's agreement, which this form does not ask for."""
    bench = Bench(store, desk={"approval": "other"})
    await bench.opened()
    form = await bench.press(Verb.RESOLVED, reason="called")
    assert isinstance(form, Form)
    answer = await bench.press(Verb.CLOSED_OUT, how="send", text="My own words.")
    assert isinstance(answer, Wrong)
    assert set(answer.faults) == {"text"}
    assert await bench.press(Verb.CLOSED_OUT, how="send", text=form.fields[1].value) is None


async def test_a_line_that_does_not_fit_or_is_held_stays_in_its_form(store: Store) -> None:
    """Nothing is queued, and what is wrong is said."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.RESOLVED, reason="called")
    for text in ("", "😀" * 2100):
        assert isinstance(await bench.press(Verb.CLOSED_OUT, how="send", text=text), Wrong)
    await bench.say("pause", LEA)
    held = await bench.press(Verb.CLOSED_OUT, how="send", text="Bye.")
    assert isinstance(held, Wrong)
    assert "held" in held.faults["how"]
    assert bench.waiting(Kind.REPLY) == []
