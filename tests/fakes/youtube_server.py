"""YouTube's Data API as far as we use it: comment threads and comments. No counterpart and no checked schema exists."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.troubled import Trouble, says

KEY = "youtube-key-canary"
REASONS = {400: "keyInvalid", 401: "authError", 403: "forbidden", 404: "notFound", 429: "rateLimitExceeded"}


def refused(status: int, reason: str) -> web.Response:
    """In Google's form."""
    headers = {"Retry_After": "7"} if status == 429 else {}
    return says(status, {"error": {"code": status, "errors": [{"reason": reason}], "message": "No"}}, **headers)


class YouTubeServer:
    """Threads stay until they are deleted; ``now`` is YouTube's clock. A listing shows ``depth`` threads."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.depth = 10_000
        self.closed: dict[str, str] = {}
        self.said: dict[str, dict[str, Any]] = {}
        self.trouble = Trouble(lambda status: refused(status, REASONS.get(status, "backendError")))
        self.url = ""
        self._numbers = itertools.count(100)

    def say(self, text: str, *, parent: str = "", late: timedelta = timedelta(), **more: Any) -> str:
        """Somebody comments; the comment's id."""
        self.now += timedelta(seconds=1)
        own = f"Ugw{next(self._numbers)}"
        at = (self.now - late).isoformat().replace("+00:00", "Z")
        snippet = {"textDisplay": text, "authorDisplayName": "@mara_k", "authorChannelId": {"value": "UCmara"}}
        snippet |= {"publishedAt": at, "updatedAt": at, "likeCount": 2, "channelId": "UCkestrelo"}
        snippet |= {"parentId": parent} if parent else {"videoId": "vid1"}
        identifier = f"{parent}.{own}" if parent else own
        self.said[identifier] = {"kind": "youtube#comment", "id": identifier, "snippet": snippet | more}
        return identifier

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[YouTubeServer]:
        """On 127.0.0.1."""
        routes = [web.get("/v3/commentThreads", self._threads), web.get("/v3/comments", self._comments)]
        async with self.trouble.serve(*routes) as url:
            self.url = f"{url}/v3"
            yield self

    async def _threads(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Goog-Api-Key") != KEY:
            return refused(400, "keyInvalid")
        place = request.query.get("videoId") or request.query["allThreadsRelatedToChannelId"]
        if place in self.closed:
            return refused(404 if "NotFound" in self.closed[place] else 403, self.closed[place])
        tops = [one for one in self.said.values() if "parentId" not in one["snippet"]]
        newest = sorted(tops, key=lambda one: one["snippet"]["publishedAt"], reverse=True)[: self.depth]
        # A page's name is that of the moment where it begins, so that deletions shift nothing.
        token, limit = request.query.get("pageToken"), int(request.query.get("maxResults", "20"))
        if token:
            newest = [one for one in newest if one["snippet"]["publishedAt"] < token[4:]]
        page = newest[:limit]
        more = {"nextPageToken": f"page{page[-1]['snippet']['publishedAt']}"} if newest[limit:] else {}
        return says(200, {"kind": "youtube#commentThreadListResponse", "items": [*map(self._thread, page)], **more})

    def _thread(self, top: dict[str, Any]) -> dict[str, Any]:
        replies = [one for one in self.said.values() if one["snippet"].get("parentId") == top["id"]]
        snippet = {"videoId": "vid1", "topLevelComment": top, "totalReplyCount": len(replies)}
        return {"kind": "youtube#commentThread", "id": top["id"], "snippet": snippet, "replies": {"comments": replies}}

    async def _comments(self, request: web.Request) -> web.Response:
        asked = request.query["id"].split(",")
        return says(200, {"items": [self.said[one] for one in asked if one in self.said]})
