"""One websocket to a Jetstream, kept open between polls. It holds nothing that the stream would not bring again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from listeners.bluesky.wire import EPOCH, LONGEST_FRAME, MICROSECOND, Place, address, read_moment_of, read_notice
from listeners.web.web import AGENT, retry_after
from models.errors import AuthFailed, RateLimited, Unavailable

if TYPE_CHECKING:
    from aiohttp import ClientSession, WSServerHandshakeError

HEARTBEAT = 20.0
"""Seconds between our own pings; who does not answer them is gone, though the line looks open."""
HOLE = 600 * 1_000_000
"""Microseconds after our place in which nothing was said; the whole network is never that quiet, so we missed it."""
GOODBYE = 1.0
"""Seconds that a server may take to say goodbye."""


class _PlaceRefusedError(Exception):
    """The server does not take our cursor."""


class Line:
    """Connects from a place, and hands over the raw frames. ``stall_after`` (s) is 0 where a network may be quiet."""

    def __init__(self, url: str, wire: str, timeout: float, stall_after: float) -> None:
        self._url, self._wire = url, wire
        self._timeout, self._stall_after = timeout, stall_after
        self._session: ClientSession | None = None
        self._socket: Any = None
        self._dropped: list[Any] = []
        self._place: Place | None = None
        self._is_new = False
        self._heard_at = 0.0
        self._gap = ""

    @property
    def open(self) -> bool:
        """Whether there is a line that may bring something."""
        return self._socket is not None

    async def connect(self, place: Place | None) -> None:
        """Open a line at a place, or now; raises Unavailable, RateLimited or AuthFailed."""
        self.drop()
        await self._let_go()
        try:
            self._socket = await self._dial(place.since if place else None)
        except _PlaceRefusedError:
            self._socket, gap = await self._dial(None), "refuses our place"
            self._miss(gap, place)
        self._place, self._is_new = place, True
        self._heard_at = asyncio.get_running_loop().time()

    async def receive(self) -> bytes | None:
        """The next frame, or None once the line has ended; waits, and may be cancelled without a loss."""
        from aiohttp import WSMsgType

        message = await self._socket.receive()
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            self.drop()
            return None
        frame: bytes = message.data
        self._heard_at = asyncio.get_running_loop().time()
        if self._is_new:
            self._is_new = False
            self._look_for_a_hole(frame)
        return frame

    def complain_of_silence(self) -> None:
        """Raise Unavailable, and drop the line, where it has been silent for too long."""
        silent = asyncio.get_running_loop().time() - self._heard_at
        if self.open and 0 < self._stall_after <= silent:
            self.drop()
            raise Unavailable(f"Bluesky's stream is open and has said nothing for {silent:.0f} s")

    def take_gap(self) -> str:
        """What may have been missed for good since this was asked last."""
        gap, self._gap = self._gap, ""
        return gap

    def drop(self) -> None:
        """Hear no more of it. Goodbye is said later: this may be called where nothing can be waited for."""
        if self._socket is not None:
            self._dropped.append(self._socket)
        self._socket = None

    async def aclose(self) -> None:
        """Let go of everything."""
        self.drop()
        await self._let_go()
        if self._session is not None:
            await self._session.close()
        self._session = None

    async def _let_go(self) -> None:
        while self._dropped:
            with suppress(Exception):
                await self._dropped.pop().close()

    async def _dial(self, since: int | None) -> Any:
        from aiohttp import ClientError, ClientSession, ClientWSTimeout, WSServerHandshakeError

        if self._session is None:
            self._session = ClientSession(headers={"User-Agent": AGENT}, trust_env=True)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._session.ws_connect(
                    address(self._url, self._wire, since),
                    protocols=("xrpc.v1.json",) if self._wire == "v2" else (),
                    timeout=ClientWSTimeout(ws_close=GOODBYE),
                    heartbeat=HEARTBEAT,
                    max_msg_size=16 * LONGEST_FRAME,
                    decode_text=False,
                )
        except WSServerHandshakeError as error:
            if error.status == 400 and since is not None:
                raise _PlaceRefusedError from None
            raise _refused(error) from None
        except TimeoutError:
            raise Unavailable("Bluesky's stream did not answer in time") from None
        except (ClientError, OSError, ValueError) as error:
            raise Unavailable(f"Bluesky's stream cannot be reached ({type(error).__name__})") from None

    def _look_for_a_hole(self, first: bytes) -> None:
        at = read_moment_of(first)
        if at is None and read_notice(first) == "OutdatedCursor":
            self._miss("has forgotten a part of what came after our place", self._place)
        elif at is not None and self._place and self._stall_after and at - self._place.at > HOLE:
            self._miss(f"begins again only at {EPOCH + at * MICROSECOND:%F %T} UTC after our place", self._place)

    def _miss(self, what: str, place: Place | None) -> None:
        where = f"{EPOCH + place.at * MICROSECOND:%F %T} UTC" if place else "now"
        self._gap = f"Bluesky's stream {what} ({where}): posts since then may have been missed"


def _refused(error: WSServerHandshakeError) -> AuthFailed | Unavailable:
    """Our error for a status in the place of a stream."""
    if error.status in (401, 403):
        return AuthFailed(f"Bluesky's stream does not let us in (status {error.status})")
    if error.status == 429:
        headers = {name.lower(): value for name, value in (error.headers or {}).items()}
        return RateLimited("Bluesky's stream asks us to slow down", retry_after(headers))
    return Unavailable(f"Bluesky's stream is not there (status {error.status}): check url")
