"""The rig of the Slack-compatible webhook: a chat with one incoming webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from aiohttp import web

from models.decision import Kind, Message
from models.errors import AuthFailed
from responders.base import Responder
from responders.conformance.rig import ResponderRig
from responders.slack_webhook import JOINER, SlackWebhookResponder
from tests.counterparts.servers import free_port
from tests.fakes.troubled import Trouble, plainly
from tests.responders.cards import message


class SlackWebhookRig(ResponderRig):
    """It answers as Mattermost does: "ok", and 400 to a message without words."""

    kind = "slack_webhook"
    responder = SlackWebhookResponder
    secrets: ClassVar[tuple[str, ...]] = ("hook-canary-T0KESTRELO",)
    errors: ClassVar[Any] = {"404": (AuthFailed,)}
    cannot: ClassVar[Any] = {
        "repeat": "an incoming webhook knows no message again",
        "find": "an incoming webhook shows nothing of the chat",
    }

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        self.url = ""
        self.posted: list[dict[str, Any]] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        """The chat."""
        rig = cls(Trouble(plainly()))
        async with rig.trouble.serve(web.post(f"/hooks/{cls.secrets[0]}", rig._take)) as url:
            rig.url = f"{url}/hooks/{cls.secrets[0]}"
            patch.setenv("RIG_HOOK", rig.url)
            patch.setenv("RIG_CLOSED", f"http://127.0.0.1:{free_port()}/hooks/{cls.secrets[0]}")
            yield rig

    async def _take(self, request: web.Request) -> web.Response:
        said = await request.json()
        if not said.get("text"):
            return web.Response(status=400, text="No text specified")
        self.posted.append(said)
        return web.Response(text="ok")

    def make(self, **own: Any) -> Responder:
        told = {"url": {"env": "RIG_HOOK"}, "timeout": self.timeout} | own
        return SlackWebhookResponder.from_settings("chat", SlackWebhookResponder.Settings.model_validate(told))

    def make_closed(self) -> Responder:
        return self.make(url={"env": "RIG_CLOSED"})

    def message(self, text: str, key: str = "key-1") -> Message:
        return message(Kind.NOTICE, {"text": text}, key=key)

    async def fault(self, name: str) -> None:
        self.trouble.play(name)

    async def hold(self) -> Awaitable[object]:
        return self.trouble.hold()

    async def release(self) -> None:
        self.trouble.release()

    async def requests(self) -> int:
        return self.trouble.writes

    async def sent(self) -> Sequence[str]:
        return [said["text"].replace(JOINER, "") for said in self.posted]


RESPONDER = SlackWebhookRig
