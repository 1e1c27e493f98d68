"""Meta's Graph API as far as we use it: one page and one account, their posts, comments and replies.

No counterpart exists and Meta publishes no schema; written by hand after developers.facebook.com/docs/graph-api.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from tests.fakes.troubled import Trouble, says

TOKEN = "graph-token-canary"
PAGE_ID, ACCOUNT_ID = "100200300", "17800200300"
CODES = {400: 100, 401: 190, 403: 10, 404: 803, 429: 4, 500: 2, 503: 2}


def refusal(status: int, code: int = 0) -> web.Response:
    """In Meta's form."""
    headers = {"Retry_After": "7"} if status == 429 else {}
    error = {"message": "(#1) No", "type": "OAuthException", "code": code or CODES.get(status, 1), "fbtrace_id": "A"}
    return says(status, {"error": error}, **headers)


class GraphServer:
    """``now`` is Meta's clock. Listings show ``depth`` things, the newest first."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.depth = 10_000
        self.things: dict[str, dict[str, Any]] = {}
        self.trouble = Trouble(refusal)
        self.url = ""
        self._numbers = itertools.count(1)

    def _add(self, where: str, late: timedelta, **thing: Any) -> str:
        self.now += timedelta(seconds=1)
        number = f"{PAGE_ID}_{next(self._numbers)}" if where == "feed" else f"{900_000 + next(self._numbers)}"
        at = (self.now - late).strftime("%Y-%m-%dT%H:%M:%S+0000")
        self.things[number] = {"id": number, "where": where, "created_time": at, "timestamp": at} | thing
        return number

    def post(self, text: str, *, by: str = "777", late: timedelta = timedelta()) -> str:
        """Somebody writes on the page."""
        return self._add("feed", late, message=text, updated_time="", **{"from": {"id": by, "name": "Mara K"}})

    def media(self, text: str = "Look") -> str:
        """The account posts."""
        return self._add("media", timedelta(), caption=text, username="kestrelo_official")

    def tag(self, text: str, *, by: str = "mara.k", late: timedelta = timedelta()) -> str:
        """Somebody posts and tags the account."""
        return self._add("tags", late, caption=text, username=by)

    def comment(self, on: str, text: str, *, by: str = "777", parent: str = "", late: timedelta = timedelta()) -> str:
        """Somebody comments on a post, or below a comment."""
        writer = {"from": {"id": by, "name": "Mara K"}, "username": by}
        more = {"parent": {"id": parent}} if parent else {}
        return self._add(f"on {on}", late, message=text, text=text, **writer, **more)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[GraphServer]:
        """On 127.0.0.1."""
        routes = [
            web.get("/v23.0/", self._several),
            web.get("/v23.0/{id}", self._one),
            web.get("/v23.0/{id}/{edge}", self._edge),
            web.post("/v23.0/{id}/{edge}", self._write),
        ]
        async with self.trouble.serve(*routes) as url:
            self.url = f"{url}/v23.0"
            yield self

    def _allowed(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {TOKEN}"

    async def _several(self, request: web.Request) -> web.Response:
        asked = request.query["ids"].split(",")
        if any(one not in self.things for one in asked):
            return refusal(404)
        return says(200, {one: {"id": one} for one in asked})

    async def _one(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        if not self._allowed(request):
            return refusal(401)
        if number in (PAGE_ID, ACCOUNT_ID):
            return says(200, {"id": number})
        return says(200, self._shown(self.things[number])) if number in self.things else refusal(404)

    async def _edge(self, request: web.Request) -> web.Response:
        number, edge = request.match_info["id"], request.match_info["edge"]
        if not self._allowed(request):
            return refusal(401)
        if number not in (PAGE_ID, ACCOUNT_ID) and number not in self.things:
            return refusal(404)
        found = [*self._below(number, edge)]
        newest = sorted(found, key=lambda one: one["created_time"], reverse=True)[: self.depth]
        after, limit = request.query.get("after", ""), int(request.query.get("limit", "25"))
        # A page's name is that of the moment where it begins, so that deletions shift nothing.
        page = [one for one in newest if not after or one["created_time"] < after]
        more = page[limit:]
        page = page[:limit]
        paging = {"cursors": {"after": page[-1]["created_time"]}, "next": f"{self.url}/x?after=1"} if more else {}
        date = {"Date": format_datetime(self.now, usegmt=True)}
        return says(200, {"data": [self._shown(one) for one in page], "paging": paging}, **date)

    def _below(self, number: str, edge: str) -> Iterable[dict[str, Any]]:
        for one in self.things.values():
            nested = one.get("parent", {}).get("id")
            if edge in ("feed", "media", "tags"):
                wanted = one["where"] == edge
            elif edge == "replies" or number not in self.things or not self._is_post(number):
                wanted = nested == number
            else:
                # Instagram keeps replies inside their comments; Facebook's stream has them all.
                wanted = one["where"] == f"on {number}" and not (nested and self.things[number]["where"] == "media")
            if wanted:
                yield one

    def _is_post(self, number: str) -> bool:
        return self.things[number]["where"] in ("feed", "media", "tags")

    def _shown(self, one: dict[str, Any]) -> dict[str, Any]:
        comments = [each for each in self.things.values() if each["where"] == f"on {one['id']}"]
        replies = [each for each in self.things.values() if each.get("parent", {}).get("id") == one["id"]]
        counts = {"comments": {"data": [], "summary": {"total_count": len(comments)}}, "comments_count": len(comments)}
        inside = {"replies": {"data": [{**each, "parent": None} for each in replies]}} if replies else {}
        shown = {name: value for name, value in one.items() if name != "where"}
        return shown | (counts if self._is_post(one["id"]) else inside)

    async def _write(self, request: web.Request) -> web.Response:
        number, form = request.match_info["id"], await request.post()
        if not self._allowed(request):
            return refusal(401)
        if number not in self.things:
            return refusal(400)
        own = PAGE_ID if request.match_info["edge"] == "comments" else ACCOUNT_ID
        on = number if self._is_post(number) else self.things[number]["where"].removeprefix("on ")
        parent = "" if self._is_post(number) else number
        return says(200, {"id": self.comment(on, str(form["message"]), by=own, parent=parent)})
