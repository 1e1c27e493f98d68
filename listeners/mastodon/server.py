"""One Mastodon server, as far as a listener asks it: https://docs.joinmastodon.org/methods/."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

from listeners.mastodon.place import Item, order
from listeners.mastodon.status import MISSHAPEN, mention_of, moment
from listeners.web.web import Params, Web
from models.errors import AuthFailed, RateLimited, Unavailable
from models.mention import Mention

LIMIT = 40
"""Statuses in a page at most; servers give no more."""
SEARCHED = 5
"""Pages of a search that one poll reads at most."""
THREADS = 1000
"""Replies whose conversation is remembered."""
MEMBERS_ONLY = "make an access token with the scopes read and profile (Preferences, Development) and store it"


class Server:
    """A server by its address. Its domain, which its accounts' addresses end in, is asked for once."""

    def __init__(self, url: str, token: str, timeout: float) -> None:
        self.url = url.rstrip("/")
        self.host = urlsplit(url).netloc
        self.signed = bool(token)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.web = Web(self.host, timeout=timeout, headers=headers)
        self._instance: Mapping[str, Any] | None = None
        self._threads: OrderedDict[str, tuple[str, str] | None] = OrderedDict()

    async def ask(self, path: str, params: Params | None = None) -> Any:
        """The answer to one question; raises AuthFailed, RateLimited and Unavailable."""
        page = await self.web.get(f"{self.url}{path}", params, {"Accept": "application/json"}, also=(422, 429))
        if page.status == 429:
            raise RateLimited(f"{self.host} asks us to slow down", seconds_to_reset(page.headers))
        if page.status == 422:
            # Since 4.2 some timelines are for members only, which some versions say by 422.
            raise AuthFailed(f"{self.host} shows this to its members only (status 422): {MEMBERS_ONLY}")
        return self.web.parse(page)

    async def instance(self) -> Mapping[str, Any]:
        """What the server says of itself."""
        if self._instance is None:
            found = await self.ask("/api/v2/instance")
            if not isinstance(found, dict) or not isinstance(found.get("domain"), str):
                raise Unavailable(f"{self.host} does not speak Mastodon's API: correct the address")
            self._instance = found
        return self._instance

    async def domain(self) -> str:
        """What the addresses of its accounts end in, which need not be its host."""
        return str((await self.instance())["domain"])

    async def page(self, source: str, word: str, after: str | None, limit: int = LIMIT) -> list[Item]:
        """The entries of a timeline right above the id ``after``; the newest where it is None."""
        above: dict[str, str | int] = {"limit": limit} | ({"min_id": after} if after else {})
        if source == "hashtags":
            return _items(await self.ask(f"/api/v1/timelines/tag/{quote(word, safe='')}", above), self.host)
        if source == "mentions":
            found = await self.ask("/api/v1/notifications", [*above.items(), ("types[]", "mention")])
            return [Item(item.id, item.status["status"]) for item in _items(found, self.host) if _is_post(item)]
        if source == "search":
            return await self._found({"q": word, **above})
        return _items(await self.ask("/api/v1/timelines/public", above), self.host)

    async def search(self, word: str, after: str) -> tuple[list[Item], bool]:
        """All that a search finds above ``after``, newest first; and whether that is all of it."""
        found: dict[str, Item] = {}
        below: dict[str, str] = {}
        for _ in range(SEARCHED):
            page = await self._found({"q": word, "limit": LIMIT, "min_id": after, **below})
            more = [item for item in page if item.id not in found and order(item.id) > order(after)]
            found |= {item.id: item for item in more}
            if len(page) < LIMIT or not more:
                return list(found.values()), True
            below = {"max_id": min(found, key=order)}
        return list(found.values()), False

    async def _found(self, asked: Mapping[str, str | int]) -> list[Item]:
        answer = await self.ask("/api/v2/search", {"type": "statuses", **asked})
        return _items(answer.get("statuses") if isinstance(answer, dict) else None, self.host)

    async def mention(self, status: Mapping[str, Any]) -> Mention | None:
        """A status as a mention, with its conversation; raises one of MISSHAPEN where it is not in the API's shape."""
        thread = await self._thread(status) if status.get("in_reply_to_id") else None
        return mention_of(status, await self.domain(), thread)

    async def _thread(self, status: Mapping[str, Any]) -> tuple[str, str] | None:
        """The ids of the conversation's first post and of the one that is answered, which a status does not give."""
        name = str(status["id"])
        if name not in self._threads:
            try:
                context = await self.ask(f"/api/v1/statuses/{quote(name, safe='')}/context")
                above = {str(post["id"]): str(post["uri"]) for post in context["ancestors"]}
            except MISSHAPEN:
                above = {}
            except RateLimited:
                raise
            except (AuthFailed, Unavailable):
                return None  # the post matters more; its parent shows as missing
            parent = above.get(str(status["in_reply_to_id"]))
            self._threads[name] = (next(iter(above.values())), parent) if parent else None
            while len(self._threads) > THREADS:
                self._threads.popitem(last=False)
        return self._threads[name]

    async def resolved(self, uri: str) -> Mention | None:
        """Any post of the network that the server can get, by its ActivityPub id; takes a token."""
        answer = await self.ask("/api/v2/search", {"q": uri, "type": "statuses", "resolve": "true", "limit": 1})
        try:
            found = next((status for status in answer["statuses"] if status["uri"] == uri), None)
            return await self.mention(found) if found else None
        except MISSHAPEN:
            return None


def seconds_to_reset(headers: Mapping[str, str]) -> float | None:
    """How long until the limit opens again, by the server's own clock: https://docs.joinmastodon.org/api/rate-limits/."""
    try:
        until = moment(headers["x-ratelimit-reset"])
        since = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        return max((until - since).total_seconds(), 1.0)
    except MISSHAPEN:
        after = headers.get("retry-after", "")
        return float(after) if after.isascii() and after.isdigit() else None


def _items(found: Any, host: str) -> list[Item]:
    if not isinstance(found, list):
        raise Unavailable(f"{host} answered with something that is no list of posts")
    return [Item(str(status["id"]), status) for status in found if isinstance(status, dict) and status.get("id")]


def _is_post(item: Item) -> bool:
    return isinstance(item.status.get("status"), dict)
