"""Hacker News, played by a server of ours: the search is a service that nobody can run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import OWN, ListenerRig
from listeners.hackernews.search import HackerNewsListener
from tests.fakes.hackernews_server import HackerNewsServer, refusal


class HackerNewsRig(ListenerRig):
    """The search and the source."""

    kind = "hackernews"
    listener = HackerNewsListener
    cannot: ClassVar[Mapping[str, str]] = {
        "secret": "it is read without any account or key",
        "bot": "it does not know which accounts are bots",
        "told": "it does not tell of deletions",
        "forget": "the search keeps every post, and our place is a moment",
    }

    def __init__(self, server: HackerNewsServer) -> None:
        self.server = server

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        async with HackerNewsServer() as server:
            yield cls(server)

    @property
    def now(self) -> datetime:
        return self.server.now

    def make(self, **own: Any) -> Listener:
        urls = {"base_url": f"{self.server.url}/api", "items_url": f"{self.server.url}/v0"}
        settings = HackerNewsListener.Settings.model_validate({"page": self.page, "timeout": self.timeout} | urls | own)
        return HackerNewsListener.from_settings("news", settings, self.brands)

    async def publish(self, *texts: str, by: str = "stranger", late: timedelta = timedelta()) -> list[str]:
        author = "kestrelo_official" if by == OWN else "mara"
        return [self.server.say(text, by=author, at=self.server.now - late) for text in texts]

    async def delete(self, external_id: str) -> None:
        self.server.items[int(external_id)]["deleted"] = True

    async def edit(self, external_id: str, text: str) -> None:
        self.server.items[int(external_id)]["text"] = text

    async def fault(self, name: str) -> None:
        self.server.play(name, refusal)

    async def hold(self) -> Awaitable[object]:
        self.server.faults.append(self.server.hang)
        return self.server.hanging.wait()

    async def release(self) -> None:
        self.server.release()


LISTENER = HackerNewsRig
