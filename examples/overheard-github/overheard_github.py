"""GitHub: hears what people write under the issues of one repository, such as that of a library built on a product.

https://docs.github.com/en/rest/issues/comments: comments by the moment of their last change, oldest first, so that an
edit comes up again and nothing depends on a place in a page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from listeners.base import Spend
from listeners.web.web import Page, Web
from models.channel import Deletion, Manifest, ReplyRule
from models.check import Fault
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.mention import Author, Batch, Mention, Reach
from models.settings.sections import Brand
from models.settings.types import Duration, Secret, Table
from pydantic import Field

MANIFEST = Manifest(
    "github",
    ReplyRule.PERSON,
    "its acceptable use policies forbid automated bulk comments (docs.github.com/site-policy, 2026-11)",
    max_length=65_536,
    profile="https://github.com/{handle}",
    hears="the comments under the issues of the repositories named",
    limits="60 requests an hour and address, 5,000 with a token",
    deletion=Deletion.LOOKUP,
    recheck=timedelta(days=1),
    answer_within=timedelta(hours=24),
    begun=datetime.fromisoformat("2026-11-22T10:19:00+00:00"),
)
EPOCH = "1970-01-01T00:00:00Z"
SECOND = timedelta(seconds=1)
MISSHAPEN = (AttributeError, KeyError, TypeError, ValueError)


class GithubListener:
    """Hears one repository. The cursor holds the last change that was heard, and the ids of a stretch before it."""

    manifest: ClassVar[Manifest | None] = MANIFEST
    check_is_free = True

    class Settings(Table):
        """What it can be told."""

        repo: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="The repository, as owner/name.")
        token: Secret | None = Field(None, description="A token without any permission, for 5,000 requests an hour.")
        base_url: str = Field("https://api.github.com", pattern=r"^https?://\S+$", description="Where the API is.")
        page: int = Field(100, ge=1, le=100, description="Comments in one page at most.")
        overlap: Duration = Field("60s", validate_default=True, description="How late a comment may show up.")
        timeout: Duration = Field("20s", validate_default=True, description="How long one request may take.")

    def __init__(self, settings: Settings) -> None:
        self._size, self._overlap = settings.page, settings.overlap
        self._issues = f"{settings.base_url.rstrip('/')}/repos/{settings.repo}/issues"
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        if settings.token:
            headers["Authorization"] = f"Bearer {settings.token.reveal()}"
        self._web = Web("GitHub", timeout=settings.timeout.total_seconds(), headers=headers)

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError that says which secret is missing."""
        return cls(settings)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """The comments that were changed after ``cursor``."""
        if cursor is None:
            newest = await self._page({"sort": "updated", "direction": "desc"})
            floor = max((str(post["updated_at"]) for post in newest), default=EPOCH)
            return Batch(cursor=_dump(floor, floor, floor, {str(post["id"]): post["updated_at"] for post in newest}))
        try:
            kept = json.loads(cursor)
            floor, last, begin, seen = (kept[name] for name in ("floor", "last", "begin", "seen"))
        except MISSHAPEN:
            raise Unavailable("the stored cursor is not one of this listener: give the listener another name") from None
        posts = await self._page({"sort": "updated", "direction": "asc", "since": begin})
        fresh = [post for post in posts if seen.get(str(post["id"])) != post["updated_at"]]
        mentions, spoiled = [], []
        for post in fresh:
            try:
                mentions.append(mention_of(post))
            except MISSHAPEN as error:
                spoiled.append((str(post["id"]), f"not in the form of a comment ({type(error).__name__})"))
        full, gap = len(posts) >= self._size, ""
        last = max([last, *(str(post["updated_at"]) for post in posts)])
        after = posts[-1]["updated_at"] if full else max(floor, _before(last, self._overlap))
        if full and after <= begin:
            gap = f"more comments of one second than a page holds: {after}"
            floor = after = _before(after, -SECOND)
        seen |= {str(post["id"]): post["updated_at"] for post in posts}
        edge = min(after, max(floor, _before(last, self._overlap)))
        kept_ids = {known: at for known, at in seen.items() if at >= edge}
        after_cursor = _dump(floor, last, after, kept_ids)
        return Batch(tuple(mentions), cursor=after_cursor, more=full, spoiled=tuple(spoiled), gap=gap)

    async def fetch(self, external_id: str) -> Mention | None:
        """One comment; None where it is gone. An issue itself is not heard, so it is not fetched."""
        if not external_id.isdecimal():
            return None
        page = await self._get(f"{self._issues}/comments/{external_id}", also=(404, 410))
        return mention_of(self._web.parse(page)) if page.status == 200 else None

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those of the comments that are not there any more."""
        return frozenset([known for known in external_ids if known.isdecimal() and await self.fetch(known) is None])

    async def check(self) -> list[Fault]:
        """Whether the repository is there and lets us read."""
        try:
            await self._page({"sort": "updated", "direction": "desc"})
        except EdgeError as error:
            return [Fault(str(error), "correct repo and token, and look at the network")]
        return []

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._web.aclose()

    async def _page(self, asked: Mapping[str, str]) -> list[Any]:
        page = self._web.parse(await self._get(f"{self._issues}/comments", dict(asked) | {"per_page": self._size}))
        if not isinstance(page, list) or not all(isinstance(post, dict) and "updated_at" in post for post in page):
            raise Unavailable("GitHub answered with something that is no page of comments")
        return page

    async def _get(self, url: str, params: Any = None, also: tuple[int, ...] = ()) -> Page:
        """GitHub's limit may come as 403: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api."""
        page = await self._web.get(url, params, also=(*also, 403))
        if page.status == 403 and page.headers.get("x-ratelimit-remaining") == "0":
            raise RateLimited("GitHub's limit of requests is used up", _wait(page.headers))
        if page.status == 403:
            raise AuthFailed("GitHub does not let us read (status 403): check the token and the repository")
        return page


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds until the limit is reset, at least 1; by this machine's clock, which the poller's own limits bound."""
    reset = headers.get("x-ratelimit-reset", "")
    return max(1.0, float(reset) - datetime.now(UTC).timestamp()) if reset.isdecimal() else None


def _before(moment: str, span: timedelta) -> str:
    """GitHub's form of a moment, ``span`` earlier; texts in this form stand in the order of time."""
    if moment == EPOCH:
        return EPOCH
    return f"{datetime.fromisoformat(moment).astimezone(UTC) - span:%Y-%m-%dT%H:%M:%SZ}"


def _dump(floor: str, last: str, begin: str, seen: Mapping[str, str]) -> str:
    return json.dumps({"floor": floor, "last": last, "begin": begin, "seen": dict(seen)})


def mention_of(post: Mapping[str, Any]) -> Mention:
    """One comment as GitHub gives it; raises KeyError, TypeError or ValueError where it is none.

    A deleted account has no user; its comments stay under the name ghost.
    """
    user = post["user"] or {"id": 0, "login": "ghost", "type": "User"}
    repo, number = post["issue_url"].rsplit("/repos/", 1)[1].split("/issues/")
    posted, changed = (datetime.fromisoformat(post[name]).astimezone(UTC) for name in ("created_at", "updated_at"))
    return Mention(
        channel=MANIFEST.name,
        external_id=str(int(post["id"])),
        author=Author(str(user["id"]), user["login"], bot=user["type"] == "Bot"),
        text=post["body"] or "",
        posted_at=posted,
        edited_at=changed if changed > posted else None,
        url=post["html_url"],
        conversation_id=f"{repo}#{number}",
        in_reply_to=f"{repo}#{number}",
        reach=Reach(likes=int((post.get("reactions") or {}).get("+1", 0))),
    )
