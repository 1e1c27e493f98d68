"""An app that searches X, before an X in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import OWN, STRANGER, ListenerRig
from listeners.x.search import XListener
from models.decision import Kind, Message
from models.rig import HTML
from responders.base import Responder
from responders.conformance.rig import ResponderRig
from responders.x import XResponder
from tests.counterparts.servers import free_port
from tests.fakes.x_server import Fault, XServer
from tests.responders.cards import message

KEYS = ("consumer_key", "consumer_secret", "access_token", "access_secret")
WRITERS = {STRANGER: {}, OWN: {"author_id": "42", "username": "kestrelo_official"}}


def fault_of(name: str, now: datetime, after: float | None) -> Fault:
    """A fault as X plays it; its pauses are moments by its own clock."""
    digits = name.removeprefix("html ")
    status = int(digits) if digits.isdigit() else 200
    headers = {"x-rate-limit-reset": str(int(now.timestamp() + (after or 0)))} if name == "429" else {}
    body, kind = json.dumps({"title": "No", "detail": "No", "status": status}), "application/problem+json"
    if name.startswith("html"):
        body, kind = HTML, "text/html"
    if name in ("garbled", "empty"):
        body, kind = '{"data": [{"id": "19' * (name == "garbled"), "application/json"
    drop = name in ("dropped", "lost")
    return Fault(status, body, headers, kind, hang=name == "silent", drop=drop, after=name == "lost")


class XRig(ListenerRig):
    """Everybody's posts."""

    kind = "x"
    listener = XListener
    secrets = (XServer.token,)
    cannot = {
        "bot": "X's API does not say which accounts are automated",
        "told": "the search tells of no deletions",
        "late": "the search ends 30 seconds before now, and whatever X has not indexed by then it never shows us",
        "edit": "an edited post is a new post with an id of its own",
    }

    def __init__(self, server: XServer) -> None:
        self.server = server

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_TOKEN", XServer.token)
        # Its `check` goes by the machine's clock, having no other.
        async with XServer(datetime.now(UTC).replace(microsecond=0)) as server:
            yield cls(server)

    @property
    def now(self) -> datetime:
        return self.server.now

    def make(self, **own: Any) -> Listener:
        told = {"token": {"env": "RIG_TOKEN"}, "base_url": self.server.url, "max_results": self.page}
        return XListener.from_settings(
            "x", XListener.Settings.model_validate(told | {"timeout": self.timeout} | own), self.brands
        )

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        ids = [self.server.say(text, **WRITERS[by]) for text in texts]
        self.server.now += timedelta(minutes=2)
        return ids

    async def publish_out_of_order(self, *texts: str) -> None:
        self.server.shuffled = True
        await self.publish(*texts)

    async def delete(self, external_id: str) -> None:
        del self.server.posts[external_id]

    async def forget(self) -> None:
        """X keeps seven days."""
        self.server.now += timedelta(days=8)
        for known in sorted(self.server.posts, key=int)[-self.page :]:
            self.server.posts[known]["at"] = self.server.now - timedelta(hours=1)

    async def fault(self, name: str) -> None:
        # aiohttp itself asks a second time where a kept connection breaks.
        self.server.faults += [fault_of(name, self.now, self.retry_after)] * (2 if name == "dropped" else 1)

    async def hold(self) -> Awaitable[object]:
        asked = len(self.server.requests)
        self.server.faults.append(Fault(hang=True))

        async def held() -> None:
            while len(self.server.requests) == asked:
                await asyncio.sleep(0)

        return held()

    async def release(self) -> None:
        self.server.faults.clear()


class XReplyRig(ResponderRig):
    """The brand's account answers a post that summoned it."""

    kind = "x"
    responder = XResponder
    secrets = (XServer.access_token, "consumer-canary")
    cannot = {"repeat": "X has no key by which it knows a post again; it refuses the same words a second time"}

    def __init__(self, server: XServer) -> None:
        self.server = server
        self.target = server.say("@kestrelo my line is dead", mentions=["kestrelo"])

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        for name in KEYS:
            patch.setenv(f"RIG_{name.upper()}", XServer.access_token if name == "access_token" else "consumer-canary")
        async with XServer(datetime.now(UTC).replace(microsecond=0), lag=timedelta()) as server:
            yield cls(server)

    def make(self, **own: Any) -> Responder:
        told = {name: {"env": f"RIG_{name.upper()}"} for name in KEYS}
        more = {"handle": "kestrelo", "base_url": self.server.url, "timeout": self.timeout}
        return XResponder.from_settings("x", XResponder.Settings.model_validate(told | more | own))

    def make_closed(self) -> Responder:
        return self.make(base_url=f"http://127.0.0.1:{free_port()}")

    def message(self, text: str, key: str = "key-1") -> Message:
        return message(Kind.REPLY, {"text": text}, target=self.target, key=key)

    async def fault(self, name: str) -> None:
        self.server.faults += [fault_of(name, self.server.now, self.retry_after)] * (2 if name == "dropped" else 1)

    async def hold(self) -> Awaitable[object]:
        return await XRig.hold(self)  # type: ignore[arg-type]

    async def release(self) -> None:
        self.server.faults.clear()

    async def requests(self) -> int:
        return sum(path == "/2/tweets" for path, _ in self.server.requests)

    async def sent(self) -> Sequence[str]:
        return [post["text"] for post in self.server.replies]


LISTENER = XRig
RESPONDER = XReplyRig
