"""The rig of YouTube: comments under one channel's videos, on a fake of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import OWN, START, STRANGER, ListenerRig
from listeners.youtube.comments import YouTubeListener
from tests.fakes.youtube_server import KEY, YouTubeServer


class YouTubeRig(ListenerRig):
    """One channel."""

    kind = "youtube"
    listener = YouTubeListener
    secrets: ClassVar[tuple[str, ...]] = (KEY,)
    cannot: ClassVar[Any] = {
        "told": "YouTube tells nobody of deletions",
        "bot": "YouTube does not say which accounts are bots",
    }

    def __init__(self, server: YouTubeServer) -> None:
        self.server = server

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        """The fake."""
        patch.setenv("RIG_YOUTUBE", KEY)
        async with YouTubeServer(START).serve() as server:
            yield cls(server)

    @property
    def now(self) -> datetime:
        """YouTube's clock."""
        return self.server.now

    def make(self, **own: Any) -> Listener:
        """A fresh listener."""
        told = {"key": {"env": "RIG_YOUTUBE"}, "channels": ["UCkestrelo"], "base_url": self.server.url}
        told |= {"timeout": self.timeout, "page": self.page}
        return YouTubeListener.from_settings("y", YouTubeListener.Settings.model_validate(told | own), self.brands)

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        """Comments."""
        more = {"authorDisplayName": "@kestrelo_official", "authorChannelId": {"value": "UCk"}} if by == OWN else {}
        return [self.server.say(text, late=late, **more) for text in texts]

    async def delete(self, external_id: str) -> None:
        del self.server.said[external_id]

    async def edit(self, external_id: str, text: str) -> None:
        self.server.now += timedelta(seconds=1)
        at = self.server.now.isoformat().replace("+00:00", "Z")
        self.server.said[external_id]["snippet"] |= {"textDisplay": text, "updatedAt": at}

    async def forget(self) -> None:
        """Time passes, and the newest page is all that a listing shows."""
        self.server.now += timedelta(hours=2)
        await self.publish(*(f"kestrelo anew {number}" for number in range(2 * self.page)))
        self.server.depth = self.page

    async def fault(self, name: str) -> None:
        self.server.trouble.play(name)

    async def hold(self) -> Awaitable[object]:
        return self.server.trouble.hold()

    async def release(self) -> None:
        self.server.trouble.release()


LISTENER = YouTubeRig
