"""Bluesky with an account: the search, and the PDS that takes our replies, on a server of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from listeners.base import Listener
from listeners.bluesky.search import BlueskyListener
from listeners.conformance.rig import START
from models.decision import Kind, Message
from models.settings.sections import Brand
from responders.base import Responder
from responders.bluesky import MENTION, BlueskyResponder
from responders.conformance.rig import ResponderRig
from tests.contract.rigs.jetstream import JetstreamRig, breakage, warm_up
from tests.fakes import bluesky_server as fake
from tests.fakes.bluesky_pds import PROFILE, TOKEN, BlueskyPds, jwt
from tests.fakes.bluesky_server import Broken

CLOSED = "http://127.0.0.1:9"


class BlueskyListenerRig(JetstreamRig):
    """The search, for an account that may sign in."""

    kind = "bluesky"
    listener = BlueskyListener
    quiet = 1
    secrets = (fake.SECRET, jwt(TOKEN))
    cannot: ClassVar[Mapping[str, str]] = {
        "told": "the search shows no deletions",
        "forget": "the search keeps every post, and our place is a moment",
    }

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_PASSWORD", fake.SECRET)
        async with BlueskyPds(START) as server:
            await warm_up(server.url)
            yield cls(server)

    @property
    def brands(self) -> Mapping[str, Brand]:
        # By its DID, for a handle would be searched for as well.
        return {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"], handles={"bluesky": [fake.OWN]})}

    def make(self, **own: Any) -> Listener:
        told = {"account": "kestrelo.test", "password": {"env": "RIG_PASSWORD"}, "url": self.server.url}
        settings = BlueskyListener.Settings.model_validate(told | {"timeout": self.timeout, "page": self.page} | own)
        return BlueskyListener.from_settings("search", settings, self.brands)


class BlueskyResponderRig(ResponderRig):
    """The account answers a stranger who tagged it."""

    kind = "bluesky"
    responder = BlueskyResponder
    secrets = (fake.SECRET, jwt(TOKEN))

    def __init__(self, server: BlueskyPds, target: str) -> None:
        self.server, self.target = server, target

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_PASSWORD", fake.SECRET)
        async with BlueskyPds(START) as server:
            await warm_up(server.url)
            feature = {"$type": MENTION, "did": fake.OWN}
            facet = {"index": {"byteStart": 0, "byteEnd": 14}, "features": [feature]}
            yield cls(server, await server.say("@kestrelo.test help", facets=[facet]))

    def make(self, **own: Any) -> Responder:
        told = {"account": "kestrelo.test", "password": {"env": "RIG_PASSWORD"}, "url": self.server.url}
        settings = BlueskyResponder.Settings.model_validate(told | {"timeout": self.timeout} | own)
        return BlueskyResponder.from_settings("bluesky", settings)

    def make_closed(self) -> Responder:
        return self.make(url=CLOSED)

    def message(self, text: str, key: str = "key-1") -> Message:
        return Message(key, "bluesky", Kind.REPLY, self.target, {"text": text})

    async def fault(self, name: str) -> None:
        self.server.only = ("putRecord", PROFILE)
        if name in ("lost", "empty"):
            self.server.lose, self.server.empty = name == "lost", name == "empty"
        else:
            await self.server.break_off(breakage(name))

    async def hold(self) -> Awaitable[object]:
        self.server.only = ("putRecord",)
        self.server.hanging.clear()
        self.server.broken = Broken(hang=True)
        return self.server.hanging.wait()

    async def release(self) -> None:
        self.server.mend()

    async def requests(self) -> int:
        return self.server.writes

    async def sent(self) -> Sequence[str]:
        return [str((reply.record or {}).get("text")) for reply in self.server.replies]


LISTENER = BlueskyListenerRig
RESPONDER = BlueskyResponderRig
