"""A server in this process that answers every request in the one way a test names, and remembers each request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def says(status: int, body: Any, **headers: str) -> Answer:
    """An answer in JSON; a header's name is written with underscores."""

    async def answer(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(body, status=status, headers=named)

    return answer


def shows(status: int, text: str, content_type: str = "text/html") -> Answer:
    """An answer that is no JSON, as a proxy gives it."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type=content_type)

    return answer


async def breaks(request: web.Request) -> web.StreamResponse:
    """The connection ends before any answer, though the request was read."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@dataclass
class Faulty:
    """``answers`` are given in turn, the last one for ever; ``hangs`` is one of them and never ends."""

    answers: list[Answer] = field(default_factory=lambda: [says(200, {"ok": True})])
    requests: list[tuple[str, Any]] = field(default_factory=list)
    url: str = ""
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def hangs(self, _: web.Request) -> web.StreamResponse:
        """No answer until the server ends."""
        await self.closing.wait()
        return web.Response()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Any method on any path."""
        body = await (request.json() if request.content_type == "application/json" else request.post())
        self.requests.append((request.path, body or dict(request.query)))
        return await (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(request)


@asynccontextmanager
async def faulty() -> AsyncIterator[Faulty]:
    """A Faulty on a free port of 127.0.0.1."""
    server = Faulty()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.serve)
    runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        server.closing.set()
        await runner.cleanup()
