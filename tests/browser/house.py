"""The whole house for a customer with a browser: the real App with its page, Slack, Telegram and a privacy notice."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.fernet import Fernet

import engine.app
from models.store import Store
from responders.slack.pace import Pace
from tests.counterparts.platforms import REPOSITORY, Telegram
from tests.counterparts.slack_socket import Bridge
from tests.engine.shift import Calendar, Shift
from tests.fakes.clock import FakeClock

BEGAN = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
"""Two o'clock in Berlin, on a Monday."""
CONFIG = """
listeners.feed = {{ kind = "jsonl", path = "{feed}", from_start = true, every = "1h" }}
responders.slack = {{ kind = "slack", token = {{ env = "SHIFT_BOT" }}, app_token = {{ env = "SHIFT_APP" }}, \
base_url = "{slack}" }}
responders.telegram = {{ kind = "telegram", token = {{ env = "SHIFT_TELEGRAM" }}, base_url = "{telegram}" }}
routes.call = {{ sink = "slack", to = "{cards}" }}
replies.mode = "draft"
audit.share = 0.0
calendar = {{ timezone = "Europe/Berlin", nudge_after = "0s" }}

[store]
url = "{store}"

[brands.k]
name = "Kestrelo"
terms = ["kestrelo"]
phone_region = "GB"

[brands.k.page]
privacy = "{privacy}"
{look}

[callback]
url = "http://127.0.0.1:{port}"
listen = "127.0.0.1:{port}"
proxies = 0
key = {{ env = "SHIFT_KEYS" }}

[surveys]
after = "5m"

[channels.telegram]
reply_with = "telegram"

[channels.telegram.targets]
first_response = "30m"
claim = "10m"
resolve = "8h"
"""
LINK = re.compile(r"http://127\.0\.0\.1:\d+/c/\S+?(?=[.,;)]?(?:\s|$))")


@dataclass
class Notice:
    """The brand's privacy notice, on a server of its own: it keeps what browsers told it of where they came from."""

    url: str = ""
    referers: list[str | None] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """A short page."""
        self.referers.append(request.headers.get("Referer"))
        return web.Response(text="<!doctype html><title>Privacy</title><h1>Privacy</h1>", content_type="text/html")


@asynccontextmanager
async def notice() -> AsyncIterator[Notice]:
    """The notice on a free port."""
    served, app = Notice(), web.Application()
    app.router.add_get("/privacy", served.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}/privacy"
    try:
        yield served
    finally:
        await runner.cleanup()


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@dataclass
class House:
    """The shift, the address of its page, and the notice that the page links to."""

    shift: Shift
    url: str
    notice: Notice

    def link(self, group: int) -> str:
        """The link in what the customer was told last."""
        told = self.shift.telegram.sent(group)[-1]["text"]
        (found,) = LINK.findall(told) or [told]
        return str(found)

    async def report(self, *options: str) -> Any:
        """What `python bot.py report` says as JSON; nothing with ``--out``."""
        written = ("--format", "html" if "--out" in options else "json")
        command = (sys.executable, "bot.py", "report", "--config", str(self.shift.path), *written, *options)
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return None if "--out" in options else json.loads(done.stdout)


@asynccontextmanager
async def house(
    folder: Path, store: Store, slack: Bridge, telegram: Telegram, patch: pytest.MonkeyPatch, look: str = ""
) -> AsyncIterator[House]:
    """The house, not open yet. ``look`` is more TOML for ``brands.k.page``."""

    async def at_once(self: Pace, key: str) -> None:
        """The second between two messages is not this test's."""

    patch.setattr(Pace, "turn", at_once)
    patch.setattr(engine.app, "open_calendar", lambda settings, tick: Calendar())
    patch.setenv("SHIFT_BOT", slack.slack.token)
    patch.setenv("SHIFT_APP", slack.app_token)
    patch.setenv("SHIFT_TELEGRAM", telegram.token)
    patch.setenv("SHIFT_KEYS", Fernet.generate_key().decode())
    (folder / "feed.jsonl").touch()
    port = free_port()
    async with notice() as privacy:
        config = CONFIG.format(
            feed=folder / "feed.jsonl",
            slack=slack.base_url,
            telegram=telegram.bot_url,
            cards=slack.slack.channel("social-triage"),
            store=store.engine.url.render_as_string(hide_password=False),
            privacy=privacy.url,
            port=port,
            look=look,
        )
        (folder / "config.toml").write_text(config)
        shift = Shift(folder / "config.toml", store, slack, telegram, FakeClock(BEGAN), BEGAN)
        yield House(shift, f"http://127.0.0.1:{port}", privacy)
