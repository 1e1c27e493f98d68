"""The listeners of docs/add-a-listener.md and of the example packages keep the promises of the built-in ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from listeners.base import Listener
from listeners.conformance import *  # noqa: F403
from listeners.conformance.rig import ListenerRig
from models.rig_site import Asked, Said, Site
from tests.contract.rigs.jsonl import JsonlRig
from tests.examples.pages import EXAMPLES, module_of, page_module

TOKEN = "canary-of-the-board"


class BoardRig(ListenerRig):
    """The board of docs/add-a-listener.md: posts by a growing number."""

    kind = "board"
    secrets = (TOKEN,)
    cannot: Mapping[str, str] = {
        "own": "the board of the page has one author",
        "bot": "the board of the page has one author",
        "told": "the board tells nobody of deletions",
        "gone": "the listener of the page hears only, to stay short",
        "fetch": "the listener of the page hears only, to stay short",
        "edit": "the board shows a post once",
        "forget": "the board keeps its numbers for ever",
    }

    def __init__(self, page: ModuleType) -> None:
        self.listener = page.BoardListener  # type: ignore[misc]
        self.site = Site(self.answer, retry_after=self.retry_after)
        self.posts: dict[int, dict[str, Any]] = {}
        self.last = 0

    def answer(self, asked: Asked) -> Said:
        assert asked.headers["authorization"] == f"Bearer {TOKEN}"
        after, limit = int(asked.query["after"]), int(asked.query["limit"])
        posts = [post for number, post in self.posts.items() if number > after][:limit]
        return Said({"posts": posts if after >= 0 else [], "last": self.last})

    def make(self, **own: Any) -> Listener:
        told = {"url": f"{self.site.url}/posts", "token": {"env": "BOARD_TOKEN"}, "page": self.page} | own
        made: Listener = self.listener.from_settings("board", self.listener.Settings.model_validate(told), self.brands)
        return made

    async def publish(self, *texts: str, by: str = "stranger", late: timedelta = timedelta()) -> list[str]:
        known = {"author": "u-1", "at": "2026-03-02T13:00:00+01:00", "url": "https://board.example/1", "thread": "t-1"}
        ids = range(self.last + 1, self.last + 1 + len(texts))
        self.posts |= {number: {"id": number, "text": text, **known} for number, text in zip(ids, texts, strict=True)}
        self.last += len(texts)
        return [str(number) for number in ids]

    async def delete(self, external_id: str) -> None:
        del self.posts[int(external_id)]

    async def fault(self, name: str) -> None:
        # aiohttp itself asks a second time where a kept connection breaks.
        self.site.fault(name, 2 if name == "dropped" else 1)

    async def hold(self) -> Awaitable[object]:
        return self.site.hold()

    async def release(self) -> None:
        self.site.release()


class FolderRig(JsonlRig):
    """A folder with text files, heard by the example package."""

    kind = "directory"
    cannot = JsonlRig.cannot | {
        "own": "a text file has no author",
        "bot": "a text file has no author",
        "late": "the names of the files are their order",
        "order": "the names of the files are their order",
        "edit": "a file that was read is not read again",
    }

    def __init__(self, folder: Path, page: ModuleType) -> None:
        self.listener = page.DirectoryListener  # type: ignore[misc]
        self.path = folder / "shouts"
        self.path.mkdir()
        self.count = 0

    def make(self, **own: Any) -> Listener:
        settings = self.listener.Settings.model_validate({"path": self.path, "page": self.page} | own)
        made: Listener = self.listener.from_settings("shouts", settings, self.brands)
        return made

    async def publish(self, *texts: str, by: str = "stranger", late: timedelta = timedelta()) -> list[str]:
        names = []
        for text in texts:
            self.count += 1
            names.append(f"{self.count:06}.txt")
            (self.path / names[-1]).write_text(text, "utf-8")
        return names

    async def fault(self, name: str) -> None:
        self.path.rename(self.path.with_name("elsewhere"))


@asynccontextmanager
async def board(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[ListenerRig]:
    """A rig of the page."""
    patch.setenv("BOARD_TOKEN", TOKEN)
    page = page_module("add-a-listener.md", folder, patch)
    patch.setattr(page, "PATIENCE", 1.0)
    rig = BoardRig(page)
    async with rig.site.up():
        yield rig


@asynccontextmanager
async def directory(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[ListenerRig]:
    """A rig of the small example."""
    yield FolderRig(folder, module_of(EXAMPLES / "shout_listener" / "shout_listener.py", patch))


def github(folder: Path, patch: pytest.MonkeyPatch) -> AbstractAsyncContextManager[ListenerRig]:
    """The rig that the example of docs/add-a-channel.md brings."""
    package = EXAMPLES / "overheard-github"
    module_of(package / "overheard_github.py", patch)
    rig: Any = module_of(package / "tests" / "github_rig.py", patch).GithubRig
    opened: AbstractAsyncContextManager[ListenerRig] = rig.open(folder, patch)
    return opened


@pytest.fixture(params=[board, directory, github], ids=lambda opened: opened.__name__)
async def rig(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ListenerRig]:
    """The rig of each."""
    async with request.param(tmp_path, monkeypatch) as opened:
        yield opened
