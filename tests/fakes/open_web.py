"""A web server on 127.0.0.1 whose every answer a test writes, with the faults that every platform can have."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web

from models.rig import HTML

Answer = Callable[[web.Request], web.StreamResponse | Awaitable[web.StreamResponse]]


class OpenWeb:
    """``pages`` are by path, and have the last word; each of ``faults``, in order, takes the place of one answer."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.faults: deque[Answer] = deque()
        self.requests: list[web.Request] = []
        self.hanging = asyncio.Event()
        self._over = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port: int = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        answer = self.faults.popleft() if self.faults else self.pages.get(request.path, self.other)
        found = answer(request)
        return found if isinstance(found, web.StreamResponse) else await found

    def other(self, request: web.Request) -> web.StreamResponse:
        """What stands at every path that ``pages`` does not name."""
        return web.json_response({"error": "not found"}, status=404)

    async def hang(self, request: web.Request) -> web.StreamResponse:
        """Never answers, until the server ends or is released."""
        self.hanging.set()
        await self._over.wait()
        return web.Response(status=503)

    def release(self) -> None:
        """Let go of what hangs."""
        self.faults.clear()
        self.hanging.clear()
        over, self._over = self._over, asyncio.Event()
        over.set()

    def play(self, fault: str, refusal: Callable[[int], Answer]) -> None:
        """Play one of ``models.rig.FAULTS`` once; ``refusal`` has the platform's own form."""
        kinds: dict[str, Answer] = {
            "html 200": page(HTML, kind="text/html"),
            "html 502": page(HTML, kind="text/html", status=502),
            "garbled": cut_off,
            "dropped": dropped,
            "silent": self.hang,
        }
        self.faults.append(kinds[fault] if fault in kinds else refusal(int(fault)))


def page(body: str | bytes, *, kind: str = "application/json", status: int = 200, **headers: str) -> Answer:
    """An answer that is always the same; ``headers`` are written with underscores."""
    raw = body.encode() if isinstance(body, str) else body
    named = {"Content-Type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(status=status, body=raw, headers=named)


def said(value: Any, status: int = 200, **headers: str) -> Answer:
    """JSON."""
    return page(json.dumps(value), status=status, **headers)


def redirect(to: str, status: int = 302) -> Answer:
    """Sends the asker on."""
    return lambda _: web.Response(status=status, headers={"Location": to})


def packed(body: bytes) -> Answer:
    """What stands for ``body`` in gzip."""
    return page(gzip.compress(body), kind="text/xml", Content_Encoding="gzip")


def dropped(request: web.Request) -> web.StreamResponse:
    """The connection breaks before any answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def cut_off(request: web.Request) -> web.StreamResponse:
    """JSON that breaks off, though the connection ends well."""
    return web.Response(body=b'{"items": [{"te', content_type="application/json")


def endless(chunk: bytes) -> Answer:
    """Sends ``chunk`` until nobody reads any more."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/xml"})
        await response.prepare(request)
        try:
            while True:
                await response.write(chunk)
        except ConnectionError:
            return response

    return answer
