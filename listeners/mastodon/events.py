"""A stream of a Mastodon server, as server-sent events: https://docs.joinmastodon.org/methods/streaming/."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from listeners.mastodon.server import seconds_to_reset
from models.errors import AuthFailed, RateLimited, Unavailable

SILENCE = 45.0
"""Seconds without a byte after which a stream has stalled: servers send a heartbeat every 15 s."""
LINGER = 0.5
"""Seconds for which more events are waited for after the first."""
MOST = 4_000_000
"""Bytes of one event at most."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: ``update``, ``status.update`` or ``delete``, and what it holds."""

    name: str
    data: Any = field(repr=False)


class StreamEnded(Unavailable):
    """The stream ended or broke off, as each does from time to time."""


class Events:
    """One open stream. Only whole events leave it; a stop in mid-read loses no byte of it."""

    def __init__(self, session: aiohttp.ClientSession, answer: aiohttp.ClientResponse) -> None:
        self._session, self._answer = session, answer
        self._buffer = b""
        self._heard = asyncio.get_running_loop().time()

    @classmethod
    async def open(cls, url: str, token: str, timeout: float) -> Events:
        """Connect; raises AuthFailed, RateLimited and Unavailable."""
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=timeout))
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        try:
            async with asyncio.timeout(timeout):
                # The token must not follow a redirect.
                answer = await session.get(url, headers=headers, allow_redirects=False)
            _refuse(answer)
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            await session.close()
            raise Unavailable(f"the stream cannot be opened ({type(error).__name__})") from None
        except BaseException:
            await session.close()
            raise
        return cls(session, answer)

    async def read(self, wait: float, most: int) -> list[Event]:
        """What happens within ``wait`` seconds, ``most`` events at most.

        Raises StreamEnded, and Unavailable for a stream that stalls.
        """
        clock = asyncio.get_running_loop().time
        until, found = clock() + wait, self._whole(most)
        while not found or (clock() < until and len(found) < most):
            if found:
                until = min(until, clock() + LINGER)
            left = min(until, self._heard + SILENCE) - clock()
            try:
                async with asyncio.timeout(max(left, 0.0)):
                    data = await self._answer.content.readany()
            except TimeoutError:
                if clock() - self._heard >= SILENCE:
                    raise Unavailable(f"the stream has been silent for {SILENCE:g} s, so it is opened anew") from None
                break
            except (aiohttp.ClientError, OSError) as error:
                raise StreamEnded(f"the stream broke off ({type(error).__name__})") from None
            if not data:
                raise StreamEnded("the server has ended the stream")
            self._heard, self._buffer = clock(), self._buffer + data
            if len(self._buffer) > MOST:
                raise Unavailable(f"the stream sends an event of more than {MOST} bytes")
            found += self._whole(most - len(found))
        return found

    def _whole(self, most: int) -> list[Event]:
        """The events that have arrived whole."""
        found: list[Event] = []
        self._buffer = self._buffer.replace(b"\r\n", b"\n")
        while len(found) < most and b"\n\n" in self._buffer:
            block, self._buffer = self._buffer.split(b"\n\n", 1)
            event = _event(block)
            found += [event] if event else []
        return found

    async def aclose(self) -> None:
        """Let go of the connection."""
        self._answer.close()
        await self._session.close()


def _refuse(answer: aiohttp.ClientResponse) -> None:
    status = answer.status
    if status in (401, 403):
        raise AuthFailed(f"the stream does not let us in (status {status}): store a token of an account of this server")
    if status == 429:
        raise RateLimited("the stream asks us to slow down", seconds_to_reset(answer.headers))
    if status != 200 or answer.content_type != "text/event-stream":
        raise Unavailable(f"what answers is no stream (status {status}): check the server's address")


def _event(block: bytes) -> Event | None:
    """None for a heartbeat, and for what cannot be read: a post in it is found when the stream is opened anew."""
    name, data = "", []
    for line in block.decode("utf-8", "replace").split("\n"):
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        name = value if key == "event" else name
        data += [value] if key == "data" else []
    if not name:
        return None
    try:
        return Event(name, "".join(data) if name == "delete" else json.loads("\n".join(data)))
    except (ValueError, RecursionError):
        return None
