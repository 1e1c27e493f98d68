"""Reddit's API as far as we use it: app tokens, three listings that page by anchor, and lookup. No counterpart exists.

Written by hand after Reddit's API documentation (reddit.com/dev/api); no published schema checks it.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.troubled import Trouble, says

SECRET = "reddit-secret-canary"


def refusal(status: int) -> web.Response:
    """In Reddit's form; a 401 has no header that explains it."""
    headers = {"Retry_After": "7", "x_ratelimit_reset": "7"} if status == 429 else {}
    return says(status, {"message": "No", "error": status}, **headers)


class RedditServer:
    """Posts stay until they are deleted; ``now`` is Reddit's clock. A listing shows ``depth`` posts."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.depth = 1000
        self.remaining = 90
        self.things: dict[str, dict[str, Any]] = {}
        self.trouble = Trouble(refusal)
        self.tokens: set[str] = set()
        self.url = ""
        self._numbers = itertools.count(1000)

    def say(self, text: str, *, comment: bool = False, late: timedelta = timedelta(), **more: Any) -> str:
        """Somebody posts; the thing's name."""
        self.now += timedelta(seconds=1)
        name = f"t{1 if comment else 3}_{next(self._numbers):x}"
        thing: dict[str, Any] = {
            "name": name,
            "author": "mara_k",
            "author_fullname": "t2_77",
            "created_utc": (self.now - late).timestamp(),
            "edited": False,
            "permalink": f"/r/networks/comments/{name[3:]}/",
            "subreddit": "networks",
            "score": 3,
        }
        said = {"body": text, "link_id": "t3_1", "parent_id": "t3_1"} if comment else {"title": text, "selftext": ""}
        self.things[name] = thing | said | more
        return name

    def take_down(self, name: str) -> None:
        """The author deletes it: it leaves the listings, and lookup shows an empty place."""
        field = "body" if name.startswith("t1") else "selftext"
        self.things[name] |= {"author": "[deleted]", field: "[deleted]", "hidden": True}

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[RedditServer]:
        """On 127.0.0.1."""
        routes = [
            web.post("/api/v1/access_token", self._token),
            web.get("/r/all/search", self._only(lambda thing: "title" in thing)),
            web.get("/r/{names}/new", self._only(lambda thing: "title" in thing)),
            web.get("/r/{names}/comments", self._only(lambda thing: "body" in thing)),
            web.get("/api/info", self._info),
        ]
        async with self.trouble.serve(*routes) as self.url:
            yield self

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("grant_type") != "client_credentials" or not request.headers["Authorization"].startswith("Basic "):
            return says(400, {"error": "unsupported_grant_type"})
        self.tokens.add(token := f"token-{next(self._numbers)}")
        return says(200, {"access_token": token, "expires_in": 86400, "scope": "*", "token_type": "bearer"})

    def _allowed(self, request: web.Request) -> bool:
        return request.headers.get("Authorization", "").removeprefix("bearer ") in self.tokens

    def _only(self, wanted: Callable[[dict[str, Any]], bool]) -> Any:
        async def answer(request: web.Request) -> web.Response:
            if not self._allowed(request):
                return refusal(401)
            found = [thing for thing in self.things.values() if wanted(thing) and "hidden" not in thing]
            newest = sorted(found, key=lambda thing: -thing["created_utc"])[: self.depth]
            names = [thing["name"] for thing in newest]
            after, limit = request.query.get("after"), int(request.query.get("limit", "25"))
            # Behind a thing that was taken down, Reddit shows nothing.
            start = 0 if after is None else names.index(after) + 1 if after in names else len(names)
            page = newest[start : start + limit]
            more = page[-1]["name"] if start + limit < len(newest) and page else None
            return self._listing(page, more)

        return answer

    async def _info(self, request: web.Request) -> web.Response:
        if not self._allowed(request):
            return refusal(401)
        asked = request.query["id"].split(",")
        return self._listing([self.things[name] for name in asked if name in self.things], None)

    def _listing(self, page: list[dict[str, Any]], after: str | None) -> web.Response:
        children = [{"kind": thing["name"][:2], "data": thing} for thing in page]
        headers = {"x_ratelimit_remaining": str(self.remaining), "x_ratelimit_used": "1", "x_ratelimit_reset": "7"}
        return says(200, {"kind": "Listing", "data": {"children": children, "after": after}}, **headers)
