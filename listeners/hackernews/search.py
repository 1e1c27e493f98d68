"""Hacker News: stories and comments that name a brand, by Algolia's search; no account and no key is needed.

The search: https://hn.algolia.com/api. Whether a post is still there is asked at the source,
https://github.com/HackerNews/API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import Field

from listeners.base import Spend
from listeners.hackernews.post import MISSHAPEN, hit_of, mention_of, place_of, read_hits
from listeners.matching.search_terms import search_terms
from listeners.web.few import few
from listeners.web.web import Web
from listeners.web.window import Rounds, Window
from models.channel import Manifest
from models.check import Fault
from models.errors import EdgeError, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Pause, Table

PAST = timedelta(days=1)
"""Where no post names a term at the start, only those from here on are heard. Longer than a clock can be wrong."""
AT_ONCE = 8
"""Items that are asked for at the same time."""


class HackerNewsListener:
    """Asks for each term in turn; a page of one term a poll."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["hackernews"]
    check_is_free = True

    class Settings(Table):
        """What a Hacker News listener can be told."""

        comments: bool = Field(True, description="Hear comments too; else only stories.")
        overlap: Duration = Field(
            "2h",
            validate_default=True,
            description="How far each poll looks back for late posts and edits; authors may edit for two hours.",
        )
        page: int = Field(100, ge=1, le=200, description="Posts in one page at most.")
        timeout: Pause = Field("20s", validate_default=True, description="How long an answer may take.")
        base_url: str = Field("https://hn.algolia.com/api/v1", pattern="^https?://", description="The search.")
        items_url: str = Field(
            "https://hacker-news.firebaseio.com/v0", pattern="^https?://", description="The source, for single posts."
        )

    def __init__(self, settings: Settings, terms: Mapping[str, str]) -> None:
        self._settings, self._terms = settings, terms
        self._overlap = int(settings.overlap.total_seconds())
        timeout = settings.timeout.total_seconds()
        self._search, self._items = Web("Hacker News search", timeout=timeout), Web("Hacker News", timeout=timeout)

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError where there is no brand to search for."""
        return cls(settings, search_terms(name, brands, "hackernews"))

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """One page of one term; ``more`` while pages or terms of the round are left."""
        rounds = Rounds.read(cursor, self._terms)
        term = rounds.todo[0]
        window = rounds.windows.get(term)
        hits = await self._hits(term, window)
        found = {post.id: (post, hit) for hit in hits if (post := place_of(hit))}
        posts = [post for post, _ in found.values()]
        if window is None:
            after = rounds.moved(Window.begun(posts, self._overlap, int((now - PAST).timestamp())))
            return Batch(cursor=after.dumps(), more=bool(after.todo))
        fresh = [(found[post.id][1], post.id in window.seen) for post in window.fresh(posts)]
        mentions, spoiled = read_hits(fresh, now)
        full = len(hits) >= self._settings.page and posts
        below, gap = window.next_page(posts, self._overlap) if full else (None, "")
        after = rounds.moved(window.after(posts, self._overlap, below))
        return Batch(mentions, cursor=after.dumps(), more=bool(after.todo), spoiled=spoiled, gap=gap)

    async def _hits(self, term: str, window: Window | None) -> list[Any]:
        bounds = []
        if window is not None:
            bounds.append(f"created_at_i>={window.since(self._overlap)}")
            bounds += [f"created_at_i<={window.until}"] if window.until is not None else []
        asked: dict[str, str | int] = {
            "query": self._terms[term],
            "tags": "(story,comment)" if self._settings.comments else "story",
            "hitsPerPage": self._settings.page,
            "advancedSyntax": "true",
            "typoTolerance": "false",
            "attributesToHighlight": "none",
        }
        if bounds:
            asked["numericFilters"] = ",".join(bounds)
        answer = await self._search.json(f"{self._settings.base_url}/search_by_date", asked)
        if not isinstance(answer, dict) or not isinstance(answer.get("hits"), list):
            raise Unavailable("Hacker News search answered with something that is no page of posts")
        return list(answer["hits"])

    async def fetch(self, external_id: str) -> Mention | None:
        """One post from the source."""
        item = await self._item(external_id)
        if not isinstance(item, dict) or item.get("deleted") or item.get("dead"):
            return None
        try:
            return mention_of(hit_of(item))
        except MISSHAPEN:
            raise Unavailable("Hacker News answered with something that is no post") from None

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that their authors deleted. What moderators hide may come back, so it stays."""
        items = await few(self._item, filter(str.isdecimal, external_ids), AT_ONCE)
        return frozenset(
            known for known, item in items.items() if isinstance(item, dict) and item.get("deleted") is True
        )

    async def _item(self, external_id: str) -> Any:
        if not external_id.isdecimal():
            return None
        return await self._items.json(f"{self._settings.items_url}/item/{external_id}.json")

    async def check(self) -> list[Fault]:
        """Whether the search and the source answer."""
        try:
            await self._hits(next(iter(self._terms)), None)
            await self._items.json(f"{self._settings.items_url}/maxitem.json")
        except EdgeError as error:
            return [Fault(str(error), "look at the network and at base_url and items_url, then try again")]
        return []

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._search.aclose()
        await self._items.aclose()
