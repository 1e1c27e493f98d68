"""HTTP for responders: one request, one answer, and what is certain when there is none. Never tries twice."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed

AGENT = "Overheard (customer care)"
MOST = 1_000_000
"""Bytes of an answer that are read."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, unread."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def good(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people, as a proxy or a sign-in shows it."""
        return self.body.lstrip()[:1] == b"<"

    def json(self) -> Any:
        """What it says; None for anything but JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Web:
    """One other side, by the name ``who`` that errors give it.

    ``timeout`` (s) holds for each step of a request, twice as much for all of them.
    """

    def __init__(self, who: str, timeout: float = 20.0) -> None:
        for name in ("httpx", "httpcore"):  # at INFO they log URLs, which may be secrets
            logging.getLogger(name).setLevel(logging.WARNING)
        self.who = who
        self._patience = 2 * timeout
        # A fresh connection each time: one that was closed meanwhile would leave a message in doubt for nothing.
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout, connect=timeout),
            headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
        )

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Write once. Raises Unavailable if it cannot have arrived, Unconfirmed if it may have."""
        return await self._ask("POST", url, content=content, headers=dict(headers))

    async def form(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Write once, as a form; raises as ``post`` does."""
        return await self._ask("POST", url, data=dict(fields), headers=dict(headers))

    async def get(self, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Read. Raises Unavailable for whatever went wrong on the way."""
        try:
            return await self._ask("GET", url, params=dict(params), headers=dict(headers))
        except Unconfirmed as error:
            raise Unavailable(str(error)) from None

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _ask(self, method: str, url: str, **parts: Any) -> Answer:
        body = bytearray()
        try:
            async with asyncio.timeout(self._patience), self._client.stream(method, url, **parts) as answer:
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > MOST:
                        break
            return Answer(answer.status_code, answer.headers, bytes(body[:MOST]))
        # Never with their causes, which hold the URL.
        except (*_NOT_SENT, httpx.InvalidURL) as error:
            raise Unavailable(f"{self.who} could not be reached ({type(error).__name__})") from None
        except (httpx.HTTPError, TimeoutError, OSError, ValueError) as error:
            raise Unconfirmed(f"{self.who} gave no clear answer ({type(error).__name__})") from None

    def refusal(self, answer: Answer) -> EdgeError:
        """The error for an answer that is no success."""
        status = answer.status
        if status == 429:
            return RateLimited(f"{self.who} asks us to slow down", seconds_of(answer.headers))
        if status in (401, 403):
            return AuthFailed(f"{self.who} does not let us write (status {status}): check the credential")
        if status in (301, 302, 307, 308):
            return AuthFailed(f"{self.who} sends us to another address (status {status}): correct the one that is set")
        if 400 <= status < 500 and status != 408:
            return Refused(f"{self.who} refuses it with status {status}")
        return Unconfirmed(f"{self.who} answered {status}: it may have been carried out")


def seconds_of(headers: Mapping[str, str]) -> float | None:
    """The pause of ``Retry-After``, by the other side's own clock; None where it names none."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value[:9])
    until, since = _moment(value), _moment(headers.get("date", "")) or datetime.now(UTC)
    return max((until - since).total_seconds(), 0.0) if until else None


def _moment(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
