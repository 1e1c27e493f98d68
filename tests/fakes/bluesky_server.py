"""A Bluesky of our own on 127.0.0.1: a Jetstream that speaks both wires, the public index, and a PDS with one account.

It holds posts, a clock and the labels of accounts. The real PDS is another stage, see tests/counterparts/README.md.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from aiohttp import WSCloseCode, web

POSTS = "app.bsky.feed.post"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECRET = "app-pass-word-canary"
OWN, STRANGER, BOT = "did:plc:own", "did:plc:stranger", "did:plc:robot"
HANDLES = {"kestrelo.test": OWN, "ines.test": STRANGER, "robot.test": BOT}


@dataclass
class Commit:
    """One change of a repository, as the network saw it."""

    seq: int
    at: datetime
    did: str
    rkey: str
    operation: str
    record: dict[str, Any] | None
    rev: str

    @property
    def micros(self) -> int:
        """Since 1970."""
        return (self.at - EPOCH) // timedelta(microseconds=1)

    @property
    def uri(self) -> str:
        """The post's id."""
        return f"at://{self.did}/{POSTS}/{self.rkey}"

    def v1(self) -> dict[str, Any]:
        """On the older wire."""
        commit = {"rev": self.rev, "operation": self.operation, "collection": POSTS, "rkey": self.rkey}
        commit |= {"record": self.record, "cid": cid_of(self.uri)} if self.record else {}
        return {"did": self.did, "time_us": self.micros, "kind": "commit", "commit": commit}

    def v2(self) -> dict[str, Any]:
        """On the newer one."""
        time = self.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        body = {"$type": "network.bsky.jetstream.subscribeEvents#commit", "seq": self.seq, "did": self.did}
        body |= {"time": time, "witnessedAt": time, "rev": self.rev, "operation": self.operation}
        body |= {"collection": POSTS, "rkey": self.rkey}
        body |= {"record": self.record, "cid": cid_of(self.uri)} if self.record else {}
        return {"$type": "message", "payload": body}


def cid_of(uri: str) -> str:
    """A CID that looks like one."""
    return "bafyrei" + "".join(chr(97 + ord(sign) % 26) for sign in uri)[-40:].rjust(52, "a")


@dataclass
class Broken:
    """What happens to the next request instead of an answer."""

    status: int = 0
    body: str = ""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    hang: bool = False
    again: bool = True


