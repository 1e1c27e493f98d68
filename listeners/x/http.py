"""Speaks to X's search through tweepy: one request in, one answer or one error out. Never waits and never tries twice.

tweepy has one fixed host, no time-out, and decodes an error's body before it looks at the status; its ``session`` is
where all three are mended.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from models.check import Fault
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable

_HOST = "https://api.twitter.com"
_FIELDS = "author_id conversation_id created_at entities in_reply_to_user_id lang note_tweet public_metrics"
OLD_FIELDS = ("tweet.fields", [*_FIELDS.split(), "referenced_tweets"])
NEW_FIELDS = ("post.fields", ["conversation_id", "created_at", "entities", "lang", "note_post", "public_metrics"])
"""X renamed the parameter in August 2026, and sends the rest unasked."""

_FAULTS: Mapping[int, tuple[str, str]] = {
    400: ("X does not accept the query", "look at the brand's terms and exclude, and at query_extra"),
    401: ("X does not accept the bearer token", "make a new one in X's developer console and store it as token"),
    402: ("the X account has no credits left", "add credits or raise the spending limit in X's developer console"),
    403: ("X does not let this app search recent posts", "attach the app to a pay-per-use or paid plan in X's console"),
    429: ("X's rate limit for this app is used up", "wait, and let no other program search with the same app"),
}
_AUTH = frozenset({401, 402, 403})


class AnswerError(Exception):
    """X answered, and not with a success."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"X answered {status}")
        self.status = status
        self.headers = headers
        self.problem = _problem(body)

    @property
    def blamed(self) -> frozenset[str]:
        """The parameters that X names as wrong."""
        listed = self.problem.get("errors")
        errors = [error for error in listed if isinstance(error, dict)] if isinstance(listed, list) else []
        tables = [table for error in errors if isinstance(table := error.get("parameters"), dict)]
        single = [str(one["parameter"]) for one in (self.problem, *errors) if "parameter" in one]
        return frozenset(single).union(*tables)

    def fault(self) -> Fault:
        """What is wrong, and what to do about it."""
        what, fix = _FAULTS.get(self.status, (f"X answered {self.status}", "try again later, and look at base_url"))
        said = next((text for name in ("detail", "title", "message") if (text := self.problem.get(name))), "")
        return Fault(f"{what} ({str(said)[:200]})" if said else what, fix)

    def edge(self, now: datetime) -> EdgeError:
        """The error that a listener may raise."""
        fault = self.fault()
        message = f"{fault.what}: {fault.fix}"
        if self.status == 429:
            return RateLimited(message, seconds_to_reset(self.headers, now))
        return AuthFailed(message) if self.status in _AUTH else Unavailable(message)


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


class Door:
    """One app's way to X's search."""

    def __init__(self, token: str, base_url: str, timeout: float, users: bool) -> None:
        import aiohttp
        from tweepy.asynchronous import AsyncClient

        keep_token_unlogged()
        self._session = _Session(base_url, timeout)
        self._client = AsyncClient(token, return_type=aiohttp.ClientResponse, wait_on_rate_limit=False)
        self._client.session = self._session
        self._more = {"expansions": ["author_id"], "user_fields": ["public_metrics"]} if users else {}

    async def search(self, query: str, max_results: int, where: Mapping[str, Any]) -> Answer:
        """One page. Raises AnswerError, or Unavailable if no answer came."""
        more = {"max_results": max_results, **where, **self._more}
        return await self._spelled(lambda fields: self._client.search_recent_tweets(query, tweet_fields=fields, **more))

    async def look_up(self, ids: Sequence[str], whole: bool) -> Answer:
        """These posts, at most 100, ``whole`` or only whether they are there. Raises as ``search`` does."""
        if not whole:
            return await self._spelled(lambda fields: self._client.get_tweets(list(ids)))
        return await self._spelled(lambda fields: self._client.get_tweets(list(ids), tweet_fields=fields, **self._more))

    async def _spelled(self, ask: Callable[[list[str]], Awaitable[Any]]) -> Answer:
        """Ask with the names that X knows: those that it knew last, else the others."""
        try:
            first: Answer = await ask(self._session.fields[1])
        except AnswerError as error:
            if error.status != 400 or self._session.fields[0] not in error.blamed:
                raise
        else:
            return first
        self._session.fields = NEW_FIELDS if self._session.fields is OLD_FIELDS else OLD_FIELDS
        second: Answer = await ask(self._session.fields[1])
        return second

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._session.close()


class _Session:
    """What tweepy takes for an aiohttp session: our host, a time-out, and our errors."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self._base_url = base_url
        self._timeout = timeout
        self._session: Any = None
        self.fields = OLD_FIELDS

    @asynccontextmanager
    async def request(self, method: str, url: Any, **options: Any) -> AsyncIterator[Answer]:
        """One request; raises AnswerError, or Unavailable if no answer came."""
        import aiohttp
        import yarl

        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout))
        target = yarl.URL(str(url).replace(_HOST, self._base_url, 1), encoded=True)
        if (params := options.get("params")) and OLD_FIELDS[0] in params:
            params[self.fields[0]] = params.pop(OLD_FIELDS[0])
        try:
            async with self._session.request(method, target, allow_redirects=False, **options) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"X could not be reached: {type(error).__name__}") from error
        if not 200 <= response.status < 300:
            raise AnswerError(response.status, response.headers, body)
        yield Answer(response.status, response.reason, response.headers, body)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def keep_token_unlogged() -> None:
    """tweepy writes request headers, the bearer token among them, at DEBUG; that level is closed to it."""
    logger = logging.getLogger("tweepy")
    logger.setLevel(max(logger.level, logging.INFO))


def used_up(headers: Mapping[str, str]) -> bool:
    """Whether X says that this was the last request of its window."""
    return headers.get("x-rate-limit-remaining", "").strip() == "0"


def their_time(headers: Mapping[str, str], now: datetime) -> datetime:
    """X's own clock as it answered; ``now`` where it does not say."""
    return _date(headers.get("Date", "")) or now


def seconds_to_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """How long to leave X alone, 1 s to 16 min by X's own clock; None if it does not say."""
    here = their_time(headers, now).timestamp()
    reset = _number(headers.get("x-rate-limit-reset", ""))
    if reset is not None:
        wait = reset - here
    else:
        after = headers.get("Retry-After", "")
        until = _date(after)
        seconds = until.timestamp() - here if until else _number(after)
        if seconds is None:
            return None
        wait = seconds
    return min(max(wait, 1.0), 960.0)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _problem(body: bytes) -> Mapping[str, Any]:
    """X's account of what is wrong; empty for HTML and the like."""
    try:
        problem = json.loads(body)
    except (RecursionError, ValueError):
        return {}
    return problem if isinstance(problem, dict) else {}
