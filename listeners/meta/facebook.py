"""Facebook: hears posts and comments on one page of the brand's own, by the Graph API.

Comments are read below the newest posts alone (``watched``); what app review allows beyond one's own pages is not used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import Field

from listeners.base import Spend
from listeners.meta import round as meta_round
from listeners.meta.graph import API, RENEW, AbsentError, Graph, moment
from listeners.meta.round import Question, Round
from models.channel import Manifest
from models.check import Fault
from models.errors import EdgeError
from models.manifests import MANIFESTS
from models.mention import Author, Batch, Mention, Reach, storable
from models.settings.sections import Brand
from models.settings.types import Duration, Secret, Table

POST = "id,message,from,created_time,updated_time,permalink_url,comments.limit(0).summary(true)"
COMMENT = "id,message,from,created_time,permalink_url,parent{id},like_count,comment_count"


class FacebookListener:
    """One page, with a token of that page (pages_read_engagement, pages_read_user_content)."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["facebook"]
    check_is_free = True

    class Settings(Table):
        """What a Facebook listener can be told."""

        page_id: str = Field(pattern=r"^\d{5,20}$", description="The page's id, a number.")
        token: Secret = Field(description="A page token that does not expire, of an app that Meta has reviewed.")
        tagged: bool = Field(False, description="Also hear posts that tag the page, where the app may see them.")
        watched: int = Field(25, ge=1, le=100, description="Of so many of the newest posts the comments are read.")
        late: Duration = Field("10m", validate_default=True, description="How late a comment may show and be heard.")
        page: int = Field(50, ge=1, le=100, description="Posts or comments in one page at most.")
        base_url: str = Field(API, pattern=r"^https?://\S+$", description="Where the Graph API is, with its version.")
        timeout: Duration = Field("20s", validate_default=True, description="How long one request may take.")

    def __init__(self, settings: Settings, graph: Graph, own: Author) -> None:
        self._graph = graph
        self._own = own
        self._page_id = settings.page_id
        tops = {"feed": Question(f"{settings.page_id}/feed", {"fields": POST}, _post, _mark)}
        if settings.tagged:
            tops["tagged"] = Question(f"{settings.page_id}/tagged", {"fields": POST}, _post)
        self._round = Round(graph, tops, _below, settings.late, settings.page, settings.watched, self._signed)

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing token."""
        graph = Graph("Facebook", settings.token.reveal(), settings.base_url, settings.timeout.total_seconds())
        handles = [handle for brand in brands.values() for handle in brand.handles.get("facebook", [])]
        return cls(settings, graph, Author(settings.page_id, handles[0].lstrip("@") if handles else ""))

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """One page of the feed, or of the comments below one of its posts."""
        return await self._round.poll(cursor)

    async def check(self) -> list[Fault]:
        """Whether the page can be read, and a brand knows it as its own."""
        try:
            await self._graph.list(f"{self._page_id}/feed", {"fields": "id", "limit": "1"})
        except (EdgeError, AbsentError) as error:
            return [Fault(str(error), RENEW)]
        if not self._own.handle:
            what = "no brand lists this page as its own, so its own posts would be taken for a stranger's"
            return [Fault(what, f'add it to the handles of its brand: facebook = ["{self._page_id}"]')]
        return []

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that are not there any more, or hidden from the page."""
        return await meta_round.gone(self._graph, external_ids)

    async def fetch(self, external_id: str) -> Mention | None:
        """One comment or post; None where it is not there."""
        try:
            thing = await self._graph.one(external_id, COMMENT.replace(",parent{id}", "").replace(",comment_count", ""))
            return self._signed(_comment(thing, external_id))
        except (AbsentError, ValueError, KeyError):
            return None

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._graph.aclose()

    def _signed(self, one: Mention) -> Mention:
        """The page's own words under its own name."""
        own = one.author.id == self._own.id
        return replace(one, author=replace(one.author, handle=self._own.handle)) if own else one


def _below(post: str) -> Question:
    order = {"order": "reverse_chronological", "filter": "stream"}
    return Question(f"{post}/comments", {"fields": COMMENT, **order}, _comment)


def _mark(post: Mapping[str, Any]) -> tuple[str, int]:
    told: Any = post
    for name in ("comments", "summary", "total_count"):
        told = told.get(name) if isinstance(told, dict) else None
    count = told if isinstance(told, int) else 1
    return f"{post.get('updated_time', '')} {count}", count


def _post(post: Mapping[str, Any], _: str) -> Mention:
    return _mention(post, str(post["id"]), None)


def _comment(comment: Mapping[str, Any], post: str) -> Mention:
    parent = comment.get("parent")
    return _mention(comment, post, str(parent["id"]) if isinstance(parent, dict) else post)


def _mention(thing: Mapping[str, Any], thread: str, parent: str | None) -> Mention:
    # Meta names a writer only to whom may know; without, each post stands for somebody of its own.
    named = thing.get("from")
    writer: Mapping[str, Any] = named if isinstance(named, dict) else {}
    author = Author(str(writer["id"]), name=storable(str(writer.get("name") or ""))) if writer.get("id") else Author()
    counts = {"likes": thing.get("like_count"), "replies": thing.get("comment_count")}
    return Mention(
        channel="facebook",
        external_id=str(thing["id"]),
        author=author,
        text=storable(str(thing.get("message") or "")),
        posted_at=moment(thing["created_time"]),
        url=str(thing.get("permalink_url") or ""),
        conversation_id=thread,
        in_reply_to=parent,
        reach=Reach(**{name: count for name, count in counts.items() if isinstance(count, int) and count >= 0}),
    )
