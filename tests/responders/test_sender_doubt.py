"""What may have been carried out: an alert is sent again and says so, a public reply never is."""

from __future__ import annotations

import pytest

from models.decision import Kind, Receipt
from models.errors import AuthFailed, RateLimited, Refused, Unavailable, Unconfirmed
from models.store import Store
from tests.fakes.responder import Outcome
from tests.responders.sink import REPLY, Sink
from tests.stores import rows


@pytest.fixture
def sink(store: Store) -> Sink:
    """On SQLite and on PostgreSQL."""
    return Sink(store)


async def test_an_unconfirmed_alert_that_is_found_is_sent(sink: Sink) -> None:
    """An alert of which nobody knows is looked for, and if it is there it is not sent again."""
    sink.queue()
    sink.script(Unconfirmed("no answer"), finds=(Receipt("found-1"),))
    assert await sink.send() is None
    assert (sink.states(), ("reconcile", "team") in sink.woken) == ({"key-alert": "uncertain"}, True)
    assert await sink.reconcile() is None
    assert await sink.send() is None
    assert (sink.keys(), sink.states()) == (["key-alert"], {"key-alert": "sent"})
    assert rows(sink.store, "SELECT receipt FROM effect") == [("found-1",)]


@pytest.mark.parametrize("found", [None, Unconfirmed("it does not say"), Refused("it never says")])
async def test_an_unconfirmed_alert_that_is_not_found_is_sent_again(sink: Sink, found: Outcome) -> None:
    """An alert that cannot be found is sent again, and says that it may be a duplicate."""
    sink.queue()
    sink.script(Unconfirmed("no answer"), finds=(found,))
    await sink.send()
    await sink.reconcile()
    assert ("send", "team") in sink.woken
    assert await sink.send() is None
    assert [one.possible_duplicate for one in sink.responder.sent] == [False, True]
    assert sink.states() == {"key-alert": "sent"}


async def test_a_sink_that_never_confirms_gets_no_flood(sink: Sink) -> None:
    """An alert whose every try stays unconfirmed is tried with growing pauses, not as fast as the loop turns."""
    sink.queue()
    sink.script(*[Unconfirmed("no answer")] * 9, finds=(None,) * 9)
    for _ in range(60):
        await sink.send()
        await sink.reconcile()
        sink.clock.forward(seconds=1)
    assert 2 <= len(sink.keys()) <= 9


async def test_a_doubt_outlives_a_refusal_to_take_it(sink: Sink) -> None:
    """Once in doubt, an alert says so on every later try, also after one that certainly did not arrive."""
    sink.queue()
    sink.script(Unconfirmed("no answer"), Unavailable("away"))
    await sink.send()
    await sink.reconcile()
    await sink.send()
    sink.clock.forward(minutes=5)
    await sink.send()
    assert [one.possible_duplicate for one in sink.responder.sent] == [False, True, True]


@pytest.mark.parametrize("found", [None, Unconfirmed("it cannot tell"), Refused("it never tells")])
async def test_an_unconfirmed_reply_is_never_sent_again(sink: Sink, found: Outcome) -> None:
    """A public reply that cannot be found is given to a person and never sent a second time."""
    sink.queue(Kind.REPLY)
    sink.script(Unconfirmed("no answer"), finds=(found,))
    await sink.send()
    await sink.reconcile()
    for _ in range(3):
        sink.restart()
        sink.clock.forward(hours=1)
        assert await sink.send() is None
        assert await sink.reconcile() is None
    assert sink.keys() == ["key-reply"]
    assert sink.states() == {"key-reply": "needs_human"}
    (told,) = sink.told()
    assert "it may have been posted" in told
    assert REPLY["link"] in told


async def test_an_unconfirmed_reply_that_is_found_is_sent(sink: Sink) -> None:
    """A public reply that is found is settled, and nobody is bothered."""
    sink.queue(Kind.REPLY)
    sink.script(Unconfirmed("no answer"), finds=(Receipt("found-1"),))
    await sink.send()
    await sink.reconcile()
    assert (sink.states(), sink.told()) == ({"key-reply": "sent"}, [])


async def test_a_sink_that_cannot_be_asked_is_asked_later(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the sink cannot be asked the doubt stays, the pauses grow, and a bad credential rests five minutes."""
    monkeypatch.setattr("random.uniform", lambda shortest, longest: longest)
    sink.queue(Kind.REPLY)
    away = Unavailable("away")
    sink.script(Unconfirmed("no answer"), finds=(away, away, away, AuthFailed("revoked"), RateLimited("slow", 7), away))
    await sink.send()
    pauses = [await sink.reconcile() for _ in range(6)]
    assert [pause.total_seconds() for pause in pauses if pause] == [2, 4, 8, 300, 7, 64]
    assert sink.states() == {"key-reply": "uncertain"}
    assert await sink.reconcile() is None
    assert sink.states() == {"key-reply": "needs_human"}


async def test_a_defect_leaves_a_doubt(sink: Sink) -> None:
    """A responder that breaks says nothing about how far the message got, so the message is in doubt."""
    sink.queue(Kind.REPLY)
    sink.script(ZeroDivisionError("a defect"))  # type: ignore[arg-type]
    await sink.send()
    await sink.reconcile()
    assert (sink.keys(), sink.states()) == (["key-reply"], {"key-reply": "needs_human"})


async def test_a_stop_is_heard_between_two_questions(sink: Sink) -> None:
    """Told to stop, the sender asks about nothing more."""
    sink.queue()
    sink.script(Unconfirmed("no answer"))
    await sink.send()
    sink.stopping.set()
    assert await sink.reconcile() is None
    assert (sink.responder.asked, sink.states()) == ([], {"key-alert": "uncertain"})
