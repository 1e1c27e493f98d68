"""The line to Slack: it comes up, is renewed without a gap, survives every way of dying, and acknowledges in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from responders.slack.socket_mode import Envelope, SlackSocket
from responders.slack.web import SlackWeb
from tests.counterparts.slack_socket import Bridge, NotAcked
from tests.responders.slack import quick as quick_pauses
from tests.responders.slack.payloads import button

TOLD = "Buttons and commands in Slack do nothing"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience with a machine that is busy, and pauses that a test can wait for."""
    quick_pauses.line(monkeypatch)


class Taker:
    """Takes envelopes, and acknowledges them at once unless it is told not to."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.told: list[str] = []
        self.acks = True
        self.tasks: set[asyncio.Task[bool]] = set()

    def take(self, envelope: Envelope) -> None:
        self.taken.append(envelope)
        if self.acks:
            task = asyncio.create_task(envelope.ack())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def tell(self, text: str) -> None:
        self.told.append(text)


@asynccontextmanager
async def running(bridge: Bridge, taker: Taker, token: str = "") -> AsyncIterator[SlackSocket]:
    """The socket at work; afterwards no line is left open."""
    opener = SlackWeb(token or bridge.app_token, bridge.base_url, 60)
    line = SlackSocket(opener, taker.take, taker.tell)
    task = asyncio.create_task(line.run())
    try:
        yield line
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await opener.aclose()
        await bridge.until(lambda: not bridge.lines)


@pytest.fixture
async def taker() -> Taker:
    """Nothing taken yet."""
    return Taker()


async def test_an_envelope_is_taken_and_acknowledged(slack_socket: Bridge, taker: Taker) -> None:
    """What Slack pushes arrives whole, and its acknowledgement names it."""
    async with running(slack_socket, taker) as line:
        await slack_socket.connected()
        acked = await slack_socket.deliver("interactive", button())
        assert acked.payload is None
        assert [(one.kind, one.payload) for one in taker.taken] == [("interactive", button())]
        assert line.connected
    assert not line.connected


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_a_line_is_renewed_before_the_old_one_ends(slack_socket: Bridge, taker: Taker, reason: str) -> None:
    """Slack recycles lines every few hours: the new one is up while the old one still delivers."""
    async with running(slack_socket, taker):
        await slack_socket.connected()
        await slack_socket.disconnect(reason)
        await slack_socket.connected(2)
        for number in sorted(slack_socket.lines):
            assert (await slack_socket.deliver("interactive", button(), line=number)).line == number
        await slack_socket.until(lambda: len(slack_socket.lines) == 1)
        assert (await slack_socket.deliver("interactive", button())).line == 2
    assert len(taker.taken) == 3
    assert taker.told == []


async def test_a_line_that_slack_closes_at_once_is_replaced(slack_socket: Bridge, taker: Taker) -> None:
    """A disconnect frame with the end right behind it costs one new connection."""
    async with running(slack_socket, taker):
        await slack_socket.connected()
        await slack_socket.disconnect("refresh_requested", close=True)
        await slack_socket.until(lambda: 2 in slack_socket.lines)
        await slack_socket.deliver("interactive", button(), line=2)


async def test_a_line_that_breaks_is_replaced(slack_socket: Bridge, taker: Taker) -> None:
    """A reset without a word is noticed and mended."""
    async with running(slack_socket, taker):
        await slack_socket.connected()
        await slack_socket.drop()
        await slack_socket.connected()
        await slack_socket.deliver("interactive", button())
    assert slack_socket.opened == 2


async def test_too_many_lines_are_not_made_more(slack_socket: Bridge, taker: Taker) -> None:
    """Where Slack counts ten lines already, ours is given up before the next is tried, and somebody hears of it."""
    async with running(slack_socket, taker):
        await slack_socket.connected()
        for number in range(1, 4):
            await slack_socket.disconnect("too_many_websockets")
            await slack_socket.until(lambda number=number: list(slack_socket.lines) == [number + 1])
    assert len(taker.told) <= 1


async def test_an_outage_is_waited_out(slack_socket: Bridge, taker: Taker) -> None:
    """Every failure to open a line is followed by another try; after the third somebody is told, once."""
    refusal = (500, {"ok": False, "error": "internal_error"}, {})
    slack_socket.refusals = [refusal] * 6
    async with running(slack_socket, taker):
        await slack_socket.connected()
    assert slack_socket.opened == 7
    [told] = taker.told
    assert told.startswith(TOLD)


async def test_a_wrong_app_token_is_told_at_once(slack_socket: Bridge, taker: Taker) -> None:
    """Nobody waits for three failures to hear that buttons are dead."""
    async with running(slack_socket, taker, "xoxb-not-an-app-token") as line:
        await slack_socket.until(lambda: bool(taker.told))
        assert not line.connected
    assert "wrong type" in taker.told[0]


async def test_socket_mode_switched_off_is_told(slack_socket: Bridge, taker: Taker) -> None:
    """The operator hears what to switch on, and the line comes back when it is."""
    async with running(slack_socket, taker):
        await slack_socket.connected()
        await slack_socket.disconnect("link_disabled", close=True)
        await slack_socket.until(lambda: 2 in slack_socket.lines)
    assert "switch it on" in taker.told[0]


async def test_the_pause_that_slack_asks_for_is_kept(slack_socket: Bridge, taker: Taker) -> None:
    """After Retry-After nothing is asked before its end."""
    slack_socket.refusals = [(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})]
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with running(slack_socket, taker):
        await slack_socket.connected()
        assert loop.time() - began >= 1


async def test_a_server_that_says_nothing_is_left(
    slack_socket: Bridge, taker: Taker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line without a hello is given up in bounded time and tried again."""
    monkeypatch.setattr(SlackSocket, "CONNECT", 0.3)
    slack_socket.silent = True
    async with running(slack_socket, taker):
        await slack_socket.until(lambda: slack_socket.opened >= 2)
        slack_socket.silent = False
        await slack_socket.connected()


