"""The rig of X's stream: posts come as they are said, and the search fills what a lost connection left out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import STRANGER
from listeners.x.stream import XStreamListener
from tests.contract.rigs.x import WRITERS, XRig
from tests.fakes.x_stream_server import XStreamServer


class XStreamRig(XRig):
    """Everybody's posts, at once."""

    kind = "x_stream"
    listener = XStreamListener
    quiet = 3
    server: XStreamServer
    current: XStreamListener

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_TOKEN", XStreamServer.token)
        patch.setattr("listeners.x.stream.AT_ONCE", 0.0)
        async with XStreamServer(datetime.now(UTC).replace(microsecond=0)) as server:
            yield cls(server)

    def make(self, **own: Any) -> Listener:
        told = {"token": {"env": "RIG_TOKEN"}, "base_url": self.server.url, "max_results": self.page}
        told |= {"timeout": self.timeout, "wait": "0.1s"}
        # The connection of a process that died is gone with it; X lets an app have one alone.
        self.server.lose()
        settings = XStreamListener.Settings.model_validate(told | own)
        self.current = XStreamListener.from_settings("x", settings, self.brands)
        return self.current

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        ids = [self.server.say(text, **WRITERS[by]) for text in texts]
        self.server.now += timedelta(minutes=2)
        return ids

    async def fault(self, name: str) -> None:
        """The connection is lost with all that is on its way, and the next request meets the fault."""
        await self._cut()
        await super().fault(name)

    async def hold(self) -> Awaitable[object]:
        """The next poll has to connect, and hangs in that."""
        await self._cut()
        return await super().hold()

    async def _cut(self) -> None:
        self.server.lose()
        await self.current._stream.close()


LISTENER = XStreamRig
