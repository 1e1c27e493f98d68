"""The responder of docs/add-a-responder.md keeps the promises of the built-in ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from models.decision import Kind, Message
from models.rig_site import Asked, Said, Site, nowhere
from responders.base import Responder
from responders.conformance import *  # noqa: F403
from responders.conformance.rig import ResponderRig
from tests.examples.pages import page_module
from tests.responders.cards import message

TOKEN = "canary-of-the-board"


class BoardReplyRig(ResponderRig):
    """A board that knows a reply by its key."""

    kind = "board"
    secrets = (TOKEN,)

    def __init__(self, page: ModuleType) -> None:
        self.responder = page.BoardResponder  # type: ignore[misc]
        self.site = Site(self.answer, retry_after=self.retry_after)
        self.replies: dict[str, dict[str, str]] = {}

    def answer(self, asked: Asked) -> Said:
        assert asked.headers["authorization"] == f"Bearer {TOKEN}"
        if asked.method == "POST":
            known = {"id": f"r-{len(self.replies)}", "url": "https://board.example/r", "text": asked.body["text"]}
            return Said(self.replies.setdefault(asked.body["key"], known))
        return Said(self.replies.get(asked.query["key"], {}) if asked.path == "/replies" else {"id": "u-1"})

    def make(self, url: str = "", **own: Any) -> Responder:
        told = {"url": url or self.site.url, "token": {"env": "BOARD_TOKEN"}} | own
        made: Responder = self.responder.from_settings("board", self.responder.Settings.model_validate(told))
        return made

    def make_closed(self) -> Responder:
        return self.make(nowhere())

    def message(self, text: str, key: str = "key-1") -> Message:
        return message(Kind.REPLY, {"text": text}, target="17", key=key)

    async def fault(self, name: str) -> None:
        # aiohttp itself asks a second time where a kept connection breaks and nothing was to be changed.
        self.site.fault(name, 2 if name == "dropped" else 1)

    async def hold(self) -> Awaitable[object]:
        return self.site.hold()

    async def release(self) -> None:
        self.site.release()

    async def requests(self) -> int:
        return self.site.writes

    async def sent(self) -> Sequence[str]:
        return [reply["text"] for reply in self.replies.values()]


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ResponderRig]:
    """A rig of the page."""
    monkeypatch.setenv("BOARD_TOKEN", TOKEN)
    page = page_module("add-a-responder.md", tmp_path, monkeypatch)
    monkeypatch.setattr(page, "PATIENCE", 1.0)
    opened = BoardReplyRig(page)
    async with opened.site.up():
        yield opened
