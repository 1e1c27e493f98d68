"""Bluesky's stream, played by a server of ours on both of its wires' rules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from listeners.base import Listener
from listeners.bluesky.jetstream import JetstreamListener
from listeners.bluesky.view import Index
from listeners.conformance.rig import BOT, OWN, START, STRANGER, ListenerRig
from models.rig import HTML, PAGE
from models.settings.sections import Brand
from tests.fakes import bluesky_server as fake
from tests.fakes.bluesky_server import BlueskyServer, Broken

ACCOUNTS = {STRANGER: fake.STRANGER, OWN: fake.OWN, BOT: fake.BOT}


def breakage(name: str) -> Broken:
    """How a fault of ``models.rig`` looks at a Bluesky server."""
    if name.startswith("html "):
        return Broken(int(name.removeprefix("html ")), HTML, "text/html")
    if name == "garbled":
        return Broken(200, '{"feed": [{"words-canary')
    headers = {"retry-after": "7"} if name == "429" else {}
    body = '{"error": "Refused", "message": "words-canary"}'
    status = int(name) if name.isdigit() else 0
    return Broken(status, body, headers=headers, drop=name == "dropped", hang=name == "silent")


async def warm_up(url: str) -> None:
    """The first request of a process loads what httpx is made of; that must not count as a slow answer."""
    index = Index(url, 30.0)
    await index.did("kestrelo.test")
    await index.aclose()


class JetstreamRig(ListenerRig):
    """The whole network, which is three accounts."""

    kind = "jetstream"
    listener = JetstreamListener
    quiet = 2
    cannot: ClassVar[Mapping[str, str]] = {"secret": "the stream takes no login"}

    def __init__(self, server: BlueskyServer) -> None:
        self.server = server
        self._made: list[JetstreamListener] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setattr("listeners.bluesky.jetstream.LINGER", 0.05)
        patch.setattr("listeners.bluesky.line.GOODBYE", 0.2)
        async with BlueskyServer(START) as server:
            await warm_up(server.url)
            yield cls(server)

    @property
    def now(self) -> datetime:
        return self.server.now

    @property
    def brands(self) -> Mapping[str, Brand]:
        return {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"], handles={"bluesky": ["kestrelo.test"]})}

    def make(self, **own: Any) -> Listener:
        told = {"url": self.server.stream_url, "index": self.server.url, "wait": "0.3s", "timeout": self.timeout}
        settings = JetstreamListener.Settings.model_validate(told | {"page": PAGE} | own)
        self._made.append(JetstreamListener.from_settings("stream", settings, self.brands))
        return self._made[-1]

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        return [await self.server.say(text, ACCOUNTS[by], at=self.now - late) for text in texts]

    async def delete(self, external_id: str) -> None:
        did, _, rkey = external_id.removeprefix("at://").split("/")
        await self.server.say("", did, operation="delete", rkey=rkey)

    async def edit(self, external_id: str, text: str) -> None:
        did, _, rkey = external_id.removeprefix("at://").split("/")
        await self.server.say(text, did, operation="update", rkey=rkey)

    async def forget(self) -> None:
        self.server.now += 2 * self.server.keep

    async def fault(self, name: str) -> None:
        await self._break_off(breakage(name))

    async def _break_off(self, how: Broken) -> None:
        await self.server.break_off(how)
        for listener in self._made:
            # What lies unread in its socket would be read first, and the fault met only by a later poll.
            listener._line.drop()

    async def hold(self) -> Awaitable[object]:
        self.server.hanging.clear()
        await self._break_off(Broken(hang=True))
        return self.server.hanging.wait()

    async def release(self) -> None:
        self.server.mend()


LISTENER = JetstreamRig
