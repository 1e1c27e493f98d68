"""A bot in a group, before a Telegram in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import BOT, OWN, START, STRANGER, ListenerRig
from listeners.telegram.chats import TelegramListener
from models.decision import Kind, Message
from models.errors import AuthFailed
from models.rig import HTML
from models.rig_site import Asked, Said, Site
from responders.base import Responder
from responders.conformance.rig import ResponderRig
from responders.telegram import TelegramResponder
from tests.counterparts.servers import free_port
from tests.fakes import telegram_server
from tests.fakes.telegram_server import GROUP, PERSON, FakeTelegram
from tests.responders.cards import message

SENDERS = {
    STRANGER: PERSON,
    OWN: PERSON | {"id": 8, "username": "Kestrelo_Official"},
    BOT: PERSON | {"id": 9, "is_bot": True, "username": "news_bot"},
}


class TelegramRig(ListenerRig):
    """Everything is said in one group."""

    kind = "telegram"
    listener = TelegramListener
    secrets = (telegram_server.TOKEN,)
    errors = {"404": (AuthFailed,)}  # what the Bot API says to a token in another form
    cannot = {
        "delete": "the Bot API hands over what was said, also when it is deleted meanwhile",
        "told": "the Bot API tells no bot of deletions",
        "gone": "the Bot API lets no bot look a message up",
        "fetch": "the Bot API lets no bot look a message up",
    }

    def __init__(self, server: FakeTelegram, patch: pytest.MonkeyPatch) -> None:
        self.server, self.patch = server, patch
        self.moment = START

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_TOKEN", telegram_server.TOKEN)
        async with telegram_server.telegram() as server:
            yield cls(server, patch)

    @property
    def now(self) -> datetime:
        return self.moment

    def make(self, **own: Any) -> Listener:
        self.patch.setattr("listeners.telegram.chats.GRACE", self.timeout.total_seconds())
        told = {"token": {"env": "RIG_TOKEN"}, "base_url": self.server.bot_url, "wait": "0s", "limit": self.page} | own
        return TelegramListener.from_settings("chats", TelegramListener.Settings.model_validate(told), self.brands)

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        date = int((self.moment - late).timestamp())
        return [f"{GROUP['id']}:{self.server.say(text, sender=SENDERS[by], date=date)}" for text in texts]

    async def edit(self, external_id: str, text: str) -> None:
        number = int(external_id.rpartition(":")[2])
        date = int(self.moment.timestamp())
        self.server.say(text, kind="edited_message", message_id=number, date=date, edit_date=date + 60)

    async def forget(self) -> None:
        """Telegram keeps updates for 24 hours."""
        self.server.updates = self.server.updates[-self.page :]
        self.moment += timedelta(hours=25)

    async def fault(self, name: str) -> None:
        refusals = {"401": "Unauthorized", "403": "Forbidden: the bot was deactivated", "404": "Not Found"}
        after = {"retry_after": int(self.retry_after or 0)} if name == "429" else {}
        if name in ("dropped", "silent"):
            self.server.answers.append(telegram_server.dropped if name == "dropped" else telegram_server.hanging)
        elif name.startswith("html"):
            self.server.answers.append(telegram_server.page(int(name[5:]), HTML))
        elif name == "garbled":
            self.server.answers.append(lambda _: telegram_server.garbled())
        else:
            said = refusals.get(name, "Too Many Requests: retry after 7" if after else "Internal Server Error")
            self.server.answers.append(telegram_server.refusal(int(name), said, **after))

    async def hold(self) -> Awaitable[object]:
        self.server.polling.clear()
        self.server.silent = True
        return self.server.polling.wait()

    async def release(self) -> None:
        self.server.silent = False


def refused(status: int, after: float | None) -> Said:
    """In the Bot API's form of an error."""
    said = {401: "Unauthorized", 403: "Forbidden: bot was kicked", 404: "Not Found", 429: "Too Many Requests"}
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": said.get(status, "Internal Server Error")}
    return Said(body | ({"parameters": {"retry_after": int(after)}} if status == 429 and after else {}), status)


class TelegramReplyRig(ResponderRig):
    """The bot answers one message of the group."""

    kind = "telegram"
    responder = TelegramResponder
    secrets = (telegram_server.TOKEN,)
    cannot = {
        "find": "the Bot API shows a bot neither a chat's past nor its own posts",
        "repeat": "the Bot API has no key by which it knows a message again",
    }

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch
        self.site = Site(self.answer, refused, self.retry_after)
        self.posted: list[str] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_TOKEN", telegram_server.TOKEN)
        rig = cls(patch)
        async with rig.site.up():
            yield rig

    def answer(self, asked: Asked) -> Said:
        if asked.path.endswith("getMe"):
            return Said({"ok": True, "result": telegram_server.BOT})
        self.posted.append(asked.body["text"])
        known = {"message_id": 900 + len(self.posted), "date": 1_772_452_860, "chat": GROUP}
        return Said({"ok": True, "result": known | {"text": asked.body["text"]}})

    def make(self, url: str = "", **own: Any) -> Responder:
        self.patch.setattr("responders.telegram.PATIENCE", self.timeout.total_seconds())
        told = {"token": {"env": "RIG_TOKEN"}, "base_url": f"{url or self.site.url}/bot"} | own
        return TelegramResponder.from_settings("telegram", TelegramResponder.Settings.model_validate(told))

    def make_closed(self) -> Responder:
        return self.make(f"http://127.0.0.1:{free_port()}")

    def message(self, text: str, key: str = "key-1") -> Message:
        return message(Kind.REPLY, {"text": text}, target=f"{GROUP['id']}:7", key=key)

    async def fault(self, name: str) -> None:
        self.site.fault(name)

    async def hold(self) -> Awaitable[object]:
        return self.site.hold()

    async def release(self) -> None:
        self.site.release()

    async def requests(self) -> int:
        return sum(asked.path.endswith("sendMessage") for asked in self.site.asked)

    async def sent(self) -> Sequence[str]:
        return self.posted


LISTENER = TelegramRig
RESPONDER = TelegramReplyRig
