"""A rig for every kind of listener: how a test publishes posts on its channel, and breaks it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from listeners.base import Listener
from listeners.jsonl import JsonlListener
from listeners.telegram import TelegramListener
from listeners.x import XListener
from models.settings.sections import Brand
from tests.fakes import telegram_server
from tests.fakes.telegram_server import FakeTelegram
from tests.fakes.x_server import Fault, XServer

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
BRANDS = {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"], handles={"telegram": ["kestrelo_official"]})}
PAGE = 10
"""Posts in one page of every rig; X gives no smaller ones."""
HTML = "<html><body>upstream says token-canary</body></html>"
WEB_FAULTS = ("401", "403", "429", "500", "html 200", "html 502", "dropped", "silent")


class Rig(Protocol):
    """One channel with one listener. ``faults`` are those that it can play, ``secret`` what must never be shown."""

    faults: tuple[str, ...]
    secret: str
    now: datetime

    def publish(self, *texts: str) -> None:
        """Somebody posts each text, and time passes until it can be heard."""
        ...

    def fault(self, name: str) -> None:
        """Break the channel for the next poll."""
        ...

    def make_listener(self) -> Listener:
        """A fresh listener, as after a restart."""
        ...

    def hold(self) -> Callable[[], Awaitable[object]]:
        """Hold the next poll in mid-air, if the channel can; returns what waits until it hangs there."""
        ...

    def release(self) -> None:
        """Hold no longer."""
        ...


class JsonlRig:
    """A file."""

    faults = ("missing",)
    secret = "no secret in this kind"
    now = START

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mentions.jsonl"
        self.path.touch()

    def publish(self, *texts: str) -> None:
        with self.path.open("a") as file:
            file.writelines(json.dumps({"text": text}) + "\n" for text in texts)

    def fault(self, name: str) -> None:
        self.path.unlink()

    def make_listener(self) -> Listener:
        return JsonlListener.from_settings("file", JsonlListener.Settings(path=self.path, page=PAGE), BRANDS)

    def hold(self) -> Callable[[], Awaitable[object]]:
        return lambda: asyncio.sleep(0)

    def release(self) -> None:
        pass


class TelegramRig:
    """A bot in a group."""

    faults = WEB_FAULTS
    secret = telegram_server.TOKEN
    now = START

    def __init__(self, server: FakeTelegram) -> None:
        self.server = server

    def publish(self, *texts: str) -> None:
        for text in texts:
            self.server.say(text)

    def fault(self, name: str) -> None:
        self.server.silent = name == "silent"
        status, page = _page_of(name)
        answers = {
            "401": telegram_server.refusal(401, "Unauthorized"),
            "403": telegram_server.refusal(403, "Forbidden: the bot was deactivated"),
            "429": telegram_server.refusal(429, "Too Many Requests: retry after 7", retry_after=7),
            "500": telegram_server.refusal(500, "Internal Server Error"),
            "dropped": telegram_server.dropped,
        }
        self.server.answers += [answers.get(name, telegram_server.page(status, page))] * (name != "silent")

    def make_listener(self) -> Listener:
        own = {"token": {"env": "RIG_TOKEN"}, "base_url": self.server.bot_url, "wait": "0s", "limit": PAGE}
        return TelegramListener.from_settings("chats", TelegramListener.Settings.model_validate(own), BRANDS)

    def hold(self) -> Callable[[], Awaitable[object]]:
        self.server.polling.clear()
        self.server.silent = True
        return self.server.polling.wait

    def release(self) -> None:
        self.server.silent = False


class XRig:
    """An app that searches X."""

    faults = WEB_FAULTS
    secret = XServer.token

    def __init__(self, server: XServer) -> None:
        self.server = server

    @property
    def now(self) -> datetime:
        return self.server.now

    def publish(self, *texts: str) -> None:
        for text in texts:
            self.server.say(text)
        self.server.now += timedelta(minutes=2)

    def fault(self, name: str) -> None:
        status, page = _page_of(name)
        headers = {"x-rate-limit-reset": str(int(self.now.timestamp()) + 7)} if name == "429" else {}
        problem = json.dumps({"title": "Refused", "detail": "Refused", "status": status})
        body, kind = (page, "text/html") if name.startswith("html") else (problem, "application/problem+json")
        fault = Fault(status, body, headers, kind, hang=name == "silent", drop=name == "dropped")
        # aiohttp itself asks a second time where a kept connection breaks.
        self.server.faults += [fault] * (2 if name == "dropped" else 1)

    def make_listener(self) -> Listener:
        own: dict[str, Any] = {"token": {"env": "RIG_TOKEN"}, "base_url": self.server.url, "max_results": PAGE}
        return XListener.from_settings("x", XListener.Settings.model_validate(own | {"timeout": "1s"}), BRANDS)

    def hold(self) -> Callable[[], Awaitable[object]]:
        asked = len(self.server.requests)
        self.server.faults.append(Fault(hang=True))

        async def held() -> None:
            while len(self.server.requests) == asked:
                await asyncio.sleep(0)

        return held

    def release(self) -> None:
        self.server.faults.clear()


def _page_of(name: str) -> tuple[int, str]:
    digits = name.removeprefix("html ")
    return int(digits) if digits.isdigit() else 200, HTML


@asynccontextmanager
async def jsonl(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """A rig of a file."""
    yield JsonlRig(folder)


@asynccontextmanager
async def telegram(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """A rig of Telegram."""
    patch.setenv("RIG_TOKEN", TelegramRig.secret)
    patch.setattr("listeners.telegram.GRACE", 1.0)
    async with telegram_server.telegram() as server:
        yield TelegramRig(server)


@asynccontextmanager
async def x(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """A rig of X."""
    patch.setenv("RIG_TOKEN", XRig.secret)
    # Its `check` goes by the machine's clock, having no other.
    async with XServer(datetime.now(UTC).replace(microsecond=0)) as server:
        yield XRig(server)


Open = Callable[[Path, pytest.MonkeyPatch], AbstractAsyncContextManager[Rig]]
RIGS: Mapping[str, tuple[Open, tuple[str, ...]]] = {
    "jsonl": (jsonl, JsonlRig.faults),
    "telegram": (telegram, TelegramRig.faults),
    "x": (x, XRig.faults),
}
