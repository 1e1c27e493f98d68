"""Keeps Slack's Socket Mode connection alive: opens it, renews it without a gap, and hands on what comes through.

It reads no payload. https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from aiohttp import ClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from responders.slack.web import SlackWeb

log = logging.getLogger("overheard.press")
# The SDK writes whole payloads at DEBUG, and addresses with tickets where it fails; we say ourselves what happened.
_mute = logging.getLogger("overheard.slack_sdk.socket")
_mute.setLevel(logging.CRITICAL + 1)

PING = 5.0
"""Seconds between two signs of life; after half of that without an answer the connection is dead."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Something that happened in Slack. It must be acknowledged within three seconds, on the line that it came by."""

    kind: str
    payload: Mapping[str, Any] = field(repr=False)
    line: Line = field(repr=False)
    id: str = ""

    async def ack(self, payload: Mapping[str, Any] | None = None) -> bool:
        """Say that we have it; with ``payload`` answer it too. False where the line died first."""
        said: dict[str, Any] = {"envelope_id": self.id} | ({"payload": payload} if payload is not None else {})
        try:
            await self.line.send_socket_mode_response(said)
        except (ClientError, OSError, RuntimeError, AttributeError, TimeoutError) as error:
            # AttributeError: the SDK's line has no session any more.
            log.warning("not acknowledged", extra={"action": "ack", "kind": self.kind, "error": type(error).__name__})
            return False
        return True


class Line(SocketModeClient):
    """One connection for one address.

    The SDK's own reconnecting is never used: it tries an address that is used up for ever, and closes the old line
    before the new one is there.
    """

    def __init__(self, app_token: str, url: str, on_envelope: Callable[[Envelope], None]) -> None:
        super().__init__(app_token=app_token, logger=_mute, auto_reconnect_enabled=False, ping_interval=PING)
        self.wss_uri = url
        if proxy_bypass(urlsplit(url).hostname or ""):
            self.proxy = None
        self.news = asyncio.Event()
        self.greeted = False
        self.over = ""
        """Why Slack ends it; it may still deliver for some seconds."""
        self._on_envelope = on_envelope

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        """Take a frame; the SDK calls this for each."""
        kind, number = message.get("type"), message.get("envelope_id")
        if kind == "hello":
            self.greeted = True
            self.news.set()
        elif kind == "disconnect":
            self.over = str(message.get("reason") or "disconnect")[:60]
            self.news.set()
        elif isinstance(number, str) and number:
            payload = message.get("payload")
            known = payload if isinstance(payload, dict) else {}
            self._on_envelope(Envelope(str(kind)[:40], known, self, number))


class SlackSocket:
    """Presses from one Slack app. ``tell`` hears of an outage once, in words for the operator."""

    LINGER, CONNECT, PULSE = 5.0, 15.0, 1.0
    """Seconds that a replaced line is kept, that a new one may take, and between two looks at it."""
    SHORT, FIRST_PAUSE, LONGEST_PAUSE = 10.0, 1.0, 60.0
    """A line that lived for less counts as a failure; the pause after a failure doubles from first to longest."""
    PATIENCE = 3
    """Failures before somebody is told; a wrong token is told at once."""

    def __init__(
        self,
        opener: SlackWeb,
        on_envelope: Callable[[Envelope], None],
        tell: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._opener = opener
        self._on_envelope = on_envelope
        self._tell = tell
        self._lines: set[Line] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._told = False
        self.connected = False

    async def run(self) -> None:
        """Until cancelled; then every line is closed."""
        try:
            while True:
                await self._live()
        finally:
            self.connected = False
            for task in self._closing:
                task.cancel()
            await asyncio.gather(*map(self._close, tuple(self._lines)))

    async def _live(self) -> None:
        """One line from its opening to the moment when another is needed."""
        try:
            line = await self._dial()
        except EdgeError as error:
            await self._failed(error)
            return
        loop = asyncio.get_running_loop()
        began, self.connected = loop.time(), line.greeted
        if line.greeted:
            log.info("connected", extra={"action": "connect"})
        for old in self._lines - {line}:
            self._retire(old)
        await self._until_over(line)
        log.info("line over", extra={"action": "connect", "why": line.over or "lost"})
        self.connected = bool(line.over)
        if line.over in ("", "too_many_websockets", "link_disabled"):
            await self._close(line)
        if line.over == "link_disabled":
            await self._failed(AuthFailed("Socket Mode was switched off; switch it on under Socket Mode of the app"))
        elif line.over == "too_many_websockets":
            await self._failed(Unavailable("the app has ten connections already; end other processes that use it"))
        elif loop.time() - began < self.SHORT:
            await self._failed(Unavailable("Slack ends every connection at once"))
        else:
            self._failures, self._told = 0, False

    async def _dial(self) -> Line:
        """A line that Slack has greeted, or has ended at once."""
        answer = await self._opener.write("apps.connections.open", "")
        line = Line(self._opener.token, str(answer.get("url") or ""), self._on_envelope)
        self._lines.add(line)
        try:
            async with asyncio.timeout(self.CONNECT):
                await line.connect()  # type: ignore[no-untyped-call]
                await line.news.wait()
        except TimeoutError:
            await self._close(line)
            raise Unavailable("Slack's socket did not answer; check the network and any proxy") from None
        line.news.clear()
        return line

    async def _until_over(self, line: Line) -> None:
        while not line.over:
            try:
                async with asyncio.timeout(self.PULSE):
                    await line.news.wait()
                    line.news.clear()
            except TimeoutError:
                if not await line.is_connected():
                    return

    async def _failed(self, error: EdgeError) -> None:
        """Rest; tell somebody when it lasts."""
        self._failures += 1
        why = str(error)
        log.warning("no connection", extra={"action": "connect", "why": why[:200], "failures": self._failures})
        if self._tell and not self._told and (isinstance(error, AuthFailed) or self._failures >= self.PATIENCE):
            self._told = True
            await self._tell(f"Buttons and commands in Slack do nothing at the moment: {why}")
        await asyncio.sleep(self._pause(error))

    def _pause(self, error: EdgeError) -> float:
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return min(max(error.retry_after, self.FIRST_PAUSE), 900.0)
        longest: float = min(self.LONGEST_PAUSE, self.FIRST_PAUSE * 2 ** min(self._failures, 10))
        return random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret

    def _retire(self, line: Line) -> None:
        """Close a replaced line after what it still brings."""

        async def later() -> None:
            await asyncio.sleep(self.LINGER)
            await self._close(line)

        task = asyncio.create_task(later())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _close(self, line: Line) -> None:
        self._lines.discard(line)
        try:
            # Slack may leave the closing handshake unanswered.
            async with asyncio.timeout(2):
                await line.close()  # type: ignore[no-untyped-call]
        except (TimeoutError, ClientError, OSError) as error:
            log.debug("line not closed in order", extra={"action": "connect", "error": type(error).__name__})
        finally:
            for task in (line.message_processor, line.current_session_monitor, line.message_receiver):
                if task is not None:
                    task.cancel()
            if not line.aiohttp_client_session.closed:
                await line.aiohttp_client_session.close()