class BlueskyServer:
    """Everything at one address. ``now`` is the network's clock; ``keep`` is how far back the stream goes."""

    def __init__(self, now: datetime, keep: timedelta = timedelta(hours=36)) -> None:
        self.now, self.keep = now, keep
        self.log: list[Commit] = []
        self.labels: dict[str, list[str]] = {BOT: ["bot"]}
        self.broken: Broken | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.hanging = asyncio.Event()
        self.ascii_only = False
        self._numbers = itertools.count(1)
        self._lines: dict[web.WebSocketResponse, str] = {}
        self._over = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._front])
        app.router.add_get("/subscribe", self._stream)
        app.router.add_get("/xrpc/network.bsky.jetstream.subscribeEvents", self._stream)
        for name in ("resolveHandle", "getProfiles", "getPosts"):
            app.router.add_get(f"/xrpc/{{nsid:[a-z.]+\\.{name}}}", getattr(self, f"_{name.lower()}"))
        self.more_routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self.url, self.stream_url = f"http://127.0.0.1:{self.port}", f"ws://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self.hang_up()
        await self._runner.cleanup()

    def more_routes(self, app: web.Application) -> None:
        """For a server that can do more."""

    def breaks(self, request: web.Request) -> bool:
        """Whether a fault that was asked for befalls this request."""
        return True

    @property
    def posts(self) -> dict[str, Commit]:
        """What is there now, by id."""
        there: dict[str, Commit] = {}
        for commit in self.log:
            there.pop(commit.uri, None)
            if commit.record:
                there[commit.uri] = commit
        return there

    async def say(self, text: str, did: str = STRANGER, *, operation: str = "create", **more: Any) -> str:
        """Somebody posts, changes a post (``rkey``) or deletes it, a millisecond passes; returns the id."""
        rkey = more.pop("rkey", f"3k{next(self._numbers):011d}")
        made = (more.pop("at", None) or self.now).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        record = {"$type": POSTS, "text": text, "createdAt": made, "langs": ["en"]} | more
        await self.commit(did, rkey, operation, None if operation == "delete" else record)
        return f"at://{did}/{POSTS}/{rkey}"

    async def commit(self, did: str, rkey: str, operation: str, record: dict[str, Any] | None) -> Commit:
        """Put a change into the log and onto every open line."""
        self.now += timedelta(milliseconds=1)
        number = len(self.log) + 1
        commit = Commit(number, self.now, did, rkey, operation, record, f"3r{number:011d}")
        self.log.append(commit)
        await self.send_all(lambda wire: self._frame(commit, wire))
        return commit

    async def send_all(self, frame: Any) -> None:
        """Put a frame, by wire, onto every open line."""
        for line, wire in list(self._lines.items()):
            with suppress(ConnectionError):
                await line.send_str(frame(wire))

    async def hang_up(self) -> None:
        """End every line."""
        for line in list(self._lines):
            await line.close(code=WSCloseCode.GOING_AWAY)
        self._lines.clear()

    async def break_off(self, how: Broken) -> None:
        """End every line, and answer the next request so."""
        self.broken = how
        await self.hang_up()

    def mend(self) -> None:
        """As if nothing had been."""
        self.broken = None
        self._over.set()
        self._over = asyncio.Event()

    @property
    def streams(self) -> list[dict[str, str]]:
        """What was asked of the stream so far."""
        return [query for path, query in self.asked if "ubscribe" in path]

    @web.middleware
    async def _front(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append((request.path, dict(request.query)))
        if (how := self.broken) is None or not self.breaks(request):
            answer: web.StreamResponse = await handler(request)
            return answer
        if how.hang:
            self.broken = None
            self.hanging.set()
            await self._over.wait()
            return web.Response(status=503)
        # aiohttp's client asks a second time where a connection breaks.
        self.broken = replace(how, again=False) if how.drop and how.again and "ubscribe" in request.path else None
        if how.drop and request.transport:
            request.transport.abort()
        return web.Response(status=how.status or 500, text=how.body, content_type=how.kind, headers=how.headers)

    def _frame(self, commit: Commit, wire: str) -> str:
        return json.dumps(commit.v1() if wire == "v1" else commit.v2(), ensure_ascii=self.ascii_only)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        wire = "v1" if request.path == "/subscribe" else "v2"
        line = web.WebSocketResponse(protocols=("xrpc.v1.json",))
        since = int(request.query.get("cursor") or 0)
        if since and since < 10**15:
            return web.json_response({"error": "InvalidRequest", "message": "cursors here are moments"}, status=400)
        await line.prepare(request)
        floor = (self.now - self.keep - EPOCH) // timedelta(microseconds=1)
        if since and since < floor and wire == "v2":
            kind = "network.bsky.jetstream.subscribeEvents#info"
            await line.send_json({"$type": "message", "payload": {"$type": kind, "name": "OutdatedCursor"}})
        for commit in [one for one in self.log if since and one.micros >= max(since, floor)]:
            await line.send_str(self._frame(commit, wire))
        self._lines[line] = wire
        try:
            async for _ in line:
                pass
        finally:
            self._lines.pop(line, None)
        return line

    async def _resolvehandle(self, request: web.Request) -> web.Response:
        did = HANDLES.get(request.query["handle"])
        if did is None:
            return web.json_response({"error": "InvalidRequest", "message": "Unable to resolve handle"}, status=400)
        return web.json_response({"did": did})

    async def _getprofiles(self, request: web.Request) -> web.Response:
        return web.json_response({"profiles": [self.profile(did) for did in request.query.getall("actors")]})

    async def _getposts(self, request: web.Request) -> web.Response:
        there = self.posts
        found = [self.view(there[uri]) for uri in request.query.getall("uris") if uri in there]
        return web.json_response({"posts": found})

    def profile(self, did: str) -> dict[str, Any]:
        """An account as the index shows it."""
        handle = next((handle for handle, owner in HANDLES.items() if owner == did), "handle.invalid")
        labels = [{"src": did, "uri": f"at://{did}", "val": value} for value in self.labels.get(did, [])]
        return {"did": did, "handle": handle, "displayName": handle.title(), "followersCount": 7, "labels": labels}

    def view(self, commit: Commit) -> dict[str, Any]:
        """A post as the index shows it."""
        counts = {"likeCount": 3, "repostCount": 2, "replyCount": 1}
        made = {"uri": commit.uri, "cid": cid_of(commit.uri + commit.rev), "record": commit.record}
        return made | {"author": self.profile(commit.did), "indexedAt": commit.at.isoformat()} | counts
