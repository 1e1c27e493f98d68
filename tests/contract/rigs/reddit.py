"""The rig of Reddit: an app that searches, on a fake of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import OWN, START, STRANGER, ListenerRig
from listeners.reddit.search import RedditListener
from tests.fakes.reddit_server import SECRET, RedditServer


class RedditRig(ListenerRig):
    """Submissions that a search finds."""

    kind = "reddit"
    listener = RedditListener
    secrets: ClassVar[tuple[str, ...]] = (SECRET,)
    cannot: ClassVar[Any] = {
        "told": "Reddit tells nobody of deletions",
        "bot": "Reddit does not say which accounts are bots",
    }

    def __init__(self, server: RedditServer) -> None:
        self.server = server

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        """The fake."""
        patch.setenv("RIG_REDDIT", SECRET)
        async with RedditServer(START).serve() as server:
            yield cls(server)

    @property
    def now(self) -> datetime:
        """Reddit's clock."""
        return self.server.now

    def make(self, **own: Any) -> Listener:
        """A fresh listener."""
        told = {"client_id": "kestrelo", "client_secret": {"env": "RIG_REDDIT"}, "account": "kestrelo_care"}
        told |= {"reddit_url": self.server.url, "oauth_url": self.server.url, "page": self.page}
        return RedditListener.from_settings(
            "r", RedditListener.Settings.model_validate(told | {"timeout": self.timeout} | own), self.brands
        )

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        """Submissions."""
        more = {"author": "kestrelo_official", "author_fullname": "t2_1"} if by == OWN else {}
        return [self.server.say(text, late=late, **more) for text in texts]

    async def delete(self, external_id: str) -> None:
        self.server.take_down(external_id)

    async def edit(self, external_id: str, text: str) -> None:
        self.server.now += timedelta(seconds=1)
        self.server.things[external_id] |= {"title": text, "edited": self.server.now.timestamp()}

    async def forget(self) -> None:
        """Time passes, and the newest page is all that a listing shows."""
        self.server.now += timedelta(hours=2)
        await self.publish(*(f"kestrelo anew {number}" for number in range(2 * self.page)))
        self.server.depth = self.page

    async def fault(self, name: str) -> None:
        # With a token that is not taken it asks for a new one, and is refused that too; and aiohttp itself asks a
        # second time where a connection breaks.
        self.server.trouble.play(name, times=2 if name in ("401", "dropped") else 1)

    async def hold(self) -> Awaitable[object]:
        return self.server.trouble.hold()

    async def release(self) -> None:
        self.server.trouble.release()


LISTENER = RedditRig
