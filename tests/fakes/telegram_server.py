"""A Telegram in this process, for what the real counterpart cannot do: every kind of update and every failure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes import telegram_schema

TOKEN = "4711:canary-Kestrelo_token"
BOT = {"id": 4711, "is_bot": True, "first_name": "Kestrelo", "username": "Kestrelo_Bot"}
PERSON = {"id": 7, "is_bot": False, "first_name": "Mara", "last_name": "Venn", "username": "MaraV"}
GROUP = {"id": -1001880001, "type": "supergroup", "title": "Neighbours"}
HTML = "<html><body>502 Bad Gateway at /bot4711:canary-Kestrelo_token/</body></html>"

Answer = Callable[[web.Request], web.StreamResponse]


def refusal(status: int, description: str, **parameters: Any) -> Answer:
    """An answer in the Bot API's form of an error."""
    body = {"ok": False, "error_code": status, "description": description}
    return lambda _: web.json_response(body | ({"parameters": parameters} if parameters else {}), status=status)


def page(status: int, text: str = HTML) -> Answer:
    """An answer that is no JSON, as a proxy gives it."""
    return lambda _: web.Response(status=status, text=text, content_type="text/html")


def garbled() -> web.Response:
    """An answer that breaks off."""
    return web.Response(text='{"ok": true, "result": [{"upda', content_type="application/json")


def hanging(_: web.Request) -> web.StreamResponse:
    """No answer for one request, until the server ends."""
    return web.Response()


def dropped(request: web.Request) -> web.StreamResponse:
    """The connection breaks before any answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@dataclass
class FakeTelegram:
    """One bot. ``answers`` are given, in order, instead of the real ones; ``silent`` never answers at all."""

    updates: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    silent: bool = False
    me: dict[str, Any] = field(default_factory=lambda: {**BOT, "can_read_all_group_messages": True})
    webhook: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    bot_url: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    polling: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    next_id: int = 100

    def push(self, kind: str, **content: Any) -> int:
        """An update comes in; returns its id."""
        number, self.next_id = self.next_id, self.next_id + 1
        self.updates.append({"update_id": number, kind: content})
        self.news.set()
        return number

    def say(self, text: str = "", *, kind: str = "message", message_id: int | None = None, **content: Any) -> int:
        """Mara writes in the group, unless ``content`` says otherwise (``sender`` stands for "from")."""
        who = {"from": content.pop("sender", PERSON)} if kind.endswith("message") else {}
        number = self.next_id if message_id is None else message_id
        words = {"text": text} if text else {}
        basic = {"message_id": number, "date": 1_772_452_800, "chat": GROUP}
        self.push(kind, **(basic | who | words | content))
        return number

    async def hang(self) -> None:
        """Until the server ends."""
        self.polling.set()
        await self.closing.wait()

    def tap(self, message_id: int, data: str = "x", *, message: bool = True, **content: Any) -> int:
        """Mara taps on a button below a message of the bot's; without ``message`` it is too old to be shown."""
        known = {"message_id": message_id, "date": 1_772_452_860 if message else 0, "chat": GROUP}
        shown = {"message": known | ({"from": BOT, "text": "How was it?"} if message else {})}
        basic = {"id": f"4382{self.next_id}", "from": PERSON, "chat_instance": "99", "data": data}
        return self.push("callback_query", **(basic | shown | content))

    def schema_faults(self) -> list[str]:
        """Where what we pushed, what we answered or what we were asked is not in Telegram's published schema."""
        found = telegram_schema.faults("Array of Update", self.updates, "updates")
        found += telegram_schema.faults("User", self.me, "getMe")
        for method, asked in self.calls:
            found += [f"{method} has no {name}" for name in telegram_schema.unknown_parameters(method, set(asked))]
            if method in ("sendMessage", "editMessageText"):
                kind = telegram_schema.answer_of(method)
                found += telegram_schema.faults(kind, self._sent(asked), method)
        return found

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Any method of the Bot API."""
        method = request.match_info["method"]
        asked: dict[str, Any] = {**request.query, **await request.post()}
        self.calls.append((method, asked))
        if self.silent:
            await self.hang()
        if self.answers:
            answer = self.answers.pop(0)
            await (self.hang() if answer is hanging else asyncio.sleep(0))
            return answer(request)
        result = await self._result(method, asked)
        return web.json_response({"ok": True, "result": result})

    async def _result(self, method: str, asked: dict[str, Any]) -> Any:
        if method == "getUpdates":
            return await self._updates(int(asked["offset"]), int(asked["limit"]), float(asked["timeout"]))
        if method == "getWebhookInfo":
            return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}
        if method == "answerCallbackQuery":
            return True
        return self.me if method == "getMe" else self._sent(asked)

    async def _updates(self, offset: int, limit: int, wait: float) -> list[dict[str, Any]]:
        if offset < 0:
            self.updates = self.updates[offset:]
        # An offset beyond the newest is answered from the oldest, as tdlib's queue does after it numbered anew.
        elif self.updates and offset <= self.updates[-1]["update_id"] + 10:
            self.updates = [update for update in self.updates if update["update_id"] >= offset]
        self.polling.set()
        if not self.updates and wait:
            self.news.clear()
            pauses = [asyncio.ensure_future(self.news.wait()), asyncio.ensure_future(self.closing.wait())]
            _, late = await asyncio.wait(pauses, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            for pause in late:
                pause.cancel()
        return self.updates[:limit]

    def _sent(self, asked: dict[str, Any]) -> dict[str, Any]:
        number = asked["chat_id"]
        chat = GROUP | ({"username": number[1:]} if number.startswith("@") else {"id": int(number)})
        message_id = int(asked.get("message_id", 900))
        message = {"message_id": message_id, "date": 1_772_452_860, "chat": chat, "from": BOT, "text": asked["text"]}
        if "reply_parameters" in asked:
            replied = json.loads(asked["reply_parameters"])["message_id"]
            message["reply_to_message"] = {"message_id": replied, "date": 1_772_452_800, "chat": chat}
        return message


@asynccontextmanager
async def telegram() -> AsyncIterator[FakeTelegram]:
    """A FakeTelegram on a free port of 127.0.0.1."""
    fake = FakeTelegram()
    app = web.Application()
    app.router.add_post(f"/bot{TOKEN}/{{method}}", fake.serve)
    runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    fake.bot_url = f"http://127.0.0.1:{port}/bot"
    try:
        yield fake
    finally:
        fake.closing.set()
        await runner.cleanup()
