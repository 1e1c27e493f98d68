"""X's API v2 on 127.0.0.1 with posts, a clock, keys and scripted faults: recent search, replies and "who am I"."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Self

from aiohttp import web

from tests.fakes.x_json import ProblemError, named, post_json, refusal_json, user_json
from tests.fakes.x_search import compile_query

EPOCH = datetime.fromtimestamp(1_288_834_974.657, UTC)
WEEK = timedelta(days=7)
PROBLEMS = "https://api.twitter.com/2/problems/"
PARAMETERS = frozenset(
    {"query", "start_time", "end_time", "since_id", "until_id", "max_results", "next_token", "pagination_token"}
    | {"sort_order", "expansions", "media.fields", "poll.fields", "user.fields", "place.fields"}
)


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead of an answer, or, with ``after``, once it was carried out."""

    status: int = 503
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    hang: bool = False
    drop: bool = False
    after: bool = False


class XServer:
    """Posts stay; ``now`` is X's clock. ``new_names`` speaks as the schema of August 2026 does."""

    token = "bearer-canary"
    access_token = "42-access-canary"

    def __init__(self, now: datetime, *, new_names: bool = False, lag: timedelta = timedelta(seconds=30)) -> None:
        self.now = now
        self.new_names = new_names
        self.lag = lag
        self.me = {"id": "42", "name": "Kestrelo", "username": "kestrelo"}
        self.tier = "self_serve"
        self.access_level = "read-write"
        self.remaining = 449
        self.posts: dict[str, dict[str, Any]] = {}
        self.protected: set[str] = set()
        self.faults: deque[Fault] = deque()
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.shuffled = False
        self._pages: dict[str, tuple[str, list[str]]] = {}
        self._numbers = itertools.count()
        self._over = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._front])
        app.router.add_get("/2/tweets/search/recent", self._search)
        app.router.add_post("/2/tweets", self._create)
        app.router.add_get("/2/tweets", self._look_up)
        app.router.add_get("/2/users/me", self._who)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self._runner.cleanup()

    def say(self, text: str, *, at: datetime | None = None, **more: Any) -> str:
        """Somebody posts; returns the id. ``raw`` replaces fields of the JSON, to spoil it."""
        moment = at or self.now
        number = int((moment - EPOCH) / timedelta(milliseconds=1)) << 22 | next(self._numbers)
        post = {"id": str(number), "text": text, "at": moment, "author_id": "7", "username": "ines", "lang": "en"}
        post |= {"mentions": [], "to": "", "to_id": "", "references": [], "conversation_id": str(number), "raw": {}}
        self.posts[str(number)] = post | more
        return str(number)

    @property
    def searches(self) -> list[dict[str, str]]:
        """The parameters of all searches so far."""
        return [query for path, query in self.requests if path.endswith("recent")]

    @property
    def replies(self) -> list[dict[str, Any]]:
        """What our account has posted."""
        return [post for post in self.posts.values() if post["author_id"] == self.me["id"]]

    @web.middleware
    async def _front(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Faults first, then the answer or the refusal, and on everything X's clock and limits."""
        self.requests.append((request.path, dict(request.query)))
        fault = self.faults.popleft() if self.faults else None
        answer: web.StreamResponse = web.Response()
        if fault is None or fault.after:
            try:
                answer = await handler(request)
            except ProblemError as problem:
                body, kind = refusal_json(problem, self.new_names)
                answer = web.json_response(body, status=problem.status, content_type=kind)
        if fault is not None:
            if fault.hang:
                await self._over.wait()
            if fault.drop and request.transport:
                request.transport.abort()
            answer = web.Response(
                status=fault.status, body=fault.body.encode(), content_type=fault.kind, headers=fault.headers
            )
        answer.headers.setdefault("Date", format_datetime(self.now, usegmt=True))
        answer.headers.setdefault("x-rate-limit-remaining", str(self.remaining))
        answer.headers.setdefault("x-rate-limit-reset", str(int(self.now.timestamp()) + 300))
        answer.headers.setdefault("x-access-level", self.access_level)
        return answer

    def _only(self, request: web.Request, *tokens: str) -> None:
        held = request.headers.get("Authorization", "")
        oauth = dict(re.findall(r'(oauth_\w+)="([^"]+)"', held))
        token = oauth.get("oauth_token") if "oauth_signature" in oauth else held.removeprefix("Bearer ")
        if token not in tokens:
            raise ProblemError(401, "Unauthorized")

    async def _who(self, request: web.Request) -> web.Response:
        self._only(request, self.access_token)
        return web.json_response({"data": self.me})

    async def _create(self, request: web.Request) -> web.Response:
        self._only(request, self.access_token)
        try:
            wanted = json.loads(await request.read())
            text, reply = wanted.pop("text"), wanted.pop("reply", {})
            target = reply.get("in_reply_to_tweet_id")
            if not isinstance(text, str) or not text.strip() or wanted or (target and not re.fullmatch(r"\d+", target)):
                raise ProblemError(400, "One or more parameters to your request was invalid.", "text")
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise ProblemError(400, "One or more parameters to your request was invalid.", "text") from error
        if target:
            self._may_answer(target)
        if any(post["text"] == text for post in self.replies):
            raise ProblemError(403, "You are not allowed to create a Post with duplicate content.")
        more = {"references": [("replied_to", target)], "conversation_id": target} if target else {}
        made = self.say(text, author_id=self.me["id"], username=self.me["username"], **more)
        data = {"id": made, "text": text, named(self.new_names, "edit_history_tweet_ids"): [made]}
        return web.json_response({"data": data}, status=201)

    def _may_answer(self, target: str) -> None:
        post = self.posts.get(target)
        if post is None:
            raise ProblemError(403, "You attempted to reply to a Post that is deleted or not visible to you.")
        ours = {reply["id"] for reply in self.replies}
        summoned = self.me["username"] in post["mentions"] or any(("quoted", own) in post["references"] for own in ours)
        if self.tier == "self_serve" and not summoned:
            raise ProblemError(403, "Reply to this conversation is not allowed: you have not been mentioned.")

    async def _look_up(self, request: web.Request) -> web.Response:
        """Posts by their ids; of those that are deleted or protected there is a problem instead."""
        self._only(request, self.token, self.access_token)
        for name in request.query.keys() - PARAMETERS - {"ids", named(self.new_names, "tweet.fields")}:
            raise ProblemError(400, f"The query parameter [{name}] is not one of [ids,…]", name)
        ids = request.query.get("ids", "").split(",")
        if not 0 < len(ids) <= 100 or not all(re.fullmatch(r"\d{1,19}", one) for one in ids):
            raise ProblemError(400, "The `ids` query parameter must be 1 to 100 ids", "ids")
        there = [one for one in ids if one in self.posts and one not in self.protected]
        fields = set(request.query.get(named(self.new_names, "tweet.fields"), "").split(","))
        page: dict[str, Any] = {"data": [post_json(self.posts[one], fields, self.new_names) for one in there]}
        page["errors"] = [
            {
                "resource_id": one,
                "value": one,
                "parameter": "ids",
                "resource_type": "tweet",
                "title": "Authorization Error" if one in self.protected else "Not Found Error",
                "type": PROBLEMS + ("not-authorized-for-resource" if one in self.protected else "resource-not-found"),
            }
            for one in ids
            if one not in there
        ]
        return web.json_response({name: value for name, value in page.items() if value})

    async def _search(self, request: web.Request) -> web.Response:
        self._only(request, self.token, self.access_token)
        query = dict(request.query)
        size = self._checked(query)
        token = query.get("next_token") or query.get("pagination_token")
        if token and self._pages.get(token, ("",))[0] != query["query"]:
            raise ProblemError(400, "Invalid 'next_token'", "next_token")
        ids = self._pages[token][1] if token else self._matching(query)
        return web.json_response(self._page(query, ids[:size], ids[size:]))

    def _checked(self, query: dict[str, str]) -> int:
        for name in query.keys() - PARAMETERS - {named(self.new_names, "tweet.fields")}:
            raise ProblemError(400, f"The query parameter [{name}] is not one of [query,since_id,…]", name)
        if not 0 < len(query.get("query", "")) <= 512:
            raise ProblemError(400, "Rules must be between 1 and 512 characters", "query")
        size = query.get("max_results", "10")
        if not re.fullmatch(r"\d{1,4}", size) or not 10 <= int(size) <= 100:
            raise ProblemError(400, "The `max_results` is not 10 to 100", "max_results")
        if query.get("sort_order", "recency") not in ("recency", "relevancy"):
            raise ProblemError(400, "The `sort_order` is not known", "sort_order")
        for name in ("since_id", "until_id"):
            if name in query and not re.fullmatch(r"[0-9]{1,19}", query[name]):
                raise ProblemError(400, f"Invalid '{name}'", name)
        return int(size)

    def _matching(self, query: Mapping[str, str]) -> list[str]:
        """Ids, newest first."""
        try:
            wanted = compile_query(query["query"])
        except ValueError as error:
            raise ProblemError(400, f"There were errors processing your request: {error}", "query") from error
        since, start = int(query.get("since_id", 0)), self._moment(query, "start_time")
        if since and EPOCH + timedelta(milliseconds=since >> 22) < self.now - WEEK:
            raise ProblemError(400, "'since_id' must be a Post id created after a week ago.", "since_id")
        end = self._moment(query, "end_time") or self.now - self.lag
        if start and not since and not self.now - WEEK <= start <= end:
            raise ProblemError(400, "'start_time' must be within seven days and before 'end_time'", "start_time")
        found = [
            identifier
            for identifier, post in self.posts.items()
            if since < int(identifier) < int(query.get("until_id", 1 << 64))
            and (since or not start or post["at"] >= start)
            and post["at"] <= end
            and wanted(post)
        ]
        return sorted(found, key=lambda identifier: int(identifier) % 7 if self.shuffled else -int(identifier))

    def _moment(self, query: Mapping[str, str], name: str) -> datetime | None:
        try:
            moment = datetime.fromisoformat(query[name].upper()) if name in query else None
        except ValueError as error:
            raise ProblemError(400, f"Invalid '{name}'", name) from error
        return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment

    def _page(self, query: Mapping[str, str], ids: list[str], rest: list[str]) -> dict[str, Any]:
        ids = [identifier for identifier in ids if identifier in self.posts]
        meta: dict[str, Any] = {"result_count": len(ids)}
        if not ids:
            return {"meta": meta}
        meta |= {"newest_id": max(ids, key=int), "oldest_id": min(ids, key=int)}
        if rest:
            token = f"b26v89c{len(self._pages)}"
            self._pages[token] = (query["query"], rest)
            meta["next_token"] = token
        fields = set(query.get(named(self.new_names, "tweet.fields"), "").split(","))
        page = {"data": [post_json(self.posts[identifier], fields, self.new_names) for identifier in ids], "meta": meta}
        if "author_id" in query.get("expansions", "").split(","):
            users = {post["author_id"]: post["username"] for post in map(self.posts.__getitem__, ids)}
            page["includes"] = {"users": [user_json(*user) for user in users.items()]}
        return page
