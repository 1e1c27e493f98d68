"""The example package and the code on the add-a-… pages keep the very contracts that the built-in plug-ins keep."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import re
import sys
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web

from classifiers.base import Post
from engine.plugins import make_listener, schema_of
from listeners.base import Listener
from models.assessment import LABELS
from models.channel import Manifest
from models.decision import Kind
from models.settings import load_settings
from responders.base import Responder
from tests.contract import rigs
from tests.contract import test_listeners as listening
from tests.contract import test_responders as responding
from tests.fakes.faulty import Faulty, breaks, faulty, says, shows
from tests.responders.cards import message

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "shout_listener"
SECRET = "canary-of-the-board"
TEXT = "We are sorry, please write to us privately."


def code_of(page: str) -> str:
    """All Python of a page, in its order."""
    return "\n\n".join(re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / page).read_text("utf-8"), re.M | re.S))


def module_of(path: Path, patch: pytest.MonkeyPatch) -> ModuleType:
    """A file as a module, for as long as the test lasts."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    patch.setitem(sys.modules, path.stem, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Makes a module of a page's code, or of the example package, with little patience."""
    monkeypatch.setenv("BOARD_TOKEN", SECRET)

    def loaded(page: str) -> ModuleType:
        path = EXAMPLE / page
        if page.endswith(".md"):
            path = tmp_path / f"{Path(page).stem.replace('-', '_')}.py"
            path.write_text(code_of(page), "utf-8")
        module = module_of(path, monkeypatch)
        monkeypatch.setattr(module, "PATIENCE", 0.5, raising=False)
        return module

    return loaded


def promises(contract: ModuleType, known: set[str]) -> list[str]:
    """The contract's tests that need nothing but what stands here."""
    found = [
        name
        for name, test in vars(contract).items()
        if name.startswith("test_") and inspect.iscoroutinefunction(test)
        if "rig" in asked(contract, name) and known.issuperset(asked(contract, name))
    ]
    assert len(found) >= 8, "the contract has changed its shape"
    return found


def asked(contract: ModuleType, promise: str) -> list[str]:
    """The arguments that a test of the contract takes."""
    return list(inspect.signature(getattr(contract, promise)).parameters)


class BoardRig:
    """The board of docs/add-a-listener.md: posts by a growing number."""

    faults = rigs.WEB_FAULTS
    secret = SECRET
    now = rigs.START

    def __init__(self, page: ModuleType, server: Faulty) -> None:
        self.page = page
        self.server = server
        self.posts: list[dict[str, Any]] = []
        server.answers = [self.answer]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == f"Bearer {SECRET}"
        after, limit = int(request.query["after"]), int(request.query["limit"])
        posts = self.posts[after:][:limit] if after >= 0 else []
        return web.json_response({"posts": posts, "last": len(self.posts)})

    def publish(self, *texts: str) -> None:
        for text in texts:
            number = len(self.posts) + 1
            known = {"author": "u-1", "at": "2026-03-02T13:00:00+01:00", "url": "https://board.example/1"}
            self.posts.append({"id": number, "text": text, "thread": "t-1", **known})

    def fault(self, name: str) -> None:
        status, page = rigs._page_of(name)
        fault = shows(status, page) if name.startswith("html") else says(status, {"error": name}, Retry_After="7")
        self.server.answers = [{"dropped": breaks, "silent": self.server.hangs}.get(name, fault)]

    def make_listener(self) -> Listener:
        kind = self.page.BoardListener
        own = {"url": f"{self.server.url}/posts", "token": {"env": "BOARD_TOKEN"}, "page": rigs.PAGE}
        made: Listener = kind.from_settings("board", kind.Settings.model_validate(own), rigs.BRANDS)
        return made

    def hold(self) -> Callable[[], Awaitable[object]]:
        self.server.answers = [self.server.hangs]
        asked = len(self.server.requests)

        async def held() -> None:
            while len(self.server.requests) == asked:
                await asyncio.sleep(0)

        return held

    def release(self) -> None:
        self.server.answers = [self.answer]


class FolderRig(rigs.JsonlRig):
    """A folder with text files, heard by the example package."""

    def __init__(self, folder: Path, page: ModuleType) -> None:
        self.page = page
        self.path = folder / "shouts"
        self.path.mkdir()
        self.count = 0

    def publish(self, *texts: str) -> None:
        for text in texts:
            self.count += 1
            (self.path / f"{self.count:06}.txt").write_text(text, "utf-8")

    def fault(self, name: str) -> None:
        self.path.rename(self.path.with_name("elsewhere"))

    def make_listener(self) -> Listener:
        kind = self.page.DirectoryListener
        made: Listener = kind.from_settings("shouts", kind.Settings(path=self.path, page=rigs.PAGE), rigs.BRANDS)
        return made


@asynccontextmanager
async def board(load: Callable[[str], ModuleType], folder: Path) -> AsyncIterator[Any]:
    """A rig of the page's listener."""
    async with faulty() as server:
        yield BoardRig(load("add-a-listener.md"), server)


@asynccontextmanager
async def folder(load: Callable[[str], ModuleType], folder: Path) -> AsyncIterator[Any]:
    """A rig of the example package."""
    yield FolderRig(folder, load("shout_listener.py"))


