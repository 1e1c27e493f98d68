"""The call-back page in the daemon: served beside everything else, and neither brings the other down."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from cryptography.fernet import Fernet

import engine.callback
import engine.reload
import engine.serve
from engine.app import App
from engine.callback import CallbackPage, open_page, page_faults
from engine.plugins import schema_of
from models.errors import SettingsError
from models.settings import load_settings
from models.store import Store, sources
from tests.build import settings
from tests.crash.plugins import FakeThinking
from tests.engine.test_serve import LIMIT, Place, daemon, free_port, get, until
from tests.fakes.clock import FakeClock
from tests.responders.callback.bench import with_page


@pytest.fixture(autouse=True)
def _house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.serve, "Thinking", FakeThinking)
    monkeypatch.setattr(engine.serve, "configure", lambda *args: None)
    monkeypatch.setattr(engine.reload, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(engine.callback, "AGAIN", 0.05)
    monkeypatch.setenv("PAGE_KEYS", Fernet.generate_key().decode())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A configuration with an empty feed."""
    (tmp_path / "feed.jsonl").touch()
    return Place(tmp_path / "config.toml", Store.open(f"sqlite:///{tmp_path}/bot.db"))


def callback(port: int, more: str = "") -> str:
    """The table of the page."""
    at = f"127.0.0.1:{port}"
    return f'callback = {{ url = "http://{at}", listen = "{at}", proxies = 0, key = {{ env = "PAGE_KEYS" }} }}\n{more}'


@asynccontextmanager
async def taken(port: int) -> AsyncIterator[None]:
    """Somebody else listens there."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


async def test_the_daemon_serves_the_page_and_counts_what_it_says(place: Place) -> None:
    """It is there as soon as the daemon is; /metrics tell that it is up, and how it has answered."""
    page, operations = free_port(), free_port()
    async with daemon(place.write(callback(page, f'operations.listen = "127.0.0.1:{operations}"'))):
        status, text = await get(f"http://127.0.0.1:{page}/nothing")
        assert status == 404
        assert "This link does not work" in text
        metrics = (await get(f"http://127.0.0.1:{operations}/metrics"))[1]
        assert "overheard_callback_up 1.0" in metrics
        assert 'overheard_callback_answers{status="404"} 1.0' in metrics
    with pytest.raises(aiohttp.ClientConnectorError):
        await get(f"http://127.0.0.1:{page}/nothing")


async def test_a_taken_port_stops_nothing_and_is_tried_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon listens all the same, the operator is told once, and the page comes when the port is free."""
    port = free_port()
    monkeypatch.setattr(CallbackPage.__init__, "__defaults__", (0.05,))
    operator = 'operations = { notify = "console", notify_to = "ops" }'
    async with taken(port):
        running = daemon(place.write(callback(port, operator)))
        await running.__aenter__()
        await until(lambda: place.store.do(sources.get, "feed").last_ok_at)
        await until(place.notices)
        await asyncio.sleep(0.2)
    assert [notice.partition(":")[0] for notice in place.notices()] == [
        "the call-back page cannot be served on 127.0.0.1"
    ]
    async with asyncio.timeout(LIMIT):
        while True:
            try:
                assert (await get(f"http://127.0.0.1:{port}/nothing"))[0] == 404
                break
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.02)
    await running.__aexit__(None, None, None)
    assert len(place.notices()) == 1


