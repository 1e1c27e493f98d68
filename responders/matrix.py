"""Matrix: answers in the rooms that let our bot in. Nothing here tries twice; the server knows a message by our key."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import Field

from models.channel import Manifest
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed
from models.length import cut
from models.manifests import MANIFESTS
from models.settings.types import Duration, Secret, Table

MANIFEST = MANIFESTS["matrix"]
ASK_FOR_TOKEN = "sign the bot in (Element: Settings, Help & About, Access Token) and store its token"  # noqa: S105
KEY = "org.overheard.key"
"""Our key inside a message, by which it is found again."""
PAGES = 10
"""Pages of a room that are looked through for one message."""


class MatrixResponder:
    """``target`` is "room/event" for a reply, a room's id for a notice."""

    class Settings(Table):
        """What a Matrix responder can be told."""

        server: str = Field(pattern=r"^https?://[^\s/]+/?$", description="The address of the bot's home server.")
        token: Secret = Field(description="The bot's access token.")
        timeout: Duration = Field("20s", validate_default=True, description="How long one request may take.")

    manifest: ClassVar[Manifest | None] = MANIFEST
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.REPLY, Kind.NOTICE})

    def __init__(self, client: Any, token: str, timeout: float) -> None:
        self._client, self._token, self._timeout = client, token, timeout

    @classmethod
    def from_settings(cls, name: str, settings: Any) -> Self:
        """Make one; raises ValueError with the fix for a missing token or package."""
        logging.getLogger("nio").setLevel(logging.CRITICAL)
        try:
            from nio import AsyncClient, AsyncClientConfig
        except ImportError:
            raise ValueError(f"responders.{name} needs a package: pip install 'overheard[matrix]'") from None
        config = AsyncClientConfig(encryption_enabled=False, store_sync_tokens=False)
        client = AsyncClient(settings.server.rstrip("/"), config=config)
        return cls(client, settings.token.reveal(), settings.timeout.total_seconds())

    async def send(self, message: Message) -> Receipt:
        """Post it once, with the message's key as the transaction: the server carries one out once only."""
        from nio import Api

        room, event = _address(message)
        content = _content(message, event)
        told = await self._ask(*Api.room_send("", room, "m.room.message", content, message.key), sending=True)
        if not isinstance(told.get("event_id"), str):
            raise Unconfirmed("the Matrix server took the message but did not say its id")
        return _receipt(room, told["event_id"])

    async def find(self, message: Message) -> Receipt | None:
        """Our message among the last of the room; None where it is not among all that was said since it was queued."""
        from nio import Api

        room, _ = _address(message)
        start = None
        for _ in range(PAGES):
            only = {"types": ["m.room.message"]}
            page = await self._ask(*Api.room_messages("", room, start, limit=100, message_filter=only))
            listed = page.get("chunk")
            chunk = [event for event in listed if isinstance(event, dict)] if isinstance(listed, list) else []
            for event in chunk:
                content = event.get("content")
                if isinstance(content, dict) and content.get(KEY) == message.key:
                    return _receipt(room, str(event.get("event_id")))
            moments = [moment for event in chunk if isinstance(moment := event.get("origin_server_ts"), int)]
            oldest = min(max(min(moments, default=0), 0), 10**15)
            # A server's clock may be an hour or two off.
            if message.queued_at and chunk and oldest / 1000 < (message.queued_at - timedelta(hours=2)).timestamp():
                return None
            start = page.get("end")
            if not start:
                return None
        raise Unconfirmed("too much was said in the room since to look through it all")

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Whether the token is good, and the bot is in the rooms that it is to post to."""
        from nio import Api

        try:
            await self._ask(*Api.whoami(""))
            rooms = (await self._ask(*Api.joined_rooms(""))).get("joined_rooms") or ()
        except EdgeError as error:
            fix = ASK_FOR_TOKEN if isinstance(error, AuthFailed) else "check the network and server, then try again"
            return [Fault(str(error), fix)]
        fix = "invite the bot there, and let it accept"
        return [Fault(f"the bot is not in Matrix room {place}", fix) for place in places if place not in rooms]

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.close()

    async def _ask(self, method: str, path: str, data: str | None = None, *, sending: bool = False) -> dict[str, Any]:
        """One request, which the SDK's own calls would repeat; errors without bodies or causes."""
        from aiohttp import ClientConnectorError, ClientError

        doubt: type[EdgeError] = Unconfirmed if sending else Unavailable
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._client.send(method, _bare(path), data, headers, timeout=self._timeout)
                async with answer:
                    told, status = json.loads(await answer.read()), answer.status
        except ClientConnectorError:
            raise Unavailable("the Matrix server could not be reached") from None
        except (ClientError, OSError, TimeoutError, ValueError, RecursionError, AssertionError) as error:
            raise doubt(f"the Matrix server gave no clear answer ({type(error).__name__})") from None
        if status != 200 or not isinstance(told, dict):
            raise _edge(status, told if isinstance(told, dict) else {}, doubt)
        return told


def _address(message: Message) -> tuple[str, str]:
    """The room, and the event in it that is answered; raises Refused for a target in another form."""
    room, _, event = message.target.partition("/")
    good = (message.kind is Kind.REPLY and event.startswith("$")) or (message.kind is Kind.NOTICE and not event)
    if not room.startswith("!") or not good:
        raise Refused(f'no {message.kind} can go to this target: a reply needs "room/event", a notice a room')
    return room, event


def _content(message: Message, event: str) -> dict[str, Any]:
    """A notice, which no other bot answers: https://spec.matrix.org/latest/client-server-api/#mnotice."""
    text = message.body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refused("the message has no text")
    body = cut(text.encode("utf-8", "replace").decode(), MANIFEST.max_length, MANIFEST.counting)
    content: dict[str, Any] = {"msgtype": "m.notice", "body": body, KEY: message.key}
    return content | ({"m.relates_to": {"m.in_reply_to": {"event_id": event}}} if event else {})


def _receipt(room: str, event: str) -> Receipt:
    return Receipt(f"{room}/{event}", f"https://matrix.to/#/{room}/{event}")


def _edge(status: int, told: dict[str, Any], doubt: type[EdgeError]) -> EdgeError:
    """Our error for the server's: https://spec.matrix.org/latest/client-server-api/#standard-error-response."""
    code = str(told.get("errcode"))[:40]
    if status == 429 or code == "M_LIMIT_EXCEEDED":
        after = told.get("retry_after_ms")
        seconds = min(after, 10**9) / 1000 if isinstance(after, int) else None
        return RateLimited("the Matrix server asks us to slow down", seconds)
    if status == 401:
        return AuthFailed(f"the Matrix server does not accept the token ({code}): {ASK_FOR_TOKEN}")
    if 400 <= status < 500 and status != 408:
        if doubt is Unavailable:
            return AuthFailed(f"the Matrix server does not let us ({code}): {ASK_FOR_TOKEN}")
        return Refused(
            f"the Matrix server refuses the message ({code}): the bot may not be in the room, or may not write"
        )
    return doubt(f"the Matrix server answered with status {status} ({code})")


def _bare(path: str) -> str:
    """A path without the token, which the SDK puts into it; it goes in a header, where no log shows it."""
    parts = urlsplit(path)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "access_token"]
    return urlunsplit(parts._replace(query=urlencode(kept)))
