"""The sender: each message once, in its order, at a pace that the sink bears, and no failure in silence."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from models.decision import Kind, Message
from models.errors import AuthFailed, RateLimited, Refused, Unavailable
from models.store import Store, controls, effects
from tests.build import NOW
from tests.responders.sink import REPLY, Sink
from tests.stores import rows


@pytest.fixture
def sink(store: Store) -> Sink:
    """On SQLite and on PostgreSQL."""
    return Sink(store)


async def test_a_message_is_sent_once(sink: Sink) -> None:
    """What was carried out is settled with its receipt and never sent again, not even by another sender."""
    sink.queue()
    assert await sink.send() is None
    sink.restart()
    assert await sink.send() is None
    assert sink.keys() == ["key-alert"]
    assert rows(sink.store, "SELECT state, receipt, url, attempt FROM effect") == [
        ("sent", "ref-1", "https://sink.example/1", 1)
    ]


async def test_the_gravest_goes_first(sink: Sink) -> None:
    """Messages go out by priority, and by age within one."""
    for key, priority in (("b", 10), ("a", 10), ("grave", 90)):
        sink.queue(key=key, priority=priority)
        sink.clock.forward(seconds=1)
    await sink.send()
    assert sink.keys() == ["grave", "b", "a"]


async def test_an_unavailable_sink_is_tried_again_later(sink: Sink) -> None:
    """What was certainly not carried out waits, the sink rests with all its messages, and then all goes out."""
    sink.queue(key="a", priority=1)
    sink.queue(key="b")
    sink.script(Unavailable("no route"))
    pause = await sink.send()
    assert pause
    assert timedelta(seconds=0.5) <= pause <= timedelta(seconds=2)
    assert await sink.send() == pause
    assert sink.keys() == ["a"]
    assert sink.states() == {"a": "pending", "b": "pending"}
    sink.clock.forward(seconds=2)
    assert await sink.send() is None
    assert (sink.keys(), set(sink.states().values())) == (["a", "a", "b"], {"sent"})
    assert not any(one.possible_duplicate for one in sink.responder.sent)


async def test_the_pauses_grow_and_end_somewhere(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """With each failure the longest pause doubles, up to five minutes, for as long as the sink is away."""
    monkeypatch.setattr("random.uniform", lambda shortest, longest: longest)
    sink.queue()
    sink.script(*[Unavailable("away")] * 12)
    pauses = []
    for _ in range(12):
        pause = await sink.send()
        assert pause
        pauses.append(pause.total_seconds())
        sink.clock.forward(seconds=300)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    assert await sink.send() is None
    assert sink.states() == {"key-alert": "sent"}


@pytest.mark.parametrize(
    ("asked", "rest"), [(7, 7), (0, 1), (-3, 1), (1e9, 900), (float("inf"), 900), (float("nan"), 1)]
)
async def test_a_rate_limit_is_obeyed_within_reason(sink: Sink, asked: float, rest: float) -> None:
    """The sink rests as long as it asks for, at least a second and at most a quarter of an hour."""
    sink.queue()
    sink.script(RateLimited("slow down", asked))
    assert await sink.send() == timedelta(seconds=rest)
    sink.clock.forward(seconds=rest)
    assert await sink.send() is None


async def test_a_rate_limit_without_a_time_is_an_ordinary_pause(sink: Sink) -> None:
    """Where the sink does not say how long, the pause is that of any failure."""
    sink.queue()
    sink.script(RateLimited("slow down"))
    pause = await sink.send()
    assert pause
    assert pause <= timedelta(seconds=2)


async def test_a_bad_credential_rests_five_minutes(sink: Sink) -> None:
    """A sink that refuses the credential rests five minutes; nothing is lost, and the operator is told once."""
    sink.queue()
    sink.script(AuthFailed("revoked"), AuthFailed("revoked"))
    for _ in range(2):
        assert await sink.send() == timedelta(minutes=5)
        assert sink.states() == {"key-alert": "pending"}
        assert sink.told() == ['{"text": "team sends nothing: revoked"}']
        sink.clock.forward(minutes=5)
    await sink.send()
    assert sink.states() == {"key-alert": "sent"}


async def test_a_refusal_is_told_to_people(sink: Sink) -> None:
    """What will never be accepted is not tried again: people are told, and the others go on."""
    sink.queue(key="a", priority=1)
    sink.queue(key="b")
    sink.script(Refused("the channel is archived"))
    assert await sink.send() is None
    assert sink.states() == {"a": "rejected", "b": "sent"}
    assert any("the channel is archived" in told for told in sink.told())
    assert ("send", "console") in sink.woken


async def test_a_card_that_finds_no_other_place_is_not_given_up(sink: Sink) -> None:
    """A refused card that nobody else takes is told and tried again now and then: people may mend the channel."""
    sink.queue(brand="")
    sink.script(Refused("the bot is not in the channel"))
    assert await sink.send() == timedelta(minutes=15)
    assert sink.states() == {"key-alert": "pending"}
    assert any("not in the channel" in told for told in sink.told())
    sink.clock.forward(minutes=15)
    await sink.send()
    assert sink.states() == {"key-alert": "sent"}


async def test_a_refused_card_holds_up_nobody(sink: Sink) -> None:
    """The cards behind a refused one go out at once."""
    sink.queue(key="a", brand="", priority=1)
    sink.queue(key="b", brand="")
    sink.script(Refused("no such channel"))
    await sink.send()
    assert sink.states() == {"a": "pending", "b": "sent"}


async def test_a_refused_reply_is_given_to_the_team(sink: Sink) -> None:
    """A public reply that the platform refuses reaches the team with its draft."""
    sink.queue(Kind.REPLY)
    sink.script(Refused("the post is gone"))
    await sink.send()
    (told,) = sink.told()
    assert "the post is gone" in told
    assert REPLY["text"] in told


async def test_a_reply_that_is_too_late_is_given_to_people(sink: Sink) -> None:
    """A reply whose time is over is not sent, and the team gets its draft."""
    sink.queue(Kind.REPLY, expires_at=NOW + timedelta(minutes=15))
    sink.clock.forward(minutes=15)
    assert await sink.send() is None
    assert (sink.keys(), sink.states()) == ([], {"key-reply": "expired"})
    assert "too late" in sink.told()[0]


async def test_a_reply_in_time_is_sent(sink: Sink) -> None:
    """A second before its time is over a reply still goes out."""
    sink.queue(Kind.REPLY, expires_at=NOW + timedelta(minutes=15))
    sink.clock.forward(minutes=14, seconds=59)
    await sink.send()
    assert sink.states() == {"key-reply": "sent"}


async def test_a_kind_that_the_sink_cannot_carry_is_given_to_people(sink: Sink) -> None:
    """A message that its responder does not know is not sent, and people are told which and why."""
    sink.responder.kinds = frozenset({Kind.REPLY})
    sink.queue(Kind.NOTICE, purpose="could-not-decide")
    await sink.send()
    assert (sink.keys(), sink.states()) == ([], {"key-notice": "rejected"})
    assert "team cannot send a notice" in sink.told()[0]


async def test_a_stop_is_heard_between_two_messages(sink: Sink) -> None:
    """Told to stop in mid-send, the sender settles what it has in hand and leaves the rest."""
    sink.queue(key="a", priority=1)
    sink.queue(key="b")
    sink.responder.meanwhile = sink.stopping.set
    assert await sink.send() is None
    assert sink.states() == {"a": "sent", "b": "pending"}


async def test_a_pause_holds_from_the_next_message_on(sink: Sink) -> None:
    """A pause of everything holds the very next message, is looked at every second, and ends with resume."""
    for key in ("a", "b"):
        sink.queue(key=key, priority=key == "a")
    sink.responder.meanwhile = lambda: sink.store.do(controls.pause, True, None, sink.clock())
    assert await sink.send() == timedelta(seconds=1)
    assert sink.states() == {"a": "sent", "b": "pending"}
    sink.store.do(controls.resume, sink.clock())
    assert ("send", "team") in sink.woken
    sink.responder.meanwhile = lambda: None
    assert await sink.send() is None
    assert sink.states() == {"a": "sent", "b": "sent"}


async def test_a_pause_of_replies_lets_alerts_go(sink: Sink) -> None:
    """With public replies held, alerts still go out."""
    sink.queue(Kind.REPLY, priority=9)
    sink.queue(Kind.ALERT)
    sink.store.do(controls.pause, False, None, sink.clock())
    assert await sink.send() == timedelta(seconds=1)
    assert sink.states() == {"key-reply": "pending", "key-alert": "sent"}


async def test_a_pause_that_ends_by_itself_is_not_overslept(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause with an end is looked at until it is over, even if that falls just after the claim."""
    claim = effects.claim

    def slow(session: Session, name: str, now: datetime) -> Message | None:
        found = claim(session, name, now)
        sink.clock.forward(seconds=1)
        return found

    monkeypatch.setattr(effects, "claim", slow)
    sink.queue()
    sink.store.do(controls.pause, True, NOW + timedelta(seconds=30), NOW)
    sink.clock.forward(seconds=29.5)
    assert await sink.sender.send("team") is not None
    assert await sink.send() is None
    assert sink.states() == {"key-alert": "sent"}


