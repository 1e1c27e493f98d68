"""The PDS and the search of ``BlueskyServer``: one account that may sign in, read, write and search."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.bluesky_server import EPOCH, OWN, POSTS, SECRET, BlueskyServer, Commit, cid_of

PROFILE = "app.bsky.actor.profile"
PASSWORD, TOKEN = "abcd-efgh-ijkl-mnop", "access-canary"
WRITES = ("/xrpc/com.atproto.repo.putRecord", "/xrpc/com.atproto.repo.createRecord")


def jwt(word: str) -> str:
    """A token that lasts, with a word in its signature."""
    parts = ({"alg": "none"}, {"exp": 4_102_444_800, "scope": "com.atproto.appPass"})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, base64.urlsafe_b64encode(word.encode()).decode().rstrip("=")])


class BlueskyPds(BlueskyServer):
    """With one account, ``kestrelo.test``. ``lose`` carries the next write out and breaks the line."""

    def __init__(self, now: datetime, keep: timedelta = timedelta(hours=36)) -> None:
        super().__init__(now, keep)
        self.labelled = True
        self.lose = self.empty = False
        self.revoked = False
        self.only: tuple[str, ...] = ()

    def more_routes(self, app: web.Application) -> None:
        app.router.add_post("/xrpc/com.atproto.server.createSession", self._sign_in)
        app.router.add_get("/xrpc/com.atproto.repo.getRecord", self._record)
        app.router.add_post("/xrpc/com.atproto.repo.putRecord", self._put)
        app.router.add_get("/xrpc/app.bsky.feed.searchPosts", self._search)

    def breaks(self, request: web.Request) -> bool:
        told = request.path + request.query_string
        return not self.only or any(part in told for part in self.only)

    @property
    def writes(self) -> int:
        """Requests to write so far."""
        return sum(path in WRITES for path, _ in self.asked)

    @property
    def replies(self) -> list[Commit]:
        """What our account has posted and is there."""
        return [commit for commit in self.posts.values() if commit.did == OWN]

    def _refusal(self, status: int, error: str) -> web.Response:
        return web.json_response({"error": error, "message": "words-canary"}, status=status)

    async def _sign_in(self, request: web.Request) -> web.Response:
        told = await request.json()
        if (told.get("identifier"), told.get("password")) != ("kestrelo.test", SECRET) or self.revoked:
            return self._refusal(401, "AuthenticationRequired")
        tokens = {"accessJwt": jwt(TOKEN), "refreshJwt": jwt(TOKEN)}
        return web.json_response({"did": OWN, "handle": "kestrelo.test", "active": True} | tokens)

    def _is_signed_in(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {jwt(TOKEN)}" and not self.revoked

    async def _record(self, request: web.Request) -> web.Response:
        repo, kind, rkey = (request.query[name] for name in ("repo", "collection", "rkey"))
        uri = f"at://{repo}/{kind}/{rkey}"
        if kind == PROFILE and self.empty:
            self.empty = False
            return web.Response()
        if kind == PROFILE:
            labels = {"values": [{"val": "bot"}] if self.labelled else []}
            return web.json_response({"uri": uri, "cid": cid_of(uri), "value": {"$type": PROFILE, "labels": labels}})
        if uri not in self.posts:
            return self._refusal(400, "RecordNotFound")
        return web.json_response({"uri": uri, "cid": cid_of(uri), "value": self.posts[uri].record})

    async def _put(self, request: web.Request) -> web.Response:
        if not self._is_signed_in(request):
            return self._refusal(401, "AuthMissing")
        told = await request.json()
        uri, record = f"at://{OWN}/{POSTS}/{told['rkey']}", told["record"]
        if told["repo"] != OWN or not re.fullmatch("[234567a-j][234567a-z]{12}", told["rkey"]):
            return self._refusal(400, "InvalidRequest")
        if len(record["text"].encode()) > 3000:
            return self._refusal(400, "InvalidRequest")
        if uri in self.posts and told.get("swapRecord", "any") is None:
            return self._refusal(400, "InvalidSwap")
        await self.commit(OWN, told["rkey"], "create", record)
        if self.lose and request.transport:
            self.lose = False
            request.transport.abort()
        if self.empty:
            self.empty = False
            return web.Response()
        return web.json_response({"uri": uri, "cid": cid_of(uri), "validationStatus": "valid"})

    async def _search(self, request: web.Request) -> web.Response:
        """By words, newest first, as production does; a page's cursor counts the posts before it."""
        if not self._is_signed_in(request):
            return self._refusal(401, "AuthMissing")
        query, start = request.query, int(request.query.get("cursor", 0))
        words = [word.strip('"').lower() for word in query["q"].split()]
        since = datetime.fromisoformat(query["since"]) if query.get("since") else EPOCH
        until = datetime.fromisoformat(query["until"]) if query.get("until") else self.now + timedelta(days=1)
        found = [
            commit
            for commit in self.posts.values()
            if since <= self._moment(commit) < until
            and all(word in str((commit.record or {}).get("text", "")).lower() for word in words)
        ]
        found.sort(key=self._moment, reverse=True)
        size = int(query.get("limit", 25))
        page: dict[str, Any] = {"posts": [self.view(commit) for commit in found[start : start + size]]}
        return web.json_response(page | ({"cursor": str(start + size)} if len(found) > start + size else {}))

    def _moment(self, commit: Commit) -> datetime:
        made = datetime.fromisoformat((commit.record or {}).get("createdAt", "1970-01-01T00:00:00+00:00"))
        return min(made, commit.at)
