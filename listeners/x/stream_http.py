"""Speaks to X's filtered stream: its rules through tweepy, its lines by a connection that stays open between polls.

tweepy's own stream sleeps, tries again for ever and calls back; here the poller decides when to try again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from listeners.x.http import NEW_FIELDS, OLD_FIELDS, AnswerError, _Session, keep_token_unlogged
from models.errors import Unavailable

MOST = 2_000_000
"""Bytes of one line at most."""
_NAMES = (OLD_FIELDS[0], NEW_FIELDS[0])


class ClosedError(Exception):
    """X has ended the connection, or said that it will."""


class Stream:
    """One app's stream. ``tag`` marks our rules: those of other programs are left alone, and their posts not taken."""

    def __init__(self, token: str, base_url: str, timeout: float, stall: float, users: bool, tag: str) -> None:
        import aiohttp
        from tweepy.asynchronous import AsyncStreamingClient

        keep_token_unlogged()
        self._headers = {"Authorization": f"Bearer {token}"}
        self._url = f"{base_url}/2/tweets/search/stream"
        self._timeout, self._stall, self._users, self._tag = timeout, stall, users, tag
        self._names = _NAMES
        self._rules = _Session(base_url, timeout)
        self._client = AsyncStreamingClient(token, return_type=aiohttp.ClientResponse)
        self._client.session = self._rules
        self._session: Any = None
        self._answer: Any = None
        self._rest = b""
        self._heard = 0.0

    @property
    def is_open(self) -> bool:
        """Whether a connection stands."""
        return self._answer is not None

    async def keep_rules(self, wanted: Sequence[str]) -> None:
        """Make our rules these, and touch no other's. Raises AnswerError or Unavailable."""
        import tweepy

        listed = _read((await self._client.get_rules()).body).get("data")
        known = [rule for rule in listed if isinstance(rule, dict)] if isinstance(listed, list) else []
        ours = {str(rule.get("value")): str(rule.get("id")) for rule in known if rule.get("tag") == self._tag}
        if old := [number for value, number in ours.items() if value not in wanted]:
            await self._client.delete_rules(old)
        if new := [value for value in wanted if value not in ours]:
            rules = [tweepy.StreamRule(value=value, tag=self._tag) for value in new]
            said = _read((await self._client.add_rules(rules)).body)
            if said.get("errors") and not said.get("data"):
                raise Unavailable("X does not accept a rule: look at the brand's terms and exclude, and at query_extra")

    async def open(self) -> datetime | None:
        """Connect anew; X's clock, if it tells. Raises AnswerError or Unavailable."""
        await self.close()
        try:
            return await self._open(self._names[0])
        except AnswerError as error:
            if error.status != 400 or self._names[0] not in error.blamed:
                raise
        self._names = self._names[::-1]
        return await self._open(self._names[0])

    async def lines(self, most: int, wait: float) -> list[bytes]:
        """Up to ``most`` lines: waits for the first, and takes the others that are there. Raises ClosedError.

        What was received and not yet handed over stays here, also when the wait is cancelled.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while b"\n" not in self._rest:
            left = min(until, self._heard + self._stall) - loop.time()
            try:
                async with asyncio.timeout(max(left, 0.001)):
                    await self._more()
            except TimeoutError:
                if loop.time() >= self._heard + self._stall:
                    await self.close()
                    raise Unavailable("X's stream stalls: not even its keep-alive signals come") from None
                return []
            # Keep-alive signals are empty lines.
            self._rest = self._rest.lstrip(b"\r\n")
        *whole, self._rest = self._rest.split(b"\n")
        found = [line.strip() for line in whole if line.strip()]
        self._rest = b"\n".join([*found[most:], self._rest]) if found[most:] else self._rest
        return found[:most]

    async def close(self) -> None:
        """End the connection; what was received and not handed over is left to the search."""
        answer, self._answer, self._rest = self._answer, None, b""
        if answer is not None:
            answer.close()
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def aclose(self) -> None:
        """Let go of everything."""
        await self.close()
        await self._rules.close()

    def is_ours(self, line: dict[str, Any]) -> bool:
        """Whether one of our rules has found it."""
        rules = line.get("matching_rules")
        return not isinstance(rules, list) or any(
            isinstance(one, dict) and one.get("tag") == self._tag for one in rules
        )

    async def _open(self, name: str) -> datetime | None:
        import aiohttp

        fields = OLD_FIELDS[1] if name == OLD_FIELDS[0] else NEW_FIELDS[1]
        params = {name: ",".join(fields)}
        params |= {"expansions": "author_id", "user.fields": "public_metrics"} if self._users else {}
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout))
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._session.get(self._url, params=params, headers=self._headers, allow_redirects=False)
                if answer.status != 200:
                    raise AnswerError(answer.status, answer.headers, await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            await self.close()
            raise Unavailable(f"X's stream could not be reached: {type(error).__name__}") from None
        except BaseException:
            await self.close()
            raise
        if "html" in answer.headers.get("Content-Type", ""):
            answer.close()
            await self.close()
            raise Unavailable("what answers is no stream of X: look at base_url")
        self._answer, self._heard = answer, asyncio.get_running_loop().time()
        return _clock(answer.headers.get("Date", ""))

    async def _more(self) -> None:
        import aiohttp

        try:
            chunk = await self._answer.content.readany()
        except (aiohttp.ClientError, OSError) as error:
            raise ClosedError(type(error).__name__) from None
        if not chunk:
            raise ClosedError("ended")
        self._heard = asyncio.get_running_loop().time()
        self._rest += chunk
        if len(self._rest) > MOST and b"\n" not in self._rest:
            raise ClosedError("a line that does not end")


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (RecursionError, ValueError):
        said = None
    if not isinstance(said, dict):
        raise Unavailable("X's answer about the rules could not be read")
    return said


def _clock(date: str) -> datetime | None:
    try:
        return datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
