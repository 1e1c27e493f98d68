"""Discourse: the newest posts of a forum, whatever they are about; an open forum needs no key.

The API: https://docs.discourse.org. Posts come by their numbers, which grow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from listeners.base import Spend
from listeners.discourse.post import MISSHAPEN, mention_of, text_of
from listeners.web.few import few
from listeners.web.web import Web
from listeners.web.window import Post, Rounds, Window, mark_of
from models.channel import Manifest
from models.check import Fault
from models.errors import AuthFailed, EdgeError, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Pause, Secret, Table

PAGE = 50
"""Posts in one page of a forum; some versions give those of 50 numbers, so that a page may hold fewer, or none."""
OVERLAP = PAGE // 2
"""Numbers that each poll looks back, for posts that show late and for edits; the rest of a page is for what is new."""
AT_ONCE = 4
"""Posts that are asked for at the same time: a forum takes 50 requests in 10 s."""
JSON = {"Accept": "application/json"}


class DiscourseListener:
    """One forum; a page a poll."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["discourse"]
    check_is_free = True

    class Settings(Table):
        """What a Discourse listener can be told."""

        url: str = Field(
            pattern=r"^https?://[^/]", description="Where the forum is, such as https://forum.example.org."
        )
        categories: list[int] = Field(
            [], description="The numbers of the categories to hear, without those below them; all if empty."
        )
        api_key: Secret | None = Field(None, description="A read-only API key, for a forum that is not open.")
        api_username: str = Field("", description="The account that the key is for; empty for a key of one user.")
        timeout: Pause = Field("20s", validate_default=True, description="How long an answer may take.")

        @field_validator("url")
        @classmethod
        def _without_slash(cls, value: str) -> str:
            return value.rstrip("/")

        @model_validator(mode="after")
        def _name_needs_key(self) -> DiscourseListener.Settings:
            if self.api_username and self.api_key is None:
                raise ValueError("api_username needs api_key")
            return self

    def __init__(self, settings: Settings, key: str) -> None:
        self._settings = settings
        self._host = urlsplit(settings.url).netloc.rpartition("@")[2].lower()
        # https://meta.discourse.org/t/22706 and, for keys of one user, /t/48536
        named = (
            {"Api-Key": key, "Api-Username": settings.api_username} if settings.api_username else {"User-Api-Key": key}
        )
        self._web = Web(
            f"the forum {self._host}", timeout=settings.timeout.total_seconds(), headers=named if key else None
        )

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing key."""
        return cls(settings, settings.api_key.reveal() if settings.api_key else "")

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """The newest posts, or the next page below them; ``more`` until those that were heard are met."""
        rounds = Rounds.read(cursor, (self._host,))
        window = rounds.windows.get(self._host)
        before = None if window is None or window.until is None else window.until + 1
        raws = await self._latest(before)
        found = {post.id: (post, raw) for raw in raws if (post := _post(raw))}
        posts = [post for post, _ in found.values()]
        if window is None:
            return Batch(cursor=rounds.moved(Window.begun(posts, OVERLAP, 0)).dumps())
        posts = [post for post in posts if post.key >= window.since(OVERLAP)]
        fresh = [(found[post.id][1], post.id in window.seen) for post in window.fresh(posts)]
        mentions, spoiled = self._read(fresh, now)
        after = rounds.moved(window.after(posts, OVERLAP, _below(window, posts, before)))
        return Batch(mentions, cursor=after.dumps(), more=bool(after.todo), spoiled=spoiled)

    def _read(
        self, fresh: Sequence[tuple[Any, bool]], now: datetime
    ) -> tuple[tuple[Mention, ...], tuple[tuple[str, str], ...]]:
        """The mentions of the categories that are heard, and what could not be read."""
        mentions: list[Mention] = []
        spoiled: list[tuple[str, str]] = []
        for raw, heard in fresh:
            try:
                if not self._settings.categories or raw.get("category_id") in self._settings.categories:
                    post = mention_of(raw, self._settings.url, self._host, now if heard else None)
                    mentions += [post] if post else []
            except MISSHAPEN as error:
                spoiled.append((mark_of(repr(raw)), f"not in the shape of a post ({type(error).__name__})"))
        return tuple(mentions), tuple(spoiled)

    async def _latest(self, before: int | None) -> list[Any]:
        answer = await self._web.json(f"{self._settings.url}/posts.json", {"before": before} if before else None)
        posts = answer.get("latest_posts") if isinstance(answer, dict) else None
        if not isinstance(posts, list):
            raise Unavailable(f"the forum {self._host} answered with something that is no page of posts")
        return list(posts)

    async def fetch(self, external_id: str) -> Mention | None:
        """One post, by its number, or by its place in a topic."""
        match = re.fullmatch(rf"{re.escape(self._host)}/(?:(\d+)|t/(\d+)/(\d+))", external_id)
        if match is None:
            return None
        raw = await self._one(f"posts/{match[1]}" if match[1] else f"posts/by_number/{match[2]}/{match[3]}")
        try:
            return None if raw is None or _is_gone(raw) else mention_of(raw, self._settings.url, self._host)
        except MISSHAPEN:
            raise Unavailable(f"the forum {self._host} answered with something that is no post") from None

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that are deleted; what has moved to where we may not look stays."""
        own = {
            known: known.removeprefix(f"{self._host}/") for known in external_ids if known.startswith(f"{self._host}/")
        }
        paths = {known: f"posts/{number}" for known, number in own.items() if number.isdecimal()}
        posts = await few(self._one, paths.values(), AT_ONCE)
        return frozenset(known for known, path in paths.items() if _is_gone(posts[path]))

    async def _one(self, path: str) -> Mapping[str, Any] | None:
        """A post; one with ``deleted`` where there is none, None where we may not look."""
        page = await self._web.get(f"{self._settings.url}/{path}.json", headers=JSON, also=(403, 404, 410))
        raw = self._web.parse(page)
        if not isinstance(raw, dict):
            raise Unavailable(f"the forum {self._host} answered with something that is no post")
        if page.status == 200:
            return raw
        # A proxy's 404, or that of a forum that is being moved, says nothing of the post.
        if page.status in (404, 410) and raw.get("error_type") == "not_found":
            return {"deleted": True}
        if page.status == 403:
            return None
        raise Unavailable(f"the forum {self._host} answered with status {page.status}")

    async def check(self) -> list[Fault]:
        """Whether the forum lets us read."""
        try:
            await self._latest(None)
        except AuthFailed as error:
            return [Fault(str(error), "a forum that is not open needs api_key, with the scope of reading posts")]
        except EdgeError as error:
            return [
                Fault(str(error), "look at the network and at url, which is the forum's first page, then try again")
            ]
        return []

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._web.aclose()


def _post(raw: Any) -> Post | None:
    """What the window must know; None for what has no number."""
    try:
        return Post(str(int(raw["id"])), int(raw["id"]), mark_of(f"{raw.get('hidden')} {text_of(raw)}"))
    except MISSHAPEN:
        return None


def _below(window: Window, posts: Sequence[Post], before: int | None) -> int | None:
    """The greatest number of the next page; None once the round has met what was heard."""
    keys = [post.key for post in posts if before is None or post.key < before]
    if keys:
        below = min(keys) - 1
    elif before is None:
        return None
    else:
        # Fifty numbers of which none may be seen: letters, or what was deleted.
        below = before - PAGE
    return below if below >= max(window.since(OVERLAP), 1) else None


def _is_gone(raw: Mapping[str, Any] | None) -> bool:
    """What an author deletes is shown for a day as deleted by its author."""
    return raw is not None and bool(raw.get("deleted") or raw.get("deleted_at") or raw.get("user_deleted"))