async def test_the_page_is_served_while_slack_is_down(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers where Slack should be; customers are served, and the other way round the desk has its own task."""
    monkeypatch.setenv("BOT", "xoxb-1-2-abcdefgh")
    monkeypatch.setenv("APP", "xapp-1-2-3-abcdefgh")
    page, nobody = free_port(), free_port()
    slack = f'kind = "slack", token = {{ env = "BOT" }}, app_token = {{ env = "APP" }}, base_url = "http://127.0.0.1:{nobody}/api/"'
    async with daemon(place.write(callback(page, f"responders.slack = {{ {slack} }}"))):
        for _ in range(3):
            assert (await get(f"http://127.0.0.1:{page}/nothing"))[0] == 404
        await until(lambda: place.store.do(sources.get, "feed").last_ok_at)


async def test_a_server_that_breaks_is_started_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it ends by an error of its own, and where the operator cannot be told of it."""
    import responders.callback.server as server

    class Broken(server.Server):
        async def serve(self, sockets: list[socket.socket] | None = None) -> None:
            raise RuntimeError("broken")

    async def unreachable(text: str, purpose: str) -> None:
        raise OSError("nobody there")

    made = [Broken, server.Server]
    monkeypatch.setattr(server, "Server", lambda config: made.pop(0)(config))
    opened = open_page(with_page("PAGE_KEYS"), store, FakeClock(), unreachable)
    assert opened
    opened._again = 0.01
    await opened.start()
    await until(lambda: opened.up)
    assert (await get(f"http://127.0.0.1:{opened.port}/nothing"))[0] == 404
    await opened.stop()
    assert not opened.up


@pytest.mark.parametrize("listen", ["care..example.com:8088", f"{'x' * 70}:8088"])
async def test_a_host_that_is_no_host_does_not_hold_up_the_start(store: Store, listen: str) -> None:
    """The operator is told as of a taken port, and the daemon starts without the page."""
    told: list[str] = []

    async def tell(text: str, purpose: str) -> None:
        told.append(text)

    opened = open_page(with_page("PAGE_KEYS", callback={"listen": listen}), store, FakeClock(), tell)
    assert opened
    async with asyncio.timeout(LIMIT):
        await opened.start()
        await until(lambda: bool(told))
    await opened.stop()
    assert listen in told[0]


async def test_a_reload_changes_the_page(place: Place) -> None:
    """A new colour and new words are served without a restart."""
    port = free_port()

    async def title() -> str:
        try:
            return (await get(f"http://127.0.0.1:{port}/nothing"))[1].partition("<h1>")[2].partition("<")[0]
        except aiohttp.ClientError:
            return ""

    async with daemon(place.write(callback(port))):
        assert await title() == "This link does not work"
        own = 'terms = ["kestrelo"], page = { texts = { en = { gone_title = "Nothing here" } } }'
        place.path.write_text(place.path.read_text().replace('terms = ["kestrelo"]', own))
        async with asyncio.timeout(LIMIT):
            while await title() != "Nothing here":
                await asyncio.sleep(0.02)
        # The page is there a little before the rest: only who polls again has started, and may be told to stop.
        polled = place.store.do(sources.get, "feed").last_ok_at
        await until(lambda: place.store.do(sources.get, "feed").last_ok_at != polled)


@pytest.mark.parametrize(
    ("key", "page", "fault"),
    [
        ("", {}, "callback.key: the environment variable PAGE_KEYS is empty or not set"),
        ("short", {}, "callback.key: key 1 is not 32 bytes"),
        (None, {"logo": "/no/such/logo.png"}, "brands.kestrelo.page.logo: cannot read /no/such/logo.png"),
        (None, {"texts": {"en": {"titel": ""}}}, "brands.kestrelo.page.texts.en.titel: no such text"),
    ],
)
def test_faults_of_the_settings_are_said_at_the_start(
    store: Store, monkeypatch: pytest.MonkeyPatch, key: str | None, page: dict[str, object], fault: str
) -> None:
    """With their place, and never with the key."""
    if key is not None:
        monkeypatch.setenv("PAGE_KEYS", key)
    values = with_page("PAGE_KEYS", brands={"kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"], "page": page}})

    async def tell(text: str, purpose: str) -> None:
        """Nobody is told."""

    with pytest.raises(SettingsError, match=fault):
        open_page(values, store, FakeClock(), tell)
    assert [found.what.startswith(fault) for found in page_faults(values)] == [True] * bool(page)
    assert page_faults(settings()) == []


async def test_without_a_url_there_is_no_page(store: Store, place: Place) -> None:
    """Agents do it by hand then; and a run that only does what there is serves none either."""

    async def tell(text: str, purpose: str) -> None:
        """Nobody is told."""

    assert open_page(settings(), store, FakeClock(), tell) is None
    loaded = load_settings(place.write(callback(free_port())), schema_of)
    async with App.open(loaded, place.store, FakeThinking(), once=True) as app:
        assert app.page is None