LISTENING = promises(listening, {"rig", "listener", "fault", "caplog"})
RIGS = {"page": (board, BoardRig.faults), "package": (folder, FolderRig.faults)}
HEARD = [
    (which, promise, fault)
    for which, (_, faults) in RIGS.items()
    for promise in LISTENING
    for fault in (faults if "fault" in asked(listening, promise) else [""])
]


@pytest.mark.parametrize(("which", "promise", "fault"), HEARD)
async def test_the_listeners_keep_the_contract(
    which: str,
    promise: str,
    fault: str,
    load: Callable[[str], ModuleType],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The listener that docs/add-a-listener.md shows, and the example package, promise what the built-in ones do."""
    async with RIGS[which][0](load, tmp_path) as rig:
        listener = rig.make_listener()
        given = {"rig": rig, "listener": listener, "fault": fault, "caplog": caplog}
        await getattr(listening, promise)(**{name: given[name] for name in asked(listening, promise)})
        await listener.aclose()


RESPONDING = promises(responding, {"rig", "server", "responder", "status", "html", "answer", "caplog"})
RESPONDING = [promise for promise in RESPONDING if "responder" in asked(responding, promise)]


@pytest.mark.parametrize("promise", RESPONDING)
async def test_the_responder_keeps_the_contract(
    promise: str, load: Callable[[str], ModuleType], caplog: pytest.LogCaptureFixture
) -> None:
    """The responder that docs/add-a-responder.md shows promises what the built-in ones do."""
    kind = load("add-a-responder.md").BoardResponder
    reply = message(Kind.REPLY, {"text": TEXT}, target="17")
    rig = responding.Rig("board", lambda url: {"url": url}, reply, {"id": "r-1", "url": "https://board.example/r-1"})
    async with faulty() as server:
        server.answers = [says(200, rig.good)]
        own = {"url": server.url, "token": {"env": "BOARD_TOKEN"}}
        responder: Responder = kind.from_settings("board", kind.Settings.model_validate(own))
        given = {"rig": rig, "server": server, "responder": responder, "status": 502, "html": True, "caplog": caplog}
        given["answer"] = shows(200, "<html>sign in</html>")
        await getattr(responding, promise)(**{name: given[name] for name in asked(responding, promise)})
        await responder.aclose()


async def test_the_responder_finds_its_reply_again(load: Callable[[str], ModuleType]) -> None:
    """`find` says yes with a receipt, or no where the board is certain."""
    kind = load("add-a-responder.md").BoardResponder
    async with faulty() as server:
        own = {"url": server.url, "token": {"env": "BOARD_TOKEN"}}
        responder = kind.from_settings("board", kind.Settings.model_validate(own))
        server.answers = [says(200, {"id": "r-1"})]
        found = await responder.find(message(Kind.REPLY))
        server.answers = [says(200, {})]
        assert (found.external_id, await responder.find(message(Kind.REPLY))) == ("r-1", None)


def test_the_manifest_of_the_page_is_one(load: Callable[[str], ModuleType]) -> None:
    """The manifest on the page is made as models/channel.py wants it, and its link leads to the post."""
    manifest = load("add-a-listener.md").BOARD
    assert isinstance(manifest, Manifest)
    assert manifest.reply_link("1", "hello", "https://board.example/1") == "https://board.example/1"


def test_the_classifier_of_the_page_answers(load: Callable[[str], ModuleType]) -> None:
    """The classifier on the page gives one finding a post, with a probability for every label of its head."""
    classifier = load("add-a-classifier.md").ExitWords()
    posts = [Post("I will cancel my Kestrelo contract"), Post("Kestrelo is fine")]
    answers = classifier.classify(posts)
    assert [answer[0].label for answer in answers] == ["yes", "no"]
    assert all(set(found.p) == set(LABELS[found.head]) and sum(found.p.values()) == 1 for (found,) in answers)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example package as pip leaves it: its module on the path, and its entry points in a .dist-info folder."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    info = tmp_path / "site" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(head, "utf-8")
    groups = project["entry-points"].items()
    lines = [line for group, points in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in points.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", "utf-8")
    monkeypatch.delitem(sys.modules, "shout_listener", raising=False)
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.syspath_prepend(str(info.parent))


@pytest.mark.usefixtures("installed")
async def test_the_installed_example_is_found_and_hears(tmp_path: Path) -> None:
    """Once installed, its kind can be used in the configuration, its settings are checked, and it hears a file."""
    shouts = tmp_path / "shouts"
    shouts.mkdir()
    config = tmp_path / "config.toml"
    config.write_text(
        f"""
        [brands.kestrelo]
        name = "Kestrelo"
        terms = ["kestrelo"]
        [listeners.shouts]
        kind = "directory"
        path = "{shouts}"
        [responders.console]
        kind = "console"
        """,
        "utf-8",
    )
    listener = make_listener(load_settings(config, schema_of), "shouts")
    now = datetime.now(UTC)
    first = await listener.poll(None, listening.Spend(), now)
    (shouts / "000001.txt").write_text("Kestrelo has been down since noon\n", "utf-8")
    (shouts / "000002.txt").write_bytes(b"\xff\xfe")
    heard = await listener.poll(first.cursor, listening.Spend(), now)
    assert [mention.text for mention in heard.mentions] == ["Kestrelo has been down since noon"]
    assert [why for _, why in heard.spoiled] == ["UnicodeDecodeError"]
    assert await listener.check() == []
