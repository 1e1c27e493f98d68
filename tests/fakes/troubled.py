"""What a platform over HTTP does to its callers on a bad day: a middleware that plays a fault or holds a request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from models.rig import HTML

Refusal = Callable[[int], web.Response]


class Trouble:
    """``refusal`` makes a refusal in the platform's own form. A fault is met once; ``hold`` hangs the next request."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        self.name = ""
        self.times = 1
        self.seen: list[tuple[str, str]] = []
        self.writes = 0
        self._holding = False
        self._held = asyncio.Event()
        self._over = asyncio.Event()

    def play(self, name: str, times: int = 1) -> None:
        """The next request meets it, or the next few where the client asks several times by itself."""
        self.name, self.times = name, times

    def hold(self) -> Awaitable[object]:
        """Hang the next request; what comes back ends once it does."""
        self._holding = True
        self._held.clear()
        return self._held.wait()

    def release(self) -> None:
        """Answer again."""
        self._holding = False

    async def tick(self) -> None:
        """A moment, and the end of a handler that goes on for ever once the server ends."""
        if self._over.is_set():
            raise web.HTTPServiceUnavailable
        await asyncio.sleep(0.01)

    @web.middleware
    async def around(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Note the request, then the fault or the answer."""
        self.seen.append((request.method, request.path_qs))
        self.writes += request.method == "POST"
        if self._holding:
            self._held.set()
            await self._over.wait()
        name = self.name
        if not name:
            answer: web.StreamResponse = await handler(request)
            # A kept connection that breaks is tried again by some clients, so that a fault would be met twice.
            answer.force_close()
            return answer
        self.times -= 1
        self.name = name if self.times > 0 else ""
        if name == "lost":
            await handler(request)
            return self._drop(request)
        return await self._fault(name, request)

    async def _fault(self, name: str, request: web.Request) -> web.StreamResponse:
        if name.startswith("html "):
            return web.Response(status=int(name[5:]), text=HTML, content_type="text/html")
        if name == "garbled":
            return web.Response(text='{"data": [{"words-canary', content_type="application/json")
        if name == "dropped":
            return self._drop(request)
        if name == "silent":
            await self._over.wait()
        return self.refusal(int(name)) if name.isdigit() else web.Response(status=503)

    def _drop(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    @asynccontextmanager
    async def serve(self, *routes: web.RouteDef, **more: Any) -> Any:
        """The routes on a free port of 127.0.0.1; yields the address."""
        app = web.Application(middlewares=[self.around])
        app.add_routes(routes)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            self._over.set()
            await runner.cleanup()


def says(status: int, body: Any, **headers: str) -> web.Response:
    """JSON; a header's name is written with underscores."""
    return web.json_response(body, status=status, headers={name.replace("_", "-"): headers[name] for name in headers})


def plainly(body: Mapping[str, Any] | None = None) -> Refusal:
    """Refusals with one body for all, and a pause of seven seconds on 429."""
    return lambda status: says(status, body or {"error": "no"}, **({"Retry_After": "7"} if status == 429 else {}))
