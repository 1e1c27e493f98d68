"""Stands in front of a real server on 127.0.0.1 and plays the faults that it cannot play by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from tests.fakes.troubled import Refusal, Trouble

Pick = Callable[[web.Request], bool]
HOP = frozenset(("transfer-encoding", "content-length", "connection", "keep-alive", "content-encoding"))


class Picky(Trouble):
    """Plays its fault for the requests that ``pick`` picks alone; ``writes`` counts all that change something."""

    def __init__(self, refusal: Refusal, pick: Pick) -> None:
        super().__init__(refusal)
        self.pick = pick
        self.changes = 0

    @web.middleware
    async def around(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """As in Trouble."""
        if not self.pick(request):
            answer: web.StreamResponse = await handler(request)
            return answer
        self.changes += request.method in ("POST", "PUT")
        return await super().around(request, handler)


class Front:
    """``url`` is where callers ask, ``trouble`` what they meet. Streams are handed on as they come."""

    def __init__(self, behind: str, refusal: Refusal, pick: Pick = lambda request: True) -> None:
        self.behind = behind
        self.trouble = Picky(refusal, pick)
        self.url = ""
        self._streams: set[aiohttp.ClientResponse] = set()
        self._session: aiohttp.ClientSession | None = None

    def cut(self) -> None:
        """End all answers that are still running."""
        for stream in list(self._streams):
            stream.close()

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        async with self._session.request(
            request.method, f"{self.behind}{request.raw_path}", headers=headers, data=await request.read(),
            allow_redirects=False,
        ) as answer:  # fmt: skip
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
            if answer.content_type != "text/event-stream":
                return web.Response(status=answer.status, headers=kept, body=await answer.read())
            return await self._relay(request, answer, kept)

    async def _relay(
        self, request: web.Request, answer: aiohttp.ClientResponse, headers: dict[str, str]
    ) -> web.StreamResponse:
        relayed = web.StreamResponse(status=answer.status, headers=headers)
        await relayed.prepare(request)
        self._streams.add(answer)
        try:
            async for data in answer.content.iter_any():
                await relayed.write(data)
        except (aiohttp.ClientError, ConnectionError):
            pass
        finally:
            self._streams.discard(answer)
        return relayed

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Front]:
        """Stand on a free port for as long as the block lasts."""
        async with aiohttp.ClientSession(auto_decompress=True) as session:
            self._session = session
            async with self.trouble.serve(web.route("*", "/{path:.*}", self._pass)) as url:
                self.url = url
                try:
                    yield self
                finally:
                    self.cut()
