"""The rigs of webhooks: a program that sends signed posts to the listener, and one that takes our messages."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import aiohttp
import pytest
from aiohttp import web

from listeners.base import Listener
from listeners.conformance.rig import BOT, OWN, START, STRANGER, ListenerRig
from listeners.webhook.webhook import WebhookListener
from models.decision import Kind, Message
from models.errors import AuthFailed
from models.rig import FAULTS
from models.signature import key_of, signed, verified
from responders.base import Responder
from responders.conformance.rig import ResponderRig
from responders.webhook import WebhookResponder
from tests.counterparts.servers import free_port
from tests.fakes.troubled import Trouble, plainly, says
from tests.responders.cards import message

NOBODY = "the senders come to us, so no platform answers our requests"


class WebhookListenerRig(ListenerRig):
    """A sender on this machine. Each listener that is made takes the place of the one before, as after a restart."""

    kind = "webhook"
    listener = WebhookListener
    secrets: ClassVar[tuple[str, ...]] = ("secret-canary-of-the-webhook",)
    own_faults = ("taken port", "no folder")
    cannot = dict.fromkeys(FAULTS, NOBODY) | {
        "past": "nothing can be sent before the listener is up; what it has accepted is handed over even so",
        "gone": "the sender tells of deletions, nobody can be asked",
        "fetch": "nobody can be asked for a post",
        "hold": "a poll reads nothing but our own disk",
    }

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.current: WebhookListener | None = None
        self._numbers = itertools.count(1)
        self._broken = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        """A folder for the spool."""
        patch.setenv("RIG_SECRET", cls.secrets[0])
        rig = cls(folder)
        yield rig
        await rig._let_go()

    def make(self, **own: Any) -> Listener:
        """A fresh listener on a port of its own."""
        if self.current is not None:
            self.current._spool.close()
        told: dict[str, Any] = {"secret": {"env": "RIG_SECRET"}, "listen": f"127.0.0.1:{free_port()}", "wait": "0s"}
        told |= {"spool": self.folder / "spool", "page": self.page}
        settings = WebhookListener.Settings.model_validate(told | own)
        self.current = WebhookListener.from_settings("hook", settings, self.brands)
        self.current._clock = lambda: self.now
        return self.current

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        """One request a post."""
        ids = [f"p{next(self._numbers)}" for _ in texts]
        writer = {"id": f"u-{by}", "handle": "kestrelo_official" if by == OWN else "mara", "bot": by == BOT}
        for identifier, text in zip(ids, texts, strict=True):
            post = {"id": identifier, "text": text, "author": writer, "posted_at": (self.now - late).isoformat()}
            await self.tell("post.created", post)
        return ids

    async def delete(self, external_id: str) -> None:
        """The sender says that it is gone."""
        await self.tell("post.deleted", {"id": external_id})

    async def edit(self, external_id: str, text: str) -> None:
        """The sender says that it was changed."""
        at = (START + timedelta(seconds=5)).isoformat()
        await self.tell(
            "post.edited", {"id": external_id, "text": text, "posted_at": START.isoformat(), "edited_at": at}
        )

    async def forget(self) -> None:
        """The disk is lost, all but the newest page: a new folder, to which those are sent again."""
        assert self.current is not None
        await self._let_go()
        for file in (self.folder / "spool" / "hook").iterdir():
            file.unlink()
        await self.publish(*(f"kestrelo after the loss {number}" for number in range(3)))

    async def fault(self, name: str) -> None:
        """Break our own side."""
        assert self.current is not None
        await self._let_go()
        if name == "taken port":
            self._taker = await aiohttp_server(self.current._settings.listen)
        else:
            spool = self.folder / "spool" / "hook"
            for file in spool.iterdir() if spool.is_dir() else ():
                file.unlink()
            if spool.is_dir():
                spool.rmdir()
            spool.parent.mkdir(exist_ok=True)
            spool.write_text("a file where the folder should be")

    async def tell(self, kind: str, data: Any) -> int:
        """Send a signed event to the listener, which is started where it does not listen yet; the answer's status."""
        assert self.current is not None
        await self.current._start()
        body = json.dumps({"type": kind, "data": data}).encode()
        headers = signed(key_of(self.secrets[0]), f"m{next(self._numbers)}", self.now, body)
        url = f"http://{self.current._settings.listen}{self.current._settings.path}"
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
            return answer.status

    async def _let_go(self) -> None:
        if self.current is not None:
            await self.current.aclose()
        if taker := getattr(self, "_taker", None):
            await taker.cleanup()
            self._taker = None


async def aiohttp_server(listen: str) -> web.AppRunner:
    """Somebody else's server on the port."""
    runner = web.AppRunner(web.Application(), access_log=None)
    await runner.setup()
    host, _, port = listen.rpartition(":")
    await web.TCPSite(runner, host, int(port)).start()
    return runner


class WebhookResponderRig(ResponderRig):
    """A receiver that checks each signature and remembers the ids that it has carried out."""

    kind = "webhook"
    responder = WebhookResponder
    secrets: ClassVar[tuple[str, ...]] = WebhookListenerRig.secrets
    errors: ClassVar[Any] = {"404": (AuthFailed,)}
    cannot: ClassVar[Any] = {
        "find": "there is no agreed way to ask a receiver",
    }

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        self.url = ""
        self.taken: dict[str, Any] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        """The receiver."""
        patch.setenv("RIG_SECRET", cls.secrets[0])
        rig = cls(Trouble(plainly()))
        async with rig.trouble.serve(web.post("/in", rig._take)) as url:
            rig.url = f"{url}/in"
            yield rig

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            identifier = verified([key_of(self.secrets[0])], request.headers, body, datetime.now(UTC))
        except ValueError as error:
            return says(401, {"error": str(error)})
        event = json.loads(body)
        if event["type"] != "ping":
            self.taken.setdefault(identifier, event)
        return says(200, {"id": f"r-{identifier}", "url": "https://desk.example/r"})

    def make(self, **own: Any) -> Responder:
        told = {"url": self.url, "secret": {"env": "RIG_SECRET"}, "timeout": self.timeout} | own
        return WebhookResponder.from_settings("out", WebhookResponder.Settings.model_validate(told))

    def make_closed(self) -> Responder:
        return self.make(url=f"http://127.0.0.1:{free_port()}/in")

    def message(self, text: str, key: str = "key-1") -> Message:
        return message(Kind.REPLY, {"text": text}, target="88", key=key, channel="forum")

    async def fault(self, name: str) -> None:
        self.trouble.play(name)

    async def hold(self) -> Awaitable[object]:
        return self.trouble.hold()

    async def release(self) -> None:
        self.trouble.release()

    async def requests(self) -> int:
        return self.trouble.writes

    async def sent(self) -> Sequence[str]:
        return [event["data"]["body"]["text"] for event in self.taken.values()]


LISTENER = WebhookListenerRig
RESPONDER = WebhookResponderRig
