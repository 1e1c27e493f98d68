"""X's filtered stream in front of the fake search: rules, one connection, keep-alives, and all ways to lose it."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any, Self

from aiohttp import web

from tests.fakes.x_json import ProblemError, post_json
from tests.fakes.x_search import compile_query
from tests.fakes.x_server import XServer


class XStreamServer(XServer):
    """``rules`` are by id; ``streams`` are the connections that stand."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.rules: dict[str, dict[str, str]] = {}
        self.streams: list[asyncio.Queue[bytes | None]] = []
        self.openings = 0
        self._lines: dict[int, Any] = {}
        self._rule_ids = itertools.count(1_600_000_000_000_000_000)

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._front])
        app.router.add_get("/2/tweets/search/recent", self._search)
        app.router.add_get("/2/tweets", self._look_up)
        app.router.add_get("/2/tweets/search/stream", self._stream)
        app.router.add_get("/2/tweets/search/stream/rules", self._list_rules)
        app.router.add_post("/2/tweets/search/stream/rules", self._change_rules)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *args: object) -> None:
        self.lose()
        await super().__aexit__(*args)

    def say(self, text: str, **more: Any) -> str:
        """As in the search, and on every connection."""
        number = super().say(text, **more)
        post = self.posts[number]
        found = [rule for rule in self.rules.values() if compile_query(rule["value"])(post)]
        if found:
            asked = {"author_id", "conversation_id", "created_at", "entities", "lang", "public_metrics"}
            tags = [{"id": rule["id"], "tag": rule.get("tag", "")} for rule in found]
            self.push({"data": post_json(post, asked, self.new_names), "matching_rules": tags})
        return number

    def push(self, line: Any) -> None:
        """A line on every connection; an empty one keeps it alive."""
        raw = line if isinstance(line, bytes) else json.dumps(line).encode()
        for stream in self.streams:
            stream.put_nowait(raw + b"\r\n")

    def lose(self) -> None:
        """Every connection ends."""
        for stream in self.streams:
            stream.put_nowait(None)
        self.streams.clear()

    async def _list_rules(self, request: web.Request) -> web.Response:
        self._only(request, self.token)
        sent = {"sent": "2026-03-02T12:00:00.000Z", "result_count": len(self.rules)}
        return web.json_response({**({"data": [*self.rules.values()]} if self.rules else {}), "meta": sent})

    async def _change_rules(self, request: web.Request) -> web.Response:
        self._only(request, self.token)
        wanted = json.loads(await request.read())
        for number in wanted.get("delete", {}).get("ids", []):
            self.rules.pop(number, None)
        made = []
        for rule in wanted.get("add", []):
            try:
                compile_query(rule["value"])
            except ValueError as error:
                raise ProblemError(400, f"Invalid rule: {error}", "add") from error
            made.append(rule | {"id": str(next(self._rule_ids))})
            self.rules[made[-1]["id"]] = made[-1]
        sent = {
            "sent": "2026-03-02T12:00:00.000Z",
            "summary": {"created": len(made), "not_created": 0, "valid": len(made), "invalid": 0},
        }
        return web.json_response({**({"data": made} if made else {}), "meta": sent})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self._only(request, self.token)
        # A program that has gone leaves its place at once; X itself takes a few seconds to see it.
        self.streams = [one for one in self.streams if not self._lines[id(one)].is_closing()]
        if self.streams:
            raise ProblemError(429, "This stream is currently at the maximum allowed connection limit.")
        self.openings += 1
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        answer.headers["Date"] = self.now.strftime("%a, %d %b %Y %H:%M:%S GMT")
        await answer.prepare(request)
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.streams.append(queue)
        self._lines[id(queue)] = request.transport
        try:
            while (line := await queue.get()) is not None:
                await answer.write(line)
        finally:
            if queue in self.streams:
                self.streams.remove(queue)
        return answer
