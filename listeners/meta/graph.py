"""Meta's Graph API for listeners: pages of a listing by cursor, and what its errors mean.

Codes: developers.facebook.com/docs/graph-api/guides/error-handling and .../overview/rate-limiting.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from listeners.web.web import Page, Web
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable

API = "https://graph.facebook.com/v23.0"
RENEW = (
    "make a new page token and store it as token; Facebook wants pages_read_engagement, pages_read_user_content and, "
    "to answer, pages_manage_engagement; Instagram wants instagram_basic and instagram_manage_comments"
)
HURRIED = frozenset({4, 17, 32, 613, *range(80_000, 80_020)})
TOKEN = frozenset({102, 190})
PERMISSION = frozenset({3, 10, *range(200, 300)})
ABSENT = frozenset({21, 33, 803})
"""Codes, and one subcode, of things that are not there or that we may not see."""


class AbsentError(Exception):
    """What was asked for is not there, or not for us."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One page: its things, the name of the next, and the platform's clock, if it tells."""

    things: list[Mapping[str, Any]]
    token: str
    clock: datetime | None


class Graph:
    """One token's way to read."""

    def __init__(self, who: str, token: str, base_url: str, timeout: float) -> None:
        # In a header, so that it stands in no URL.
        self._web = Web(who, timeout=timeout, headers={"Authorization": f"Bearer {token}"})
        self._base = base_url.rstrip("/")

    async def list(self, path: str, params: Mapping[str, str], token: str = "") -> Listing:
        """A page of what is at ``path``; raises AbsentError besides the errors of a listener."""
        said, page = await self._ask(path, {**params, **({"after": token} if token else {})})
        things = said.get("data")
        if not isinstance(things, list):
            raise Unavailable(f"{self._web.who}'s answer is no listing")
        return Listing([one for one in things if isinstance(one, dict)], _next(said), _clock(page.headers))

    async def one(self, path: str, fields: str) -> Mapping[str, Any]:
        """One thing; raises as ``list`` does."""
        said, _ = await self._ask(path, {"fields": fields})
        return said

    async def there(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of up to 50 things that are there."""
        try:
            said, _ = await self._ask("", {"ids": ",".join(ids), "fields": "id"})
        except AbsentError:
            # One that is absent spoils the whole question, so each is asked for.
            return frozenset([one for one in ids if await self._is_there(one)])
        return frozenset(one for one in ids if one in said)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._web.aclose()

    async def _is_there(self, identifier: str) -> bool:
        try:
            await self._ask(identifier, {"fields": "id"})
        except AbsentError:
            return False
        return True

    async def _ask(self, path: str, params: Mapping[str, str]) -> tuple[Mapping[str, Any], Page]:
        page = await self._web.get(f"{self._base}/{path}", params, also=(400, 401, 403, 404, 500))
        if page.status in (401, 403, 404, 500) and not page.body.lstrip().startswith(b"{"):
            raise Unavailable(f"{self._web.who} answered with status {page.status} and no reason")
        said = self._web.parse(page)
        error = said.get("error") if isinstance(said, dict) else None
        if isinstance(error, dict):
            raise self._error(error, page)
        if page.status != 200 or not isinstance(said, dict):
            raise Unavailable(f"{self._web.who} answered with status {page.status}")
        return said, page

    def _error(self, error: Mapping[str, Any], page: Page) -> EdgeError | AbsentError:
        """By Meta's code, for the status says little."""
        who, code = self._web.who, error.get("code")
        number = code if isinstance(code, int) else 0
        if number in TOKEN or page.status == 401:
            return AuthFailed(f"{who} does not accept the token any more: {RENEW}")
        if number in HURRIED:
            return RateLimited(f"{who} asks us to slow down", _seconds(page.headers))
        if number in PERMISSION:
            return AuthFailed(f"{who} does not allow this with our token (code {number}): {RENEW}")
        if number in ABSENT or (number == 100 and error.get("error_subcode") in ABSENT):
            return AbsentError(f"{who}: it is not there, or not for us (code {number})")
        if page.status == 403:
            return AuthFailed(f"{who} does not let us in (status 403): {RENEW}")
        return Unavailable(f"{who} answered with an error (code {number})")


def digest(thing: Any) -> str:
    """A thing's fingerprint."""
    return hashlib.sha256(json.dumps(thing, sort_keys=True).encode()).hexdigest()[:16]


def moment(text: Any) -> datetime:
    """A moment as Meta writes it, in UTC; raises ValueError for anything else."""
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("no moment that can be") from None


def _next(said: Mapping[str, Any]) -> str:
    paging = said.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    # Feeds page by other words, which stand in the address of the next page alone.
    return str(after or parse_qs(urlsplit(str(paging["next"])).query).get("after", [""])[0])


def _clock(headers: Mapping[str, str]) -> datetime | None:
    try:
        return datetime.strptime(headers.get("date", ""), "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Meta says in minutes when the app may go on; some answers have Retry-After."""
    after = headers.get("retry-after", "")
    if after.isascii() and after.isdigit():
        return float(after[:9])
    try:
        usage = json.loads(headers.get("x-business-use-case-usage", ""))
        minutes = [one["estimated_time_to_regain_access"] for listed in usage.values() for one in listed]
        longest = max(float(one) for one in minutes)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return longest * 60 if math.isfinite(longest) and longest > 0 else None