async def test_a_failed_notice_is_the_end_of_it(sink: Sink) -> None:
    """A notice to the operator that is refused makes no other notice."""
    sink.queue(Kind.NOTICE, purpose="notice")
    sink.script(Refused("no such channel"))
    assert await sink.send() is None
    assert (sink.states(), sink.told()) == ({"key-notice": "rejected"}, [])


async def test_trouble_is_said_once_and_its_end_once(sink: Sink, caplog: pytest.LogCaptureFixture) -> None:
    """However often a sink fails, the log has one line when it goes down and one when it is back; never a text."""
    caplog.set_level("INFO")
    sink.queue(Kind.REPLY)
    sink.script(*[Unavailable("away")] * 4)
    for _ in range(5):
        await sink.send()
        sink.clock.forward(minutes=5)
    lines = [record.message for record in caplog.records if record.name == "overheard.send"]
    assert lines == ["cannot send", "recovered", "sent"]
    assert "zebra" not in caplog.text + str([vars(record) for record in caplog.records])


async def test_one_sink_leaves_anothers_messages_alone(sink: Sink) -> None:
    """A sender takes only what is its own."""
    sink.queue(key="mine")
    sink.queue(key="theirs", sink="console")
    await sink.send()
    assert sink.keys() == ["mine"]


async def test_a_rest_ends_when_the_clock_jumps_back(sink: Sink) -> None:
    """A sink that rested when the clock went back two hours goes on at once."""
    sink.queue()
    sink.script(Unavailable("away"))
    sink.clock.forward(hours=2)
    await sink.send()
    sink.clock.forward(hours=-2)
    assert await sink.send() is None
    assert sink.states() == {"key-alert": "sent"}
