"""Socket Mode and interactivity in front of the Slack counterpart, which has neither: what people do becomes envelopes.

`/api/*` goes on to `emulate`; blocks and views that Slack would not take are refused before. The websocket
speaks as Slack's does: hello, envelopes, disconnect frames; each acknowledgement is timed. README.md says what it
cannot show.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, WSMsgType, web
from slack_sdk.errors import SlackObjectFormationError

from tests.counterparts.platforms import Slack
from tests.responders.slack.limits import accepted, accepted_view

ACK_SECONDS = 3.0
"""Slack tells the person that the app did not answer after this."""
PATIENCE = 60.0
"""Seconds that a test waits: a machine that is busy with something else fails no test but those about time."""
APP = "A0KESTRELO"
DRAWN = {"chat.postMessage", "chat.postEphemeral", "chat.update"}
VIEWS = {"views.open", "views.push", "views.update", "views.publish"}


class NotAcked(RuntimeError):
    """Nobody acknowledged the envelope in time; the person sees a warning sign."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the Web API, as it came, and its answer."""

    method: str
    fields: Mapping[str, Any]
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Acked:
    """An acknowledgement: its payload, the seconds that it took, and the connection that it came by."""

    payload: Mapping[str, Any] | None
    seconds: float
    line: int


@dataclass
class Bridge:
    """The bridge and all that went through it. ``refusals`` are given to the next apps.connections.open, in turn."""

    slack: Slack
    url: str = ""
    app_token: str = "xapp-kestrelo"
    calls: list[Call] = field(default_factory=list)
    responses: list[dict[str, Any]] = field(default_factory=list)
    acked: list[Acked] = field(default_factory=list)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    triggers: dict[str, tuple[str, str, float]] = field(default_factory=dict)
    trigger_seconds: float = PATIENCE
    """Slack's live for three."""
    refusals: list[tuple[int, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    silent: bool = False
    """No hello."""
    delays: dict[str, float] = field(default_factory=dict)
    """Seconds by which calls of a method are held up."""
    opened: int = 0
    lines: dict[int, web.WebSocketResponse] = field(default_factory=dict)
    waiting: dict[str, asyncio.Future[tuple[int, dict[str, Any]]]] = field(default_factory=dict)
    turns: Any = field(default_factory=itertools.count)
    session: ClientSession | None = None

    # What a test does

    @property
    def base_url(self) -> str:
        """The `base_url` of the product."""
        return f"{self.url}/api/"

    async def connected(self, lines: int = 1) -> None:
        """Wait until at least so many connections are up."""
        await self.until(lambda: len(self.lines) >= lines)

    async def until(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.01)

    async def deliver(
        self,
        kind: str,
        payload: Any,
        *,
        number: str = "",
        line: int | None = None,
        seconds: float = PATIENCE,
    ) -> Acked:
        """Push an envelope to one of the connections and wait for its acknowledgement; NotAcked if none comes."""
        number = number or str(uuid.uuid4())
        chosen = line if line is not None else sorted(self.lines)[next(self.turns) % len(self.lines)]
        future = self.waiting[number] = asyncio.get_running_loop().create_future()
        accepts = isinstance(payload, dict) and payload.get("type") == "view_submission"
        frame = {"envelope_id": number, "type": kind, "payload": payload, "accepts_response_payload": accepts}
        began = time.monotonic()
        await self.lines[chosen].send_json(frame)
        try:
            by, said = await asyncio.wait_for(future, seconds)
        except TimeoutError:
            raise NotAcked(kind) from None
        finally:
            self.waiting.pop(number, None)
        acked = Acked(said.get("payload"), time.monotonic() - began, by)
        self.acked.append(acked)
        return acked

    async def frame(self, text: str) -> None:
        """Push any text to the newest connection."""
        await self.lines[max(self.lines)].send_str(text)

    async def disconnect(self, reason: str, *, close: bool = False) -> None:
        """Announce the end of the newest connection, as Slack does every few hours, and perhaps close it at once."""
        line = max(self.lines)
        frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink.example"}}
        await self.lines[line].send_json(frame)
        if close:
            await self.lines[line].close()

    async def drop(self) -> None:
        """Every connection breaks without a word."""
        for number in list(self.lines):
            request = self.lines[number]._req
            assert request is not None
            assert request.transport is not None
            request.transport.abort()
        await self.until(lambda: not self.lines)

    def calls_of(self, method: str) -> list[Mapping[str, Any]]:
        """The fields of every call of a method so far."""
        return [call.fields for call in self.calls if call.method == method]

    def trigger(self, user: str, view: str = "") -> str:
        """A trigger id, good for one form for some seconds."""
        number = f"17.{next(self.turns)}.{uuid.uuid4().hex[:8]}"
        self.triggers[number] = (user, view, time.monotonic() + self.trigger_seconds)
        return number

    # What Slack does

    async def _open(self, request: web.Request) -> web.StreamResponse:
        if not request.headers.get("Authorization", "").startswith("Bearer xapp-"):
            return web.json_response({"ok": False, "error": "not_allowed_token_type"})
        self.opened += 1
        if self.refusals:
            status, body, headers = self.refusals.pop(0)
            return web.json_response(body, status=status, headers=headers)
        return web.json_response({"ok": True, "url": f"{self.url.replace('http', 'ws')}/link?ticket={uuid.uuid4()}"})

    async def _link(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.silent:
            await socket.receive()
            return socket
        number = self.opened
        self.lines[number] = socket
        await socket.send_json(
            {"type": "hello", "num_connections": len(self.lines), "connection_info": {"app_id": APP}, "debug_info": {}}
        )
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    said = json.loads(message.data)
                    future = self.waiting.get(said.get("envelope_id", ""))
                    if future and not future.done():
                        future.set_result((number, said))
        finally:
            self.lines.pop(number, None)
        return socket

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, token = request.match_info["method"], request.headers.get("Authorization", "").removeprefix("Bearer ")
        sent = await request.json() if request.content_type == "application/json" else dict(await request.post())
        fields = {**request.query, **sent}
        await asyncio.sleep(self.delays.get(method, 0))
        fault = faulty(method, fields) or await self._exchange(method, fields, token)
        if fault:
            status, headers, answer = 200, {}, {"ok": False, "error": fault}
        else:
            status, headers, answer = await self._pass_on(method, fields, token)
        if method in VIEWS and answer.get("ok"):
            view = answer["view"]
            self.views[view["id"]] = {**fields["view"], **{name: view[name] for name in ("id", "hash")}}
        self.calls.append(Call(method, fields, answer))
        return web.json_response(answer, status=status, headers=headers)

    async def _pass_on(
        self, method: str, fields: Mapping[str, Any], token: str
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        assert self.session is not None
        headers = {"Authorization": f"Bearer {token}"}
        async with self.session.post(f"{self.slack.url}{method}", json=fields, headers=headers) as answer:
            kept = {name: value for name in ("x-oauth-scopes", "Retry-After") if (value := answer.headers.get(name))}
            return answer.status, kept, await answer.json()

    async def _exchange(self, method: str, fields: dict[str, Any], token: str) -> str:
        """Put a trigger of `emulate` in place of ours; the error where ours is none, or is over."""
        if method not in ("views.open", "views.push"):
            return ""
        user, view, until = self.triggers.pop(fields.get("trigger_id", ""), ("", "", 0.0))
        if not user or until < time.monotonic():
            return "expired_trigger_id" if user else "invalid_trigger_id"
        asked = {"user_id": user} | ({"view_id": view} if view else {})
        _, _, answer = await self._pass_on("views.generateTriggerId", asked, token)
        fields["trigger_id"] = answer["trigger_id"]
        return ""

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if faulty("chat.postEphemeral", body):
            return web.Response(status=500, text="invalid_blocks")
        self.responses.append(body | {"to": request.match_info["number"]})
        used = sum(1 for said in self.responses if said["to"] == request.match_info["number"])
        return web.Response(text="ok") if used <= 5 else web.Response(status=404, text="used_url")


def faulty(method: str, fields: Mapping[str, Any]) -> str:
    """The error for blocks or a view that Slack would refuse; `emulate` takes anything."""
    try:
        if method in VIEWS:
            accepted_view(fields["view"])
        elif method in DRAWN and fields.get("blocks"):
            accepted(fields["blocks"])
    except (AssertionError, SlackObjectFormationError, TypeError, KeyError, ValueError):
        return "invalid_arguments" if method in VIEWS else "invalid_blocks"
    return ""


@asynccontextmanager
async def socket_bridge(slack: Slack) -> AsyncIterator[Bridge]:
    """A bridge on a free port of 127.0.0.1, in front of this workspace."""
    bridge = Bridge(slack)
    app = web.Application(client_max_size=10**7)
    app.router.add_post("/api/apps.connections.open", bridge._open)
    app.router.add_get("/link", bridge._link)
    app.router.add_post("/respond/{number}", bridge._respond)
    app.router.add_route("*", "/api/{method}", bridge._api)
    runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bridge.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    bridge.session = ClientSession()
    try:
        yield bridge
    finally:
        await bridge.session.close()
        await runner.cleanup()
