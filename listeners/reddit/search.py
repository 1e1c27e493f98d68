"""Reddit: hears submissions that a search finds, and all comments in the communities named. For approved apps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import Field

from listeners.base import Spend
from listeners.matching.search_terms import search_terms
from listeners.reddit.http import OAUTH, WWW, Door
from listeners.reddit.posts import edited, is_gone, items, mention_of
from listeners.web.newest_first import Cursor, Entry
from models.channel import Manifest
from models.check import Fault
from models.errors import EdgeError, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Secret, Table

Listing = tuple[str, tuple[str, Mapping[str, str]]]
"""A name, the path, and what is asked for there."""
LONGEST = 500
"""Characters of one search; Reddit takes 512."""


class RedditListener:
    """One app. Its listings are read newest first, each back to what it knows."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["reddit"]
    check_is_free = True

    class Settings(Table):
        """What a Reddit listener can be told."""

        client_id: str = Field(pattern=r"^[\w-]+$", description="The app's id, from reddit.com/prefs/apps.")
        client_secret: Secret = Field(description="The app's secret.")
        account: str = Field(
            pattern=r"^(?:u/)?[\w-]{3,20}$", description="Who runs the app, as Reddit wants it in the user agent."
        )
        search: bool = Field(True, description="Search all of Reddit for submissions that name a brand.")
        subreddits: list[str] = Field([], description="Communities whose submissions and comments are all read.")
        late: Duration = Field("10m", validate_default=True, description="How late a post may show up and be heard.")
        page: int = Field(100, ge=1, le=100, description="Posts in one page at most.")
        reddit_url: str = Field(WWW, pattern=r"^https?://\S+$", description="Where tokens are given out.")
        oauth_url: str = Field(OAUTH, pattern=r"^https?://\S+$", description="Where the API is.")
        timeout: Duration = Field("20s", validate_default=True, description="How long one request may take.")

    def __init__(self, settings: Settings, door: Door, listings: Mapping[str, tuple[str, Mapping[str, str]]]) -> None:
        self._door = door
        self._listings = listings
        self._late: timedelta = settings.late
        self._page = settings.page

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing secret or where there is nothing to hear."""
        listings = dict(_listings(name, settings, brands))
        if not listings:
            raise ValueError(f"listener {name}: nothing to hear: set search = true, or name subreddits")
        agent = f"python:overheard:1 (by u/{settings.account.removeprefix('u/')})"
        urls = (settings.reddit_url.rstrip("/"), settings.oauth_url.rstrip("/"))
        secret = settings.client_secret.reveal()
        return cls(settings, Door(settings.client_id, secret, agent, urls, settings.timeout.total_seconds()), listings)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """One page of one listing; ``more`` while pages or listings of the round are left."""
        at = Cursor.read(cursor, self._listings)
        name = at.todo[0]
        if name not in self._listings:
            return Batch(cursor=at.skipped(name).dumps(), more=len(at.todo) > 1)
        place = at.places[name]
        things, token = await self._read(name, place.token, self._page)
        mentions, spoiled = _mentions(things)
        entries = [Entry(one.external_id, one.posted_at.timestamp(), edited(thing)) for one, thing in mentions]
        step = place.after(entries, token, self._late, self._page)
        after = at.moved(name, step)
        return Batch(
            tuple(one for one, _ in mentions if one.external_id in step.fresh),
            cursor=after.dumps(),
            more=bool(after.todo) and self._door.rest is None,
            pause=self._door.rest,
            spoiled=tuple(spoiled),
            gap="Reddit shows the newest 1,000 posts of a listing alone: some were not heard" if step.lost else "",
        )

    async def check(self) -> list[Fault]:
        """Ask each listing for one post."""
        faults = []
        for name in self._listings:
            try:
                await self._read(name, "", 1)
            except EdgeError as error:
                faults.append(Fault(str(error), "look at the app's approval, its id and secret, and at subreddits"))
        return list(dict.fromkeys(faults))

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that their authors or moderators took down; up to 100 a request."""
        gone: set[str] = set()
        for start in range(0, len(external_ids), 100):
            asked = external_ids[start : start + 100]
            things = {str(thing.get("name")): thing for thing in await self._info(asked)}
            gone |= {one for one in asked if one not in things or is_gone(things[one])}
        return frozenset(gone)

    async def fetch(self, external_id: str) -> Mention | None:
        """One submission or comment; None where it was taken down."""
        for thing in await self._info([external_id]):
            if thing.get("name") == external_id and not is_gone(thing):
                try:
                    return mention_of(thing, WWW)
                except ValueError:
                    return None
        return None

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._door.aclose()

    async def _info(self, names: Sequence[str]) -> list[Mapping[str, Any]]:
        return _page(await self._door.get("/api/info", {"id": ",".join(names)}))[0]

    async def _read(self, name: str, token: str, limit: int) -> tuple[list[Mapping[str, Any]], str]:
        path, params = self._listings[name]
        after = {"after": token} if token else {}
        return _page(await self._door.get(path, {**params, **after, "limit": str(limit)}))


def _page(answer: Any) -> tuple[list[Mapping[str, Any]], str]:
    try:
        return items(answer)
    except ValueError as error:
        raise Unavailable("Reddit's answer is no page of posts") from error


def _mentions(
    things: Sequence[Mapping[str, Any]],
) -> tuple[list[tuple[Mention, Mapping[str, Any]]], list[tuple[str, str]]]:
    found, spoiled = [], []
    for thing in things:
        try:
            if is_gone(thing):
                continue
            found.append((mention_of(thing, WWW), thing))
        except ValueError as error:
            digest = hashlib.sha256(json.dumps(thing, sort_keys=True).encode()).hexdigest()[:16]
            spoiled.append((digest, str(error)))
    return found, spoiled


def _listings(name: str, settings: Any, brands: Mapping[str, Brand]) -> Iterator[Listing]:
    """What is read, by a name that stays the same while the question does."""
    if settings.search:
        terms = list(search_terms(name, brands, "reddit").values())
        for query in _queries(terms):
            key = hashlib.sha256(query.encode()).hexdigest()[:12]
            yield f"search:{key}", ("/r/all/search", {"q": query, "sort": "new", "type": "link"})
    if settings.subreddits:
        joined = "+".join(sorted(one.removeprefix("r/") for one in settings.subreddits))
        yield f"new:{joined}", (f"/r/{joined}/new", {})
        yield f"comments:{joined}", (f"/r/{joined}/comments", {})


def _queries(terms: Sequence[str]) -> list[str]:
    """As few searches as will do."""
    made: list[str] = []
    for term in terms:
        grown = f"{made[-1]} OR {term}" if made else ""
        if made and len(grown) <= LONGEST:
            made[-1] = grown
        else:
            made.append(term[:LONGEST])
    return made
