"""The home server's API, as far as a listener asks it, over matrix-nio: its paths and its connection.

The SDK's own ``sync`` sleeps through refusals and keeps a room's state in memory; here every failure is told at once.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from models.errors import AuthFailed, RateLimited, Unavailable

ASK_FOR_TOKEN = "sign the bot in (Element: Settings, Help & About, Access Token) and store its token"  # noqa: S105
GRACE = 10.0
"""Seconds that an answer may take beyond the wait that we asked for."""
MOST = 50_000_000
"""Bytes of one answer."""


class Forgotten(Unavailable):
    """The server does not know our place any more."""


class Home:
    """One account on one home server."""

    def __init__(self, where: str, server: str, token: str, timeout: float) -> None:
        logging.getLogger("nio").setLevel(logging.CRITICAL)
        try:
            from nio import AsyncClient, AsyncClientConfig
        except ImportError:
            raise ValueError(f"{where} needs a package: pip install 'overheard[matrix]'") from None
        config = AsyncClientConfig(encryption_enabled=False, store_sync_tokens=False)
        self._client = AsyncClient(server.rstrip("/"), config=config)
        self._token, self._timeout = token, timeout

    async def me(self) -> str:
        """The account's user id."""
        from nio import Api

        answer = await self.ask(*Api.whoami(""))
        name = answer.get("user_id") if isinstance(answer, dict) else None
        if not isinstance(name, str):
            raise Unavailable("what answers is no Matrix home server: correct the address")
        return name

    async def rooms(self) -> list[str]:
        """The rooms that the account is in."""
        from nio import Api

        return [str(room) for room in (await self.ask(*Api.joined_rooms(""))).get("joined_rooms") or ()]

    async def members(self, room: str) -> int:
        """How many are in a room."""
        from nio import Api

        return len((await self.ask(*Api.joined_members("", room))).get("joined") or ())

    async def join(self, room: str) -> bool:
        """Go into a room; False where it does not let us."""
        from nio import Api

        method, path = Api.join("", room)
        try:
            await self.ask(method, path, data="{}")
        except AuthFailed:
            return False
        return True

    async def sync(self, since: str | None, wait: float, only: Mapping[str, Any]) -> dict[str, Any]:
        """What is new since a place; raises Forgotten where the server does not know it."""
        from nio import Api

        method, path = Api.sync("", since=since, timeout=int(wait * 1000) or None, filter=dict(only))
        return await self.ask(method, path, wait=wait, place=since is not None)

    async def messages(self, room: str, start: str, end: str, limit: int, types: Sequence[str]) -> dict[str, Any]:
        """A room's past between two places, newest first."""
        from nio import Api

        return await self.ask(
            *Api.room_messages("", room, start, end, limit=limit, message_filter={"types": list(types)})
        )

    async def event(self, room: str, name: str) -> dict[str, Any] | None:
        """One event; None where it is not there or may not be seen."""
        from nio import Api

        try:
            return await self.ask(*Api.room_get_event("", room, name), absent=True)
        except Absent:
            return None

    async def ask(
        self,
        method: str,
        path: str,
        data: str | None = None,
        *,
        wait: float = 0.0,
        place: bool = False,
        absent: bool = False,
    ) -> dict[str, Any]:
        """One request; raises AuthFailed, RateLimited and Unavailable, in words without bodies."""
        from aiohttp import ClientError

        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            async with asyncio.timeout(wait + self._timeout):
                answer = await self._client.send(method, _bare(path), data, headers, timeout=wait + self._timeout)
                async with answer:
                    body, status = await _body(answer.content), answer.status
        except (ClientError, OSError, TimeoutError, ValueError, AssertionError) as error:
            # Without its cause, which may hold the URL.
            raise Unavailable(f"the Matrix server cannot be heard ({type(error).__name__})") from None
        try:
            told = json.loads(body)
            if not isinstance(told, dict):
                raise ValueError("no object")
        except (ValueError, RecursionError):
            raise Unavailable(f"the Matrix server answered with something that is not JSON (status {status})") from None
        if status != 200:
            raise _edge(status, told, place, absent)
        return told

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.close()


class Absent(Unavailable):
    """The server does not show what was asked for."""


def _edge(status: int, told: Mapping[str, Any], place: bool, absent: bool) -> Unavailable | AuthFailed:
    """Our error for the server's: https://spec.matrix.org/latest/client-server-api/#standard-error-response."""
    code = str(told.get("errcode"))[:40]
    if absent and (status == 404 or code == "M_FORBIDDEN"):
        return Absent(f"the Matrix server does not show it ({code})")
    if status == 429 or code == "M_LIMIT_EXCEEDED":
        after = told.get("retry_after_ms")
        seconds = min(after, 10**9) / 1000 if isinstance(after, int) else None
        return RateLimited("the Matrix server asks us to slow down", seconds)
    if status in (401, 403):
        return AuthFailed(f"the Matrix server does not accept the token ({code}): {ASK_FOR_TOKEN}")
    if place and status == 400:
        return Forgotten(f"the Matrix server does not know our place ({code})")
    return Unavailable(f"the Matrix server answered with status {status} ({code})")


async def _body(content: Any) -> bytes:
    """All of an answer; raises ValueError where it is too long. One read gives only what has arrived by then."""
    body = bytearray()
    while chunk := await content.readany():
        body += chunk
        if len(body) > MOST:
            raise ValueError("too long")
    return bytes(body)


def _bare(path: str) -> str:
    """A path without the token, which the SDK puts into it; it goes in a header, where no log shows it."""
    parts = urlsplit(path)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "access_token"]
    return urlunsplit(parts._replace(query=urlencode(kept)))
