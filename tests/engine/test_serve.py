"""The daemon's life in this process: start, reload with good and bad changes, the operator's pages, stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlmodel import select

import engine.reload
import engine.serve
from classifiers.panel import Panel
from engine.app import App
from engine.plugins import schema_of
from engine.serve import serve
from models.errors import SettingsError, StoreError
from models.settings import Settings, load_settings
from models.store import Store, sources, wakes
from models.tables import EffectRow, ListenerRow
from tests.crash.plugins import FakeThinking

LIMIT = 20.0


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.serve, "Thinking", FakeThinking)
    monkeypatch.setattr(engine.serve, "configure", lambda *args: None)
    monkeypatch.setattr(engine.reload, "LOOK_EVERY", 0.01)


@dataclass
class Place:
    """A configuration and the database that it names."""

    path: Path
    store: Store

    def write(self, more: str = "", feed: str = "feed") -> Path:
        """The configuration, with more tables."""
        self.path.write_text(
            f"""
            store.url = "{self.store.engine.url}"
            brands.k = {{ name = "Kestrelo", terms = ["kestrelo"] }}
            listeners.{feed} = {{ kind = "jsonl", path = "{self.path.parent / "feed.jsonl"}", every = "0.01s" }}
            responders.console = {{ kind = "console", plain = true }}
            {more}
            """
        )
        return self.path

    def notices(self) -> list[str]:
        """What the operator was told."""
        rows = self.store.do(lambda session: session.exec(select(EffectRow).where(EffectRow.purpose == "notice")).all())
        return [row.body["text"] for row in rows]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """One with an empty feed."""
    (tmp_path / "feed.jsonl").touch()
    found = Place(tmp_path / "config.toml", Store.open(f"sqlite:///{tmp_path}/bot.db"))
    found.write()
    return found


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(held: Callable[[], object]) -> None:
    """Come back once it holds."""
    async with asyncio.timeout(LIMIT):
        while not held():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def daemon(path: Path) -> AsyncIterator[asyncio.Task[None]]:
    """A running daemon; after the block it is told to stop and must end well."""
    up = asyncio.Event()
    task = asyncio.create_task(serve(load_settings(path, schema_of), started=up.set))
    ready = asyncio.create_task(up.wait())
    await asyncio.wait({task, ready}, timeout=LIMIT, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if not task.done():
        yield task
        os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(task, LIMIT)


async def get(url: str) -> tuple[int, str]:
    """A page's status and text."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_operations_pages_by_http(place: Place) -> None:
    """/healthz and /metrics answer where the configuration says, and nothing else does."""
    port = free_port()
    async with daemon(place.write(f'operations.listen = "127.0.0.1:{port}"')):
        await until(lambda: place.store.do(sources.get, "feed").last_ok_at)
        assert await get(f"http://127.0.0.1:{port}/healthz") == (200, "ok\n")
        status, page = await get(f"http://127.0.0.1:{port}/metrics")
        assert status == 200
        assert 'overheard_listener_up{listener="feed"} 1.0' in page
        assert (await get(f"http://127.0.0.1:{port}/"))[0] == 404


async def test_stalled_work_is_unhealthy(place: Place) -> None:
    """Where work waits and none gets done, /healthz says 503, however busily the clocks tick."""
    path = place.write('operations.stalled_after = "1s"')
    moment = datetime.now(UTC)
    async with App.open(load_settings(path, schema_of), place.store, FakeThinking(), clock=lambda: moment) as app:
        assert (await app.health()).ok
        place.store.do(wakes.mark, "send", ["console"], moment)
        moment += timedelta(days=2, seconds=5)
        health = await app.health()
    assert not health.ok
    assert "172805 s" in health.why


async def test_a_good_change_takes_hold(place: Place) -> None:
    """A new listener listens without a restart, and the database stays."""
    async with daemon(place.path):
        place.write(feed="other")
        await until(lambda: place.store.do(sources.get, "other").last_ok_at)