@pytest.mark.parametrize(
    "text", ["not json", "{", "[]", "{}", '{"type": 7, "envelope_id": 9}', '{"type": null, "payload": 3}']
)
async def test_a_garbled_frame_harms_nothing(slack_socket: Bridge, taker: Taker, text: str) -> None:
    """The next envelope on the same line is taken."""
    async with running(slack_socket, taker):
        await slack_socket.connected()
        await slack_socket.frame(text)
        await slack_socket.deliver("interactive", button())
    assert slack_socket.opened == 1


async def test_an_envelope_without_a_payload_is_acknowledged(slack_socket: Bridge, taker: Taker) -> None:
    """Whatever Slack sends has its acknowledgement, even what the SDK itself would refuse."""
    async with running(slack_socket, taker):
        await slack_socket.connected()
        for payload in (None, [1], "words", {}):
            await slack_socket.deliver("interactive", payload)
    assert [one.payload for one in taker.taken] == [{}] * 4


async def test_an_acknowledgement_on_a_dead_line_is_no_error(slack_socket: Bridge, taker: Taker) -> None:
    """Where the line died in mid-action, that is known, and the next line takes over."""
    taker.acks = False
    async with running(slack_socket, taker):
        await slack_socket.connected()
        pending = asyncio.create_task(slack_socket.deliver("interactive", button(), seconds=2))
        await slack_socket.until(lambda: bool(taker.taken))
        await slack_socket.drop()
        assert await taker.taken[0].ack() is False
        with pytest.raises(NotAcked):
            await pending
        taker.acks = True
        await slack_socket.connected()
        await slack_socket.deliver("interactive", button())


async def test_no_log_holds_what_slack_sent(
    slack_socket: Bridge, taker: Taker, caplog: pytest.LogCaptureFixture
) -> None:
    """At the chattiest level neither payloads nor tickets nor tokens are written down."""
    caplog.set_level(logging.DEBUG)
    secret = button(message={"ts": "17.01", "text": "canary-words-of-a-customer"})
    async with running(slack_socket, taker):
        await slack_socket.connected()
        await slack_socket.deliver("interactive", secret)
        await slack_socket.frame("canary-garbage")
        await slack_socket.drop()
        await slack_socket.connected()
    assert "canary" not in caplog.text
    assert "ticket" not in caplog.text
    assert slack_socket.app_token not in caplog.text
    assert "canary" not in repr(taker.taken[0].line)
