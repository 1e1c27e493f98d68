"""A Discourse forum, played by a server of ours: the forum itself needs Ruby, PostgreSQL and Redis."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import BOT, OWN, ListenerRig
from listeners.discourse.forum import DiscourseListener
from tests.fakes.discourse_server import PAGE, DiscourseServer, refusal

WHO = {OWN: (2, "kestrelo_official"), BOT: (-1, "system")}


class DiscourseRig(ListenerRig):
    """A forum that lets in whom it knows."""

    kind = "discourse"
    listener = DiscourseListener
    page = PAGE
    secrets = (DiscourseServer.key,)
    cannot: ClassVar[Mapping[str, str]] = {
        "told": "it does not tell of deletions",
        "forget": "a forum keeps its posts, and our place is a number",
    }

    def __init__(self, server: DiscourseServer) -> None:
        self.server = server

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_KEY", DiscourseServer.key)
        async with DiscourseServer(key=DiscourseServer.key) as server:
            yield cls(server)

    @property
    def now(self) -> datetime:
        return self.server.now

    def make(self, **own: Any) -> Listener:
        base = {"url": f"{self.server.url}/", "api_key": {"env": "RIG_KEY"}, "api_username": "reader"}
        settings = DiscourseListener.Settings.model_validate(base | {"timeout": self.timeout} | own)
        return DiscourseListener.from_settings("forum", settings, self.brands)

    async def publish(self, *texts: str, by: str = "stranger", late: timedelta = timedelta()) -> list[str]:
        who = WHO.get(by, (7, "mara"))
        return [f"127.0.0.1:{self.server.port}/{self._say(text, who, late)}" for text in texts]

    def _say(self, text: str, who: tuple[int, str], late: timedelta) -> int:
        return self.server.say(text, by=who, at=self.server.now - late)

    async def delete(self, external_id: str) -> None:
        del self.server.posts[_number(external_id)]

    async def edit(self, external_id: str, text: str) -> None:
        self.server.now += timedelta(seconds=1)
        edited = {"cooked": f"<p>{html.escape(text)}</p>", "version": 2, "updated_at": self.server.now.isoformat()}
        self.server.posts[_number(external_id)] |= edited

    async def fault(self, name: str) -> None:
        self.server.play(name, refusal)

    async def hold(self) -> Awaitable[object]:
        self.server.faults.append(self.server.hang)
        return self.server.hanging.wait()

    async def release(self) -> None:
        self.server.release()


def _number(external_id: str) -> int:
    return int(external_id.rpartition("/")[2])


LISTENER = DiscourseRig
