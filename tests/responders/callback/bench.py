"""The call-back page for tests: served by a real uvicorn on loopback, on a real store, by a clock that is turned."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from models.decision import CaseRef
from models.settings import Settings
from models.store import Store
from models.vault import Vault
from responders.callback.app import callback_app
from responders.callback.front import Front
from responders.callback.server import bound, server_of
from responders.callback.visitors import LIMITS, Visits
from tests.build import NOW, mention, settings
from tests.fakes.clock import FakeClock
from tests.models.store.steps import alert, decide

CASE = CaseRef("case-1", "234567R", new=True)
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "accept-language": "en"}
NUMBER = "+44 20 7946 0018"
E164 = "+442079460018"
_FORM = re.compile(r'name="form" value="([^"]+)"')
MANY: Mapping[str, str] = dict.fromkeys(LIMITS, "100000 per minute")
"""No limits, for tests of something else."""


@dataclass
class Page:
    """A page that is served, and the case that it is about."""

    front: Front
    store: Store
    clock: FakeClock
    address: str

    def url(self, path: str = "") -> str:
        """Where a path is, such as ``/robots.txt``; the case's page if empty."""
        return f"{self.address}{path or self.path}"

    @property
    def path(self) -> str:
        """The path of the case's page."""
        return self.front.links.of(CASE.code).removeprefix(self.front.callback.url)

    def visitor(self, **headers: str) -> httpx.AsyncClient:
        """A browser of its own, with its own cookies."""
        return httpx.AsyncClient(base_url=self.address, headers=BROWSER | headers, trust_env=False)


def token_of(page: httpx.Response) -> str:
    """The hidden token of a form."""
    found = _FORM.search(page.text)
    assert found, page.text
    return found[1]


def filled(page: httpx.Response, **changes: Any) -> dict[str, Any]:
    """A good form for a call; None takes a field out."""
    values = {"form": token_of(page), "number": NUMBER, "region": "", "when": "any", "speak": "en", "consent": "yes"}
    return {name: value for name, value in (values | changes).items() if value is not None}


def with_page(key: str, **more: Any) -> Settings:
    """Settings with a page at a made-up public address; the key stands in an environment variable."""
    callback = {"url": "http://127.0.0.1:1", "listen": "127.0.0.1:0", "proxies": 0, "key": {"env": key}}
    return settings(**more | {"callback": callback | more.get("callback", {})})


@asynccontextmanager
async def served(
    store: Store, monkeypatch: pytest.MonkeyPatch, limits: Mapping[str, str] = MANY, **more: Any
) -> AsyncIterator[Page]:
    """The page of one case on a store."""
    monkeypatch.setenv("PAGE_KEYS", Fernet.generate_key().decode())
    clock, values = FakeClock(NOW + timedelta(minutes=5)), with_page("PAGE_KEYS", **more)
    vault = Vault.from_settings(values.callback)
    assert vault
    front = Front(values, store, vault, clock, Visits(limits))
    server = server_of(callback_app(front))
    with await bound("127.0.0.1:0") as place:
        serving = asyncio.create_task(server.serve(sockets=[place]))
        while not server.started:
            await asyncio.sleep(0.005)
        yield Page(front, store, clock, f"http://127.0.0.1:{place.getsockname()[1]}")
        server.should_exit = True
        await serving


def complaint(store: Store, **changes: Any) -> str:
    """A case on X whose card waits for somebody; its id."""
    post = mention(**changes)
    decide(store, post, alert(post, CASE), case=CASE)
    return CASE.id
