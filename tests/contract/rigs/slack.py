"""A workspace with one channel: what the Slack responder writes and what it can find again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from models.decision import Kind, Message
from models.rig_site import Asked, Said, Site
from responders.base import Responder
from responders.conformance.rig import ResponderRig
from responders.slack.errors import ScopeMissing
from responders.slack.outbox import SlackResponder
from responders.slack.pace import Pace
from tests.counterparts.servers import free_port
from tests.responders.cards import message

TOKEN = "xoxb-canary-kestrelo"
CHANNEL = "C0KESTRELO"
CODES = {401: "invalid_auth", 403: "missing_scope", 404: "channel_not_found", 429: "ratelimited"}


def refused(status: int, after: float | None) -> Said:
    """In Slack's form of an error."""
    headers = {"Retry-After": f"{after:g}"} if status == 429 and after else {}
    return Said({"ok": False, "error": CODES.get(status, "internal_error")}, status, headers)


class SlackRig(ResponderRig):
    """Notices in one channel."""

    kind = "slack"
    responder = SlackResponder
    secrets = (TOKEN, "xapp-canary-kestrelo")
    errors = {"403": (ScopeMissing,)}
    cannot = {
        "repeat": "Slack has no key by which it knows a message again",
    }

    def __init__(self) -> None:
        self.site = Site(self.answer, refused, self.retry_after)
        self.posted: list[dict[str, Any]] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_TOKEN", TOKEN)
        patch.setenv("RIG_APP_TOKEN", "xapp-canary-kestrelo")
        rig = cls()
        async with rig.site.up():
            yield rig

    def answer(self, asked: Asked) -> Said:
        method = asked.path.rpartition("/")[2]
        if method == "chat.postMessage":
            self.posted.append(asked.body | {"ts": f"1795269720.{len(self.posted):06}"})
            return Said({"ok": True, "channel": CHANNEL, "ts": self.posted[-1]["ts"]})
        return Said({"ok": True, "user": "overheard", "messages": self.posted[::-1]})

    def make(self, url: str = "", **own: Any) -> Responder:
        told = {"token": {"env": "RIG_TOKEN"}, "app_token": {"env": "RIG_APP_TOKEN"}}
        told["base_url"] = f"{url or self.site.url}/api/"  # type: ignore[assignment]
        made = SlackResponder.from_settings("team", SlackResponder.Settings.model_validate(told | own))
        made._web._timeout = self.timeout.total_seconds()
        made._posts = Pace(0)
        return made

    def make_closed(self) -> Responder:
        return self.make(f"http://127.0.0.1:{free_port()}")

    def message(self, text: str, key: str = "key-1") -> Message:
        return message(Kind.NOTICE, {"text": text}, target=CHANNEL, key=key)

    async def fault(self, name: str) -> None:
        # aiohttp itself asks a second time where a connection breaks and nothing was to be changed.
        self.site.fault(name, 2 if name == "dropped" else 1)

    async def hold(self) -> Awaitable[object]:
        return self.site.hold()

    async def release(self) -> None:
        self.site.release()

    async def requests(self) -> int:
        return sum(asked.path.endswith("chat.postMessage") for asked in self.site.asked)

    async def sent(self) -> Sequence[str]:
        return [post["text"] for post in self.posted]


RESPONDER = SlackRig
