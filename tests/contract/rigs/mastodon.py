"""A hashtag of a Mastodon server, and an account on it that answers."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from aiohttp import web

from listeners.base import Listener
from listeners.conformance.rig import BOT, OWN, STRANGER, ListenerRig
from listeners.mastodon.timelines import MastodonListener
from models.decision import Kind, Message
from models.settings.sections import Brand
from responders.base import Responder
from responders.conformance.rig import ResponderRig
from responders.mastodon import MastodonResponder
from tests.counterparts.mastodon import TOKENS, MastodonServer, mastodon
from tests.counterparts.servers import free_port
from tests.fakes.front import Front
from tests.fakes.troubled import says
from tests.responders.cards import message

SENDERS = {STRANGER: "mara", OWN: "kestrelo_official", BOT: "news_bot"}
ME = "kestrelo_official"


def refusal(status: int) -> web.Response:
    """A refusal in Mastodon's form: a limit says when it opens again, not for how long it is shut."""
    until = datetime.now(UTC) + timedelta(seconds=7)
    limits = {"X_RateLimit_Reset": until.isoformat(), "X_RateLimit_Remaining": "0"} if status == 429 else {}
    return says(status, {"error": "words-canary"}, **limits)


class MastodonRig(ListenerRig):
    """Posts that others have put under the hashtag of the brand."""

    kind = "mastodon"
    listener = MastodonListener
    secrets: ClassVar[tuple[str, ...]] = (TOKENS[ME],)
    cannot: ClassVar[Mapping[str, str]] = {
        "told": "timelines tell of no deletion",
        "forget": "an id is a moment, so every place stays one",
    }

    def __init__(self, server: MastodonServer, front: Front) -> None:
        self.server, self.front = server, front

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_TOKEN", TOKENS[ME])
        server = mastodon()
        async with Front(server.url, refusal).serve() as front:
            server.reset(front.url.removeprefix("http://"))
            yield cls(server, front)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def brands(self) -> Mapping[str, Brand]:
        own = f"{ME}@{self.front.url.removeprefix('http://')}"
        return {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"], handles={"mastodon": [own]})}

    def make(self, **own: Any) -> Listener:
        told = {"servers": [self.front.url], "token": {"env": "RIG_TOKEN"}, "page": self.page} | own
        return MastodonListener.from_settings(
            "tags", MastodonListener.Settings.model_validate({"timeout": self.timeout} | told), self.brands
        )

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        return [self.server.say(text, SENDERS[by], ["kestrelo"], late) for text in texts]

    async def delete(self, external_id: str) -> None:
        self.server.delete(external_id)

    async def edit(self, external_id: str, text: str) -> None:
        self.server.edit(external_id, text, ["kestrelo"])

    async def fault(self, name: str) -> None:
        self.front.trouble.play(name)

    async def hold(self) -> Awaitable[object]:
        return self.front.trouble.hold()

    async def release(self) -> None:
        self.front.trouble.release()


class MastodonReplyRig(ResponderRig):
    """Mara has asked something, and the account of the brand answers."""

    kind = "mastodon"
    responder = MastodonResponder
    secrets: ClassVar[tuple[str, ...]] = (TOKENS[ME],)

    def __init__(self, server: MastodonServer, front: Front, asked: str) -> None:
        self.server, self.front, self.asked = server, front, asked

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_TOKEN", TOKENS[ME])
        server = mastodon()
        async with Front(server.url, refusal, _met).serve() as front:
            server.reset(front.url.removeprefix("http://"))
            yield cls(server, front, server.say("@kestrelo_official how do I reset it?"))

    def make(self, **own: Any) -> Responder:
        told = {"server": self.front.url, "token": {"env": "RIG_TOKEN"}, "timeout": self.timeout} | own
        return MastodonResponder.from_settings("us", MastodonResponder.Settings.model_validate(told))

    def make_closed(self) -> Responder:
        return self.make(server=f"http://127.0.0.1:{free_port()}")

    def message(self, text: str, key: str = "key-1") -> Message:
        return message(Kind.REPLY, {"text": text}, target=self.asked, key=key)

    async def fault(self, name: str) -> None:
        self.front.trouble.play(name)

    async def hold(self) -> Awaitable[object]:
        return self.front.trouble.hold()

    async def release(self) -> None:
        self.front.trouble.release()

    async def requests(self) -> int:
        return self.front.trouble.changes

    async def sent(self) -> Sequence[str]:
        me = self.server.client(ME)
        posts = reversed(me.account_statuses(me.me()["id"]))
        return [html.unescape(re.sub(r"<[^>]+>", "", post["content"])).removeprefix("@mara ") for post in posts]


def _met(request: web.Request) -> bool:
    """What is asked before a reply is written is not in doubt."""
    return request.method == "POST" or "verify_credentials" in request.path


LISTENER = MastodonRig
RESPONDER = MastodonReplyRig
