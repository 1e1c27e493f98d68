"""The world outside, in a process of its own that outlives every kill: a source of posts and two places to write to.

`python -m tests.crash.world` prints its port. A scene is one test's world; what was truly carried out stands in its
log, numbered in the order in which it happened.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

LATE = 0.7
"""Seconds that a late request takes to be carried out: longer than a restart."""

WORDS = {
    "ask": "Does Kestrelo roaming work in Switzerland?",
    "call": "Kestrelo charged my card twice, order {number}",
    "praise": "Kestrelo, thank you, that was quick",
    "news": "Kestrelo shares rise by {number} points",
}
"""One text for each kind of post; the kind is also what the fake panel reads from it."""


@dataclass
class Scene:
    """``faults`` names each fault and how many requests lie between two of its kind; 0 means never."""

    posts: list[dict[str, Any]]
    pages: list[list[dict[str, Any]]]
    dice: random.Random
    slowest: float
    faults: dict[str, int]
    writes: list[dict[str, Any]] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=dict)

    def turn(self, fault: str, phase: int) -> bool:
        """Whether this request meets a fault of that kind; each kind counts its own requests."""
        count = self.requests[fault] = self.requests.get(fault, 0) + 1
        every = self.faults.get(fault, 0)
        return bool(every) and count % every == phase % every

    def carry_out(self, place: str, message: dict[str, Any]) -> int:
        """Write it down as done."""
        self.writes.append({"number": len(self.writes) + 1, "place": place, **message})
        return len(self.writes)


def make_posts(seed: int, count: int, authors: int) -> list[dict[str, Any]]:
    """Posts of some people over a few threads each, every one a little later than the one before."""
    dice = random.Random(seed)
    start = datetime.now(UTC) - timedelta(minutes=5)
    posts = []
    for number in range(count):
        author = dice.randrange(authors)
        kind = dice.choices(("ask", "call", "praise", "news"), (5, 3, 1, 1))[0]
        posts.append(
            {
                "id": f"p{number}",
                "kind": kind,
                "author": f"a{author}",
                "thread": f"a{author}-t{dice.randrange(3)}",
                "text": WORDS[kind].format(number=number),
                "posted_at": (start + timedelta(milliseconds=number * 10)).isoformat(),
            }
        )
    return posts


def make_pages(seed: int, posts: list[dict[str, Any]], size: int) -> list[list[dict[str, Any]]]:
    """The posts as a bad source hands them out: neighbours change places, old posts come again."""
    dice = random.Random(seed + 1)
    stream: list[dict[str, Any]] = []
    for start in range(0, len(posts), size * 2):
        block = posts[start : start + size * 2]
        again = dice.sample(posts[: start + 1], k=min(start + 1, dice.randrange(3)))
        mixed = block + again
        dice.shuffle(mixed)
        stream += mixed
    return [stream[start : start + size] for start in range(0, len(stream), size)]


class World:
    """All scenes, over HTTP on the loopback."""

    def __init__(self) -> None:
        self._scenes: list[Scene] = []

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.add_routes(
            [
                web.post("/scenes", self._open),
                web.get("/{scene}/posts", self._page),
                web.get("/{scene}/log", self._log),
                web.get("/{scene}/found", self._found),
                web.post("/{scene}/{place:reply|alert}", self._write),
            ]
        )
        return app

    async def _open(self, request: web.Request) -> web.Response:
        asked = await request.json()
        posts = make_posts(asked["seed"], asked["posts"], asked["authors"])
        pages = make_pages(asked["seed"], posts, asked["page"])
        dice = random.Random(asked["seed"] + 2)
        self._scenes.append(Scene(posts, pages, dice, asked["slowest"], asked["faults"]))
        return web.json_response({"scene": len(self._scenes) - 1})

    def _scene(self, request: web.Request) -> Scene:
        return self._scenes[int(request.match_info["scene"])]

    async def _page(self, request: web.Request) -> web.Response:
        scene, at = self._scene(request), int(request.query["at"])
        if scene.turn("deaf", 4):
            return web.Response(status=503)
        page = scene.pages[at] if at < len(scene.pages) else []
        return web.json_response({"posts": page, "next": min(at + 1, len(scene.pages))})

    async def _write(self, request: web.Request) -> web.Response:
        scene, message = self._scene(request), await request.json()
        if scene.turn("refuse", 3):
            return web.Response(status=503)
        # aiohttp lets a handler go on when its client is gone: a request outlives the process that made it.
        await asyncio.sleep(LATE if scene.turn("late", 1) else scene.dice.uniform(0, scene.slowest))
        number = scene.carry_out(request.match_info["place"], message)
        if scene.turn("drop", 2) and request.transport:
            request.transport.abort()
        await asyncio.sleep(scene.dice.uniform(0, scene.slowest))
        return web.json_response({"number": number})

    async def _found(self, request: web.Request) -> web.Response:
        key = request.query["key"]
        numbers = [write["number"] for write in self._scene(request).writes if write["key"] == key]
        return web.json_response({"number": numbers[0] if numbers else None})

    async def _log(self, request: web.Request) -> web.Response:
        scene = self._scene(request)
        return web.json_response({"posts": scene.posts, "writes": scene.writes})


async def main() -> None:
    """Serve until killed."""
    runner = web.AppRunner(World().app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
