"""Instagram: hears comments on the brand's own posts, and posts that tag it, by the Graph API.

It gives handles and no stable ids of strangers, nothing of private accounts, and no mentions in stories.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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

MEDIA = "id,caption,username,timestamp,permalink,like_count,comments_count"
COMMENT = "id,text,username,from,timestamp,like_count"
_NAMED = re.compile(r"(?<![\w@.])@([\w.]{1,30})")


class InstagramListener:
    """One professional account, with a token of its page (instagram_basic, instagram_manage_comments)."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["instagram"]
    check_is_free = True

    class Settings(Table):
        """What an Instagram listener can be told."""

        account_id: str = Field(pattern=r"^\d{5,20}$", description="The account's id at the Graph API, a number.")
        token: Secret = Field(description="A token that does not expire, of an app that Meta has reviewed.")
        tagged: bool = Field(True, description="Also hear posts that tag the account.")
        watched: int = Field(25, ge=0, le=100, description="Of so many of the newest posts the comments are read.")
        late: Duration = Field("10m", validate_default=True, description="How late a comment may show and be heard.")
        page: int = Field(50, ge=1, le=50, description="Posts or comments in one page at most.")
        base_url: str = Field(API, pattern=r"^https?://\S+$", description="Where the Graph API is, with its version.")
        timeout: Duration = Field("20s", validate_default=True, description="How long one request may take.")

    def __init__(self, settings: Settings, graph: Graph) -> None:
        self._graph = graph
        self._account = settings.account_id
        tops: dict[str, Question] = {}
        if settings.watched:
            tops["media"] = Question(f"{settings.account_id}/media", {"fields": MEDIA}, _post, _mark)
        if settings.tagged:
            tops["tags"] = Question(f"{settings.account_id}/tags", {"fields": MEDIA}, _post)
        self._round = Round(graph, tops, _below, settings.late, settings.page, settings.watched)

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing token."""
        if not (settings.watched or settings.tagged):
            raise ValueError(f"listener {name}: nothing to hear: set watched above 0, or tagged = true")
        token, timeout = settings.token.reveal(), settings.timeout.total_seconds()
        return cls(settings, Graph("Instagram", token, settings.base_url, timeout))

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """One page of the account's posts, of posts that tag it, or of the comments below one of its posts."""
        return await self._round.poll(cursor)

    async def check(self) -> list[Fault]:
        """Whether the account can be read."""
        try:
            await self._graph.list(f"{self._account}/media", {"fields": "id", "limit": "1"})
        except (EdgeError, AbsentError) as error:
            return [Fault(str(error), RENEW)]
        return []

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that are not there any more, or hidden."""
        return await meta_round.gone(self._graph, external_ids)

    async def fetch(self, external_id: str) -> Mention | None:
        """One comment, or one of the account's posts; None where it is not there."""
        for fields, read in ((COMMENT, _comment), (MEDIA, _post)):
            try:
                return read(await self._graph.one(external_id, fields), external_id)
            except (AbsentError, ValueError, KeyError, TypeError):
                continue
        return None

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._graph.aclose()


def _below(post: str) -> Question:
    fields = f"{COMMENT},replies.limit(50){{{COMMENT}}}"
    return Question(f"{post}/comments", {"fields": fields}, _comment, nested="replies")


def _mark(post: Mapping[str, Any]) -> tuple[str, int]:
    told = post.get("comments_count")
    count = told if isinstance(told, int) else 1
    return str(count), count


def _post(post: Mapping[str, Any], _: str) -> Mention:
    return _mention(post, str(post.get("caption") or ""), str(post["id"]), None)


def _comment(comment: Mapping[str, Any], post: str) -> Mention:
    parent = comment.get("parent")
    return _mention(comment, str(comment["text"]), post, str(parent["id"]) if isinstance(parent, dict) else post)


def _mention(thing: Mapping[str, Any], text: str, thread: str, parent: str | None) -> Mention:
    writer = thing.get("from")
    listed = writer if isinstance(writer, dict) else {}
    handle = str(thing.get("username") or listed.get("username") or "")
    identifier = str(listed.get("id") or handle)
    counts = {"likes": thing.get("like_count"), "replies": thing.get("comments_count")}
    return Mention(
        channel="instagram",
        external_id=str(thing["id"]),
        author=Author(identifier, handle) if identifier else Author(),
        text=storable(text),
        posted_at=moment(thing["timestamp"]),
        url=str(thing.get("permalink") or ""),
        conversation_id=thread,
        in_reply_to=parent,
        reach=Reach(**{name: count for name, count in counts.items() if isinstance(count, int) and count >= 0}),
        addressees=frozenset(name.lower().rstrip(".") for name in _NAMED.findall(text)),
    )
