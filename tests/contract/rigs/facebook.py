"""The rigs of Facebook: the brand's page, on a fake of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import OWN, START, STRANGER, ListenerRig
from listeners.meta.facebook import FacebookListener
from models.decision import Kind, Message
from responders.base import Responder
from responders.conformance.rig import ResponderRig
from responders.facebook import FacebookResponder
from tests.counterparts.servers import free_port
from tests.fakes.graph_server import PAGE_ID, TOKEN, GraphServer
from tests.responders.cards import message


class FacebookRig(ListenerRig):
    """Posts of visitors."""

    kind = "facebook"
    listener: ClassVar[type[Any]] = FacebookListener
    secrets: ClassVar[tuple[str, ...]] = (TOKEN,)
    cannot: ClassVar[Any] = {
        "told": "a reader is told of no deletions; only Meta's webhooks tell",
        "bot": "Meta does not say which accounts are bots",
        "edit": "Meta gives no moment of an edit",
    }

    def __init__(self, server: GraphServer) -> None:
        self.server = server

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        """The fake."""
        patch.setenv("RIG_GRAPH", TOKEN)
        async with GraphServer(START).serve() as server:
            yield cls(server)

    @property
    def now(self) -> datetime:
        """Meta's clock."""
        return self.server.now

    def told(self) -> dict[str, Any]:
        """What every plug-in for the fake is told."""
        return {"token": {"env": "RIG_GRAPH"}, "base_url": self.server.url, "timeout": self.timeout}

    def make(self, **own: Any) -> Listener:
        """A fresh listener."""
        told = self.told() | {"page_id": PAGE_ID, "page": self.page} | own
        return FacebookListener.from_settings("f", FacebookListener.Settings.model_validate(told), self.brands)

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        """Posts on the page."""
        return [self.server.post(text, by=PAGE_ID if by == OWN else "777", late=late) for text in texts]

    async def delete(self, external_id: str) -> None:
        del self.server.things[external_id]

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


class FacebookReplyRig(ResponderRig):
    """The page answers a comment."""

    kind = "facebook"
    responder: ClassVar[type[Any]] = FacebookResponder
    secrets: ClassVar[tuple[str, ...]] = (TOKEN,)
    cannot: ClassVar[Any] = {"repeat": "Meta has no key by which it knows a comment again"}

    def __init__(self, server: GraphServer) -> None:
        self.server = server
        self.target = server.comment(server.post("Kestrelo news"), "kestrelo is down")

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_GRAPH", TOKEN)
        async with GraphServer(START).serve() as server:
            yield cls(server)

    def make(self, **own: Any) -> Responder:
        told = {"page_id": PAGE_ID, "token": {"env": "RIG_GRAPH"}, "base_url": self.server.url, "timeout": self.timeout}
        return FacebookResponder.from_settings("f", FacebookResponder.Settings.model_validate(told | own))

    def make_closed(self) -> Responder:
        return self.make(base_url=f"http://127.0.0.1:{free_port()}")

    def message(self, text: str, key: str = "key-1") -> Message:
        return message(Kind.REPLY, {"text": text}, target=self.target, key=key)

    async def fault(self, name: str) -> None:
        self.server.trouble.play(name)

    async def hold(self) -> Awaitable[object]:
        return self.server.trouble.hold()

    async def release(self) -> None:
        self.server.trouble.release()

    async def requests(self) -> int:
        return self.server.trouble.writes

    async def sent(self) -> Sequence[str]:
        found = (one for one in self.server.things.values() if one.get("parent", {}).get("id") == self.target)
        return [one["message"] for one in found]


LISTENER = FacebookRig
RESPONDER = FacebookReplyRig
