"""Speaks to X for one account through tweepy: one request in, one answer or one error out. Never tries twice.

tweepy has one fixed host, no time-out, and decodes an error's body before it looks at the status; its ``session`` is
where all three are mended.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from models.check import Fault
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable, Unconfirmed

HOST = "https://api.twitter.com"
_PERMISSION = ("oauth1-permissions", "client-forbidden", "unsupported-authentication")
"""Ends of X's problem types that speak of the app and not of the message."""

RENEW = "make new keys with read and write permission in X's developer console and store all four"
_FAULTS: Mapping[int, tuple[str, str]] = {
    401: ("X does not accept the account's keys", RENEW),
    402: ("the X account has no credits left", "add credits or raise the spending limit in X's developer console"),
    403: ("X does not let this app act for the account", RENEW),
    429: ("X's rate limit for the account is used up", "wait; the sender goes on by itself"),
}


class AnswerError(Exception):
    """X answered, and not with a success."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"X answered {status}")
        self.status = status
        self.headers = headers
        problem = read_object(body)
        self.lacks_permission = str(problem.get("type", "")).endswith(_PERMISSION)

    def edge(self) -> EdgeError | None:
        """The error where X's answer speaks of us and not of the message: certainly not carried out."""
        what, fix = _FAULTS.get(self.status, ("", ""))
        if self.status == 429:
            return RateLimited(f"{what}: {fix}", _wait(self.headers))
        if self.status in (401, 402) or (self.status == 403 and self.lacks_permission):
            return AuthFailed(f"{what}: {fix}")
        return None

    def fault(self) -> Fault:
        """What is wrong, and what to do about it."""
        return Fault(*_FAULTS.get(self.status, (f"X answered {self.status}", "try again later, and look at base_url")))


@dataclass(frozen=True, slots=True)
class Answer:
    """A success, unread; as much of aiohttp's response as tweepy wants of it."""

    status: int
    reason: str | None
    headers: Mapping[str, str]
    body: bytes

    async def read(self) -> bytes:
        """tweepy reads a response before it hands it on."""
        return self.body


class Session:
    """What tweepy takes for an aiohttp session: our host, a time-out, and our errors."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self._base_url = base_url
        self._timeout = timeout
        self._session: Any = None

    @asynccontextmanager
    async def request(self, method: str, url: Any, **options: Any) -> AsyncIterator[Answer]:
        """One request; raises AnswerError, Unavailable if it cannot have arrived, Unconfirmed if it may have."""
        import aiohttp
        import yarl

        if self._session is None:
            # A fresh connection each time: one that X closed meanwhile would leave a reply in doubt for nothing.
            timeout = aiohttp.ClientTimeout(total=self._timeout, connect=self._timeout / 2)
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True), timeout=timeout)
        target = yarl.URL(str(url).replace(HOST, self._base_url, 1), encoded=True)
        try:
            async with self._session.request(method, target, allow_redirects=False, **options) as response:
                body = await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unavailable(f"X could not be reached: {type(error).__name__}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unconfirmed(f"the connection to X broke off: {type(error).__name__}") from error
        if not 200 <= response.status < 300:
            raise AnswerError(response.status, response.headers, body)
        yield Answer(response.status, response.reason, response.headers, body)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def keep_keys_unlogged() -> None:
    """tweepy and oauthlib write keys at DEBUG; that level is closed to them."""
    for logger in map(logging.getLogger, ("tweepy", "oauthlib")):
        logger.setLevel(max(logger.level, logging.INFO))


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds until X's window opens again, 1 s to 16 min by X's own clock; None if it does not say."""
    try:
        here = parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (ValueError, TypeError, IndexError):
        here = time.time()
    try:
        reset = float(headers["x-rate-limit-reset"]) - here if "x-rate-limit-reset" in headers else None
        wait = float(headers["Retry-After"]) if reset is None else reset
    except (KeyError, ValueError):
        return None
    return min(max(wait, 1.0), 960.0) if math.isfinite(wait) else None


def read_object(body: bytes) -> Mapping[str, Any]:
    """An answer's object; empty for HTML and the like."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
