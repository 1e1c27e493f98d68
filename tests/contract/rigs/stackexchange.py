"""Stack Exchange, played by a server of ours: it is a service that nobody can run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import OWN, ListenerRig
from listeners.stackexchange.search import StackExchangeListener
from models.settings.sections import Brand
from tests.fakes.stackexchange_server import StackExchangeServer, refusal


class StackExchangeRig(ListenerRig):
    """One site, with a key."""

    kind = "stackexchange"
    listener = StackExchangeListener
    secrets = (StackExchangeServer.key,)
    cannot: ClassVar[Mapping[str, str]] = {
        "bot": "it does not know which accounts are bots",
        "told": "it does not tell of deletions",
        "forget": "the search keeps every question, and our place is a moment",
    }

    def __init__(self, server: StackExchangeServer) -> None:
        self.server = server

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_KEY", StackExchangeServer.key)
        async with StackExchangeServer() as server:
            yield cls(server)

    @property
    def now(self) -> datetime:
        return self.server.now

    @property
    def brands(self) -> Mapping[str, Brand]:
        """An account is known by its site and number: anybody may take any name."""
        return {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"], handles={"stackexchange": ["stackoverflow/1"]})}

    def make(self, **own: Any) -> Listener:
        base = {"base_url": f"{self.server.url}/2.3", "key": {"env": "RIG_KEY"}, "page": self.page}
        settings = StackExchangeListener.Settings.model_validate(base | {"timeout": self.timeout} | own)
        return StackExchangeListener.from_settings("questions", settings, self.brands)

    async def publish(self, *texts: str, by: str = "stranger", late: timedelta = timedelta()) -> list[str]:
        author = 1 if by == OWN else 7
        return [self.server.say(text, by=author, at=self.server.now - late) for text in texts]

    async def delete(self, external_id: str) -> None:
        del self.server.questions[_number(external_id)]

    async def edit(self, external_id: str, text: str) -> None:
        self.server.now += timedelta(seconds=1)
        edited = {"body": f"<p>{text}</p>", "last_edit_date": int(self.server.now.timestamp())}
        self.server.questions[_number(external_id)] |= edited

    async def fault(self, name: str) -> None:
        self.server.play(name, refusal)

    async def hold(self) -> Awaitable[object]:
        self.server.faults.append(self.server.hang)
        return self.server.hanging.wait()

    async def release(self) -> None:
        self.server.release()


def _number(external_id: str) -> int:
    return int(external_id.partition("/")[2])


LISTENER = StackExchangeRig
