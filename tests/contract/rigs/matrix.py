"""A room of a Matrix home server that has our bot in it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from aiohttp import web

from listeners.base import Listener
from listeners.conformance.rig import BOT, OWN, STRANGER, ListenerRig
from listeners.matrix.rooms import MatrixListener
from models.decision import Kind, Message
from models.settings.sections import Brand
from responders.base import Responder
from responders.conformance.rig import ResponderRig
from responders.matrix import MatrixResponder
from tests.counterparts.matrix import Synapse, synapse
from tests.counterparts.servers import free_port
from tests.fakes.front import Front
from tests.fakes.troubled import says
from tests.responders.cards import message

_NAMES = itertools.count(1)


def refusal(status: int) -> web.Response:
    """A refusal in Matrix's form."""
    codes = {401: "M_UNKNOWN_TOKEN", 403: "M_FORBIDDEN", 404: "M_NOT_FOUND", 429: "M_LIMIT_EXCEEDED"}
    after = {"retry_after_ms": 7000} if status == 429 else {}
    return says(status, {"errcode": codes.get(status, "M_UNKNOWN"), "error": "words-canary"} | after)


class MatrixRig(ListenerRig):
    """The bot is the brand's own account; mara and a news bot talk in the room."""

    kind = "matrix"
    listener = MatrixListener
    cannot: ClassVar[Mapping[str, str]] = {
        "late": "the server gives each message its moment as it comes",
        "forget": "a sync token is a place in the server's order, which it keeps",
    }

    def __init__(self, server: Synapse, front: Front, me: str, room: str) -> None:
        self.server, self.front, self.me, self.room = server, front, me, room
        self.names = {STRANGER: "mara", OWN: me, BOT: "mara"}
        self.secrets = (server.token(me),)

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        server, me = synapse(), f"kestrelo{next(_NAMES)}"
        room = server.room("mara", me)
        patch.setenv("RIG_TOKEN", server.token(me))
        async with Front(server.url, refusal).serve() as front:
            yield cls(server, front, me, room)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def brands(self) -> Mapping[str, Brand]:
        return {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"], handles={"matrix": [f"@{self.me}:localhost"]})}

    def make(self, **own: Any) -> Listener:
        told = {"server": self.front.url, "token": {"env": "RIG_TOKEN"}, "wait": "0s", "limit": self.page}
        settings = MatrixListener.Settings.model_validate(told | {"timeout": self.timeout} | own)
        return MatrixListener.from_settings("rooms", settings, self.brands)

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        kind = {"msgtype": "m.notice"} if by == BOT else {}
        return [f"{self.room}/{self.server.say(self.room, self.names[by], text, **kind)}" for text in texts]

    async def delete(self, external_id: str) -> None:
        self.server.redact(self.room, "mara", external_id.partition("/")[2])

    async def edit(self, external_id: str, text: str) -> None:
        self.server.edit(self.room, "mara", external_id.partition("/")[2], text)

    async def fault(self, name: str) -> None:
        # aiohttp itself asks a second time where a connection breaks; the server knows a message by its key.
        self.front.trouble.play(name, times=2 if name in ("dropped", "lost") else 1)

    async def hold(self) -> Awaitable[object]:
        return self.front.trouble.hold()

    async def release(self) -> None:
        self.front.trouble.release()


class MatrixReplyRig(ResponderRig):
    """Mara has asked something in the room, and the bot answers."""

    kind = "matrix"
    responder = MatrixResponder
    requests_a_send = 2

    def __init__(self, server: Synapse, front: Front, room: str, asked: str, token: str) -> None:
        self.server, self.front, self.room, self.asked = server, front, room, asked
        self.secrets = (token,)

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        server, me = synapse(), f"kestrelo{next(_NAMES)}"
        room = server.room("mara", me)
        patch.setenv("RIG_TOKEN", server.token(me))
        async with Front(
            server.url, refusal, lambda asked: asked.method == "PUT" or "whoami" in asked.path
        ).serve() as front:
            yield cls(server, front, room, server.say(room, "mara", "How do I reset it?"), server.token(me))

    def make(self, **own: Any) -> Responder:
        told = {"server": self.front.url, "token": {"env": "RIG_TOKEN"}, "timeout": self.timeout} | own
        return MatrixResponder.from_settings("us", MatrixResponder.Settings.model_validate(told))

    def make_closed(self) -> Responder:
        return self.make(server=f"http://127.0.0.1:{free_port()}")

    def message(self, text: str, key: str = "key-1") -> Message:
        return message(Kind.REPLY, {"text": text}, target=f"{self.room}/{self.asked}", key=key)

    async def fault(self, name: str) -> None:
        # aiohttp itself asks a second time where a connection breaks; the server knows a message by its key.
        self.front.trouble.play(name, times=2 if name in ("dropped", "lost") else 1)

    async def hold(self) -> Awaitable[object]:
        return self.front.trouble.hold()

    async def release(self) -> None:
        self.front.trouble.release()

    async def requests(self) -> int:
        return self.front.trouble.changes

    async def sent(self) -> Sequence[str]:
        said = self.server.said(self.room, "mara")
        return [event["content"]["body"] for event in said if event["sender"] != "@mara:localhost"]


LISTENER = MatrixRig
RESPONDER = MatrixReplyRig
