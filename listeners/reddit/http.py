"""Speaks to Reddit through asyncpraw: one GET in, one answer or one error out.

asyncpraw sleeps and tries again by itself; both are taken from it, for the poller decides that.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable

WWW, OAUTH = "https://www.reddit.com", "https://oauth.reddit.com"
CLOSED = ("private", "banned", "quarantined", "gold_only")
"""Why Reddit keeps a community from us, which is no fault of the credential."""
MISSHAPEN = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
"""What asyncpraw raises for an answer, or for headers, that are not in Reddit's shape."""
RENEW = "look at the app on reddit.com/prefs/apps, and that Reddit has approved it; store its id and secret again"


class Door:
    """One app's way to Reddit, read only, with the app's own token."""

    def __init__(self, client_id: str, secret: str, agent: str, urls: tuple[str, str], patience: float) -> None:
        try:
            import asyncpraw
        except ModuleNotFoundError:
            raise ValueError("Reddit needs its library: pip install 'overheard[reddit]'") from None
        from asyncprawcore.requestor import Requestor

        for name in ("asyncpraw", "asyncprawcore"):  # they log what is searched for
            logging.getLogger(name).setLevel(logging.ERROR)
        for words in ("BasicAuth is deprecated", "The 'auth' parameter is deprecated"):  # the library's own calls
            warnings.filterwarnings("ignore", words, DeprecationWarning)

        class Reader(Requestor):
            """Keeps the body of an answer, which Reddit's reasons stand in."""

            @asynccontextmanager
            async def request(self, *args: Any, **options: Any) -> AsyncIterator[Any]:
                async with super().request(*args, **options) as response:
                    await response.read()
                    yield response

        self._patience = patience
        self._reddit = asyncpraw.Reddit(
            client_id=client_id,
            client_secret=secret,
            user_agent=agent,
            reddit_url=urls[0],
            oauth_url=urls[1],
            check_for_updates=False,
            requestor_class=Reader,
        )
        self._reddit.read_only = True

    async def get(self, path: str, params: Mapping[str, str]) -> Any:
        """What is at ``path``; raises Unavailable, RateLimited or AuthFailed."""
        try:
            async with asyncio.timeout(self._patience):
                return await self._once(path, params)
        except TimeoutError:
            raise Unavailable("Reddit did not answer in time") from None

    @property
    def rest(self) -> float | None:
        """Seconds that Reddit wants to be left alone for, after its last answer; None where it is content."""
        limiter = self._core.rate_limiter
        if limiter.remaining is None or limiter.remaining > 0 or limiter.next_request_timestamp_ns is None:
            return None
        return min(max(float(limiter.next_request_timestamp_ns - time.monotonic_ns()) / 1e9, 1.0), 3600.0)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._reddit.close()

    @property
    def _core(self) -> Any:
        core: Any = self._reddit._core
        core._retry_strategy_class = _Never
        return core

    async def _once(self, path: str, params: Mapping[str, str]) -> Any:
        from asyncprawcore.exceptions import AsyncPrawcoreException

        # A token that was revoked before its time is asked for anew, once.
        for last in (False, True):
            core = self._core
            core.rate_limiter.next_request_timestamp_ns = None
            try:
                return await core.request(method="GET", path=path, params={**params, "raw_json": "1"})
            except (AsyncPrawcoreException, *MISSHAPEN) as error:
                edge = _edge(error)
                # Without its cause, which holds the request.
                if not isinstance(edge, _StaleError):
                    raise edge from None
                if last:
                    raise AuthFailed(str(edge)) from None
        raise AssertionError


class _Never:
    """asyncpraw's way to try again: not at all."""

    async def sleep(self) -> None:
        return None

    def should_retry_on_failure(self) -> bool:
        return False


class _StaleError(AuthFailed):
    """The token is not taken any more."""


def _edge(error: Exception) -> EdgeError:
    from asyncprawcore.exceptions import OAuthException, RequestException, ResponseException

    if isinstance(error, OAuthException):
        return AuthFailed(f"Reddit gives this app no token ({str(error.error)[:40]}): {RENEW}")
    if isinstance(error, RequestException):
        # asyncpraw looks a 401 without an explanation up in a table that has none.
        if isinstance(error.original_exception, KeyError):
            return _StaleError(f"Reddit does not accept the app's token: {RENEW}")
        return Unavailable(f"Reddit cannot be read ({type(error.original_exception).__name__})")
    if not isinstance(error, ResponseException):
        return Unavailable(f"Reddit cannot be read ({type(error).__name__})")
    status, headers = error.response.status, error.response.headers
    if status == 401:
        return _StaleError(f"Reddit does not accept the app's token: {RENEW}")
    if status == 403:
        if (why := _reason(error.response)) in CLOSED:
            return Unavailable(f"a community is {why}: take it out of subreddits")
        return AuthFailed(f"Reddit does not let this app read: {RENEW}")
    if status == 429:
        return RateLimited("Reddit asks us to slow down", _seconds(headers))
    if status == 404:
        return Unavailable("a community is not there: look at the names in subreddits")
    return Unavailable(f"Reddit answered with status {status}")


def _reason(response: Any) -> str:
    try:
        said = json.loads(response._body or b"")
        return str(said.get("reason", ""))
    except (ValueError, AttributeError):
        return ""


def _seconds(headers: Mapping[str, str]) -> float | None:
    for name in ("retry-after", "x-ratelimit-reset"):
        value = headers.get(name, "")
        if value.isascii() and value.isdigit():
            return float(value[:9])
    return None
