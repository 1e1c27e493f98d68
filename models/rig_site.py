"""A small web server for rigs: it answers by a function of the rig's, and plays each of ``models.rig.FAULTS``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.rig import HTML

if TYPE_CHECKING:
    from aiohttp import web

WRITES = ("POST", "PUT", "PATCH", "DELETE")
GARBLED = '{"data": [{"id": "17'


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. ``body`` is what JSON or a form held; None for anything else. Headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: ``body`` as JSON, or as it is where it is text or bytes."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json"


def refusal(status: int, after: float | None) -> Said:
    """How most platforms refuse: an object in JSON, with Retry-After in seconds where one has to wait."""
    headers = {"Retry-After": f"{after:g}"} if status == 429 and after is not None else {}
    return Said({"error": f"refused with {status}"}, status, headers)


@dataclass
class Site:
    """``url`` is where it is. ``asked`` holds every request; ``answer`` says what to answer, by ``refuse`` a refusal.

    ``retry_after`` is the pause that 429 asks for.
    """

    answer: Callable[[Asked], Said]
    refuse: Callable[[int, float | None], Said] = refusal
    retry_after: float | None = 7.0
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    _faults: list[str] = field(default_factory=list)
    _held: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def writes(self) -> int:
        """How many requests would have changed something."""
        return sum(asked.method in WRITES for asked in self.asked)

    def fault(self, name: str, times: int = 1) -> None:
        """Meet the next ``times`` requests with a fault; ``lost`` carries the request out and loses its answer."""
        self._faults += [name] * times

    def hold(self) -> Awaitable[object]:
        """Let the next request hang; returns what ends once it hangs."""
        self._held.clear()
        self._faults.insert(0, "silent")
        return self._held.wait()

    def release(self) -> None:
        """Let no further request hang."""
        self._faults.clear()

    @asynccontextmanager
    async def up(self) -> AsyncIterator[Site]:
        """The server on a free port of 127.0.0.1."""
        from aiohttp import web

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self._over.set()
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, request.path, dict(request.query), headers, await _body(request))
        self.asked.append(asked)
        fault = self._faults.pop(0) if self._faults else ""
        if fault == "silent":
            self._held.set()
            await self._over.wait()
        said = self._said(fault) or self.answer(asked)
        if fault in ("dropped", "lost", "silent") and request.transport:
            request.transport.abort()
        body = said.body if isinstance(said.body, str | bytes) else json.dumps(said.body)
        sent = body.encode() if isinstance(body, str) else body
        return web.Response(status=said.status, body=sent, headers=said.headers, content_type=said.kind)

    def _said(self, fault: str) -> Said | None:
        """What a fault answers; None where the request is carried out."""
        if fault.isdigit():
            return self.refuse(int(fault), self.retry_after)
        if fault.startswith("html"):
            return Said(HTML, int(fault.removeprefix("html ")), kind="text/html")
        if fault in ("garbled", "empty"):
            return Said(GARBLED if fault == "garbled" else "")
        return Said() if fault in ("dropped", "silent") else None


async def _body(request: web.Request) -> Any:
    if request.content_type == "application/json":
        raw = await request.read()
        return json.loads(raw) if raw else None
    return dict(await request.post()) or None


def nowhere() -> str:
    """An address of this machine where nobody listens."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
