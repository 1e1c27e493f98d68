"""A feed, served by a web server of ours: that is all that a feed is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import OWN, ListenerRig
from listeners.feed.feed import FeedListener
from tests.fakes.feed_server import FeedServer, refusal


class FeedRig(ListenerRig):
    """A blog, which had one post before anybody listened."""

    kind = "feed"
    listener = FeedListener
    cannot: ClassVar[Mapping[str, str]] = {
        "secret": "a feed needs none, or has it in its address",
        "bot": "it does not say which authors are bots",
        "told": "an item that leaves a feed may be deleted or only old",
        "gone": "an item that leaves a feed may be deleted or only old",
        "fetch": "a feed has no page for one item",
    }

    def __init__(self, server: FeedServer) -> None:
        self.server = server
        server.say("We sell kettles", at=server.now - timedelta(days=30))

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        async with FeedServer() as server:
            yield cls(server)

    @property
    def now(self) -> datetime:
        return self.server.now

    def make(self, **own: Any) -> Listener:
        base: dict[str, Any] = {"urls": [f"{self.server.url}/feed"], "rest": "0s", "private_hosts": ["127.0.0.1"]}
        settings = FeedListener.Settings.model_validate(base | {"page": self.page, "timeout": self.timeout} | own)
        return FeedListener.from_settings("blogs", settings, self.brands)

    async def publish(self, *texts: str, by: str = "stranger", late: timedelta = timedelta()) -> list[str]:
        author = "kestrelo_official" if by == OWN else "mara"
        return [self.server.say(text, by=author, at=self.server.now - late) for text in texts]

    async def delete(self, external_id: str) -> None:
        self.server.delete(external_id)

    async def edit(self, external_id: str, text: str) -> None:
        self.server.edit(external_id, text)

    async def forget(self) -> None:
        self.server.entries = self.server.entries[: self.page]

    async def fault(self, name: str) -> None:
        self.server.play(name, refusal)

    async def hold(self) -> Awaitable[object]:
        self.server.faults.append(self.server.hang)
        return self.server.hanging.wait()

    async def release(self) -> None:
        self.server.release()


LISTENER = FeedRig
