"""A file of JSON lines: a platform without a network."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import BOT, OWN, START, ListenerRig
from listeners.jsonl import JsonlListener
from models.rig import FAULTS

NO_NETWORK = "a file has no network to fail"


class JsonlRig(ListenerRig):
    """A file; its lines are numbered, which are the ids."""

    kind = "jsonl"
    listener = JsonlListener
    own_faults = ("missing",)
    cannot = dict.fromkeys(FAULTS, NO_NETWORK) | {
        "secret": "a file needs no secret",
        "hold": "reading a file does not hang",
        "delete": "the file is only appended to",
        "told": "the file is only appended to",
        "gone": "the file is only appended to, and never looked up",
        "fetch": "the file is read once and never looked up",
        "forget": "a file that is replaced is read from its beginning",
    }

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mentions.jsonl"
        self.path.touch()
        self.count = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        yield cls(folder)

    def make(self, **own: Any) -> Listener:
        settings = JsonlListener.Settings.model_validate({"path": self.path, "page": self.page} | own)
        return JsonlListener.from_settings("file", settings, self.brands)

    async def publish(self, *texts: str, by: str = "stranger", late: timedelta = timedelta()) -> list[str]:
        ids = [f"p-{self.count + number}" for number in range(len(texts))]
        self.count += len(texts)
        author = {OWN: {"id": "1", "handle": "kestrelo_official"}, BOT: {"id": "2", "handle": "m", "bot": True}}.get(by)
        with self.path.open("a") as file:
            for known, text in zip(ids, texts, strict=True):
                post: Mapping[str, Any] = {"id": known, "text": text, "posted_at": (self.now - late).isoformat()}
                file.write(json.dumps({**post, **({"author": author} if author else {})}) + "\n")
        return ids

    async def edit(self, external_id: str, text: str) -> None:
        line = {"id": external_id, "text": text, "posted_at": START.isoformat()}
        with self.path.open("a") as file:
            file.write(json.dumps(line | {"edited_at": (START + timedelta(minutes=5)).isoformat()}) + "\n")

    async def fault(self, name: str) -> None:
        self.path.unlink(missing_ok=True)


LISTENER = JsonlRig