async def test_sighup_takes_a_change_at_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal reloads without waiting for the next look at the file."""
    monkeypatch.setattr(engine.reload, "LOOK_EVERY", 3600.0)
    async with daemon(place.path):
        place.write(feed="other")
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: place.store.do(sources.get, "other").last_ok_at)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("replies.per_hour = -1", "replies.per_hour"),
        ('responders.bot = { kind = "telegram", token = { env = "T_NOT_SET" } }', "T_NOT_SET"),
        ('operations.listen = "127.0.0.1:{taken}"', "in use"),
        ('replies.templates = "nowhere"', "templates"),
    ],
)
async def test_a_bad_change_is_refused(place: Place, bad: str, why: str) -> None:
    """A change that cannot work, for whatever reason, leaves the old one running, and the operator is told."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        notify = 'operations.notify = "console"\n'
        async with daemon(place.write(notify)) as task:
            place.write(notify + bad.replace("{taken}", str(taken.getsockname()[1])))
            await until(place.notices)
            assert not task.done()
            moment = datetime.now(UTC)
            await until(lambda: (place.store.do(sources.get, "feed").last_ok_at or moment) > moment)
    (notice,) = place.notices()
    assert "the old one keeps running" in notice
    assert why in notice


class Broken(FakeThinking):
    """Weights that were spoilt while they were in use: only what is loaded can be had."""

    spoilt = False
    refused = 0
    _stays = False

    def stay(self) -> None:
        """What is loaded, once."""
        self._stays = True

    def panel(self, settings: Settings) -> Panel:
        """The loaded one, or the fault of the files."""
        stays, self._stays = self._stays, False
        if self.spoilt and not stays:
            self.refused += 1
            raise SettingsError(["classifier: weights/current names 'x', which is no version there"])
        return super().panel(settings)


async def test_weights_that_were_spoilt_are_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGHUP with a damaged version leaves the loaded one at work, as often as it is sent, and the operator is told."""
    thinking = Broken()
    monkeypatch.setattr(engine.serve, "Thinking", lambda: thinking)
    async with daemon(place.write('operations.notify = "console"')) as task:
        thinking.spoilt = True
        for count in (1, 2):
            os.kill(os.getpid(), signal.SIGHUP)
            await until(lambda count=count: place.notices() and thinking.refused == count)
            assert not task.done()
            moment = datetime.now(UTC)
            await until(lambda moment=moment: (place.store.do(sources.get, "feed").last_ok_at or moment) > moment)
    assert all("weights/current" in notice for notice in place.notices())


async def test_a_running_daemon_keeps_its_database(place: Place) -> None:
    """Another store.url is refused until a restart, because work in the old one would be left behind."""
    notify = 'operations.notify = "console"'
    async with daemon(place.write(notify)):
        place.path.write_text(place.path.read_text().replace("bot.db", "other.db"))
        await until(place.notices)
    assert "store.url" in place.notices()[0]
    assert not place.path.with_name("other.db").exists()


async def test_the_first_configuration_must_work(place: Place) -> None:
    """At the start there is nothing to fall back on: the fault is raised."""
    path = place.write('responders.bot = { kind = "telegram", token = { env = "T_NOT_SET" } }')
    with pytest.raises(SettingsError, match="T_NOT_SET"):
        await serve(load_settings(path, schema_of))


async def test_one_daemon_a_database(place: Place) -> None:
    """A second daemon is refused in words, and the first goes on."""
    async with daemon(place.path):
        with pytest.raises(StoreError, match="another Overheard daemon"):
            await serve(load_settings(place.path, schema_of))


async def test_what_waits_for_a_responder_that_is_gone_finds_a_place(place: Place) -> None:
    """A card for a responder of an older configuration goes where calls go now, and a gone listener stops nothing."""
    moment = datetime.now(UTC) - timedelta(hours=1)
    place.store.do(lambda session: session.add(ListenerRow(name="gone", next_poll_at=moment)))
    body = {"text": "a note", "author": "", "link": "", "why": []}
    row = EffectRow(key="k", sink="gone", kind="note", target="#old", body=body, brand="kestrelo", queued_at=moment)
    place.store.do(lambda session: session.add(row))
    async with daemon(place.path):
        await until(lambda: place.store.do(lambda session: session.get(EffectRow, "k").state) == "sent")
    assert place.store.do(lambda session: session.get(EffectRow, "k").sink) == "console"


async def test_a_reply_for_a_responder_that_is_gone_goes_to_people(place: Place) -> None:
    """A public reply that nobody can send any more is handed to a person, with its draft."""
    moment = datetime.now(UTC)
    row = EffectRow(
        key="k", sink="gone", kind="reply", target="1", body={"text": "Yes."}, brand="kestrelo", queued_at=moment
    )
    place.store.do(lambda session: session.add(row))
    async with daemon(place.path):
        await until(lambda: place.store.do(lambda session: session.get(EffectRow, "k").state) != "pending")
    assert place.store.do(lambda session: session.get(EffectRow, "k").state) in ("needs_human", "dead")
