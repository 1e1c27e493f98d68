"""Feeds: blogs, news, forums and review sites by RSS, Atom and JSON Feed. One listener hears many of them.

A feed tells of no deletion, and old items just leave it. Addresses of feeds, and where they redirect to, are other
people's: each is checked before it is connected to (``listeners.web.guard``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field

from listeners.base import Spend
from listeners.feed.cursor import Feeds, Place, key_of
from listeners.feed.document import Document, Item, read_feed
from listeners.web.guard import Guard
from listeners.web.web import Page, Web
from models.channel import Manifest
from models.check import Fault
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.manifests import MANIFESTS
from models.mention import ANONYMOUS, Author, Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Entry, Pause, Table

AT_ONCE = 8
"""Feeds that one poll asks, all at the same time."""
TELL_AFTER = 5
"""So many failures of one feed in a row are told to the operator."""
LEAST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=6)
"""Of a feed that fails."""
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"

Answer = tuple[Page, Document | None] | EdgeError
"""What a feed answered and what it says, None where it has not changed; or why it could not be read."""


class FeedListener:
    """Asks some feeds a poll, each when its rest is over. One that fails does not keep the others from being heard."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["feed"]
    check_is_free = True

    class Settings(Table):
        """What a feed listener can be told."""

        urls: list[str] = Field(min_length=1, max_length=300, description="The feeds.")
        rest: Duration = Field(
            "5m", validate_default=True, description="A feed is asked again after this at the earliest."
        )
        page: int = Field(100, ge=1, le=200, description="Posts in one page at most.")
        max_bytes: int = Field(5_000_000, ge=1000, le=50_000_000, description="Bytes of one feed that are read.")
        timeout: Pause = Field("20s", validate_default=True, description="How long a feed's answer may take.")
        private_hosts: list[Entry] = Field(
            [], description="Hosts of your own network whose feeds may be read; all others must be public."
        )

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = {key_of(url): _name(number, url) for number, url in enumerate(settings.urls, 1)}
        self._urls = {key_of(url): url for url in settings.urls}
        self._web = Web(
            "the feed",
            timeout=settings.timeout.total_seconds(),
            most=settings.max_bytes,
            headers={"Accept": ACCEPT},
            guard=Guard(settings.private_hosts),
        )
        self._turn = 0

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError for an address that is none."""
        for number, url in enumerate(settings.urls, 1):
            if not url.startswith(("http://", "https://")) or not _host(url):
                raise ValueError(f"listeners.{name}.urls: number {number} must begin with http:// or https://")
        return cls(settings)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """What is new in the feeds whose turn it is; ``more`` while others wait, or one has more than a page."""
        feeds = Feeds.read(cursor, list(self._urls), now, 2 * LONGEST_REST.total_seconds())
        turn = feeds.turn(AT_ONCE, self._turn)
        answers = await asyncio.gather(*(self._ask(key, feeds.places.get(key, Place())) for key in turn))
        told = _Told(self._settings, now)
        for key, answer in zip(turn, answers, strict=True):
            place, left = told.hear(self._names[key], feeds.places.get(key, Place()), answer)
            feeds = feeds.moved(key, place, again=left)
        if told.errors and feeds.all_fail:
            # Another time others begin, so that some that are gone for good do not stand before the rest.
            self._turn += AT_ONCE
            raise told.errors[-1]
        return Batch(
            tuple(told.mentions),
            cursor=feeds.dumps(),
            more=bool(feeds.todo),
            spoiled=tuple(told.spoiled),
            warning="; ".join(told.warnings),
            gap="; ".join(told.gaps),
        )

    async def _ask(self, key: str, place: Place) -> Answer:
        try:
            asked = place.conditions()
            page = await self._web.get(self._urls[key], headers=asked)
            if page.status == 304 and asked:
                return page, None
            kind = page.headers.get("content-type", "")
            return page, await asyncio.to_thread(read_feed, page.body, kind, page.url)
        except EdgeError as error:
            return _named(error, self._names[key])
        except ValueError as error:
            return Unavailable(f"{self._names[key]} {error}")

    async def check(self) -> list[Fault]:
        """Whether each feed can be read."""
        faults = []
        keys = list(self._urls)
        for start in range(0, len(keys), AT_ONCE):
            answers = await asyncio.gather(*(self._ask(key, Place()) for key in keys[start : start + AT_ONCE]))
            faults += [Fault(str(error), _fix(error)) for error in answers if isinstance(error, EdgeError)]
        return faults

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._web.aclose()


class _Told:
    """What the feeds of one poll have told so far."""

    def __init__(self, settings: FeedListener.Settings, now: datetime) -> None:
        self._rest, self._page, self._now = settings.rest, settings.page, now
        self.mentions: list[Mention] = []
        self.spoiled: list[tuple[str, str]] = []
        self.warnings: list[str] = []
        self.gaps: list[str] = []
        self.errors: list[EdgeError] = []

    def hear(self, name: str, place: Place, answer: Answer) -> tuple[Place, bool]:
        """Where a feed stands after its answer, and whether it has more items than this page has room for."""
        if isinstance(answer, EdgeError):
            return self._failed(answer, place), False
        page, document = answer
        until = self._now + self._rest
        if document is None:
            return place.rested(until), False
        self.spoiled += document.spoiled
        if document.more:
            self.warnings.append(f"{name} has more items than are read")
        if not place.begun:
            return place.heard(document.items, document.items).rested(until, page.headers), False
        if place.knows_none(document.items):
            self.gaps.append(f"{name} shows nothing any more of what it showed before: items between may be missed")
        fresh = place.fresh(document.items)
        taken = fresh[: self._page - len(self.mentions)]
        self.mentions += [_mention(item, _host(page.url), self._now, edited) for item, edited in taken]
        if len(taken) < len(fresh):
            return place.heard([item for item, _ in reversed(taken)], document.items), True
        return place.heard(document.items, document.items).rested(until, page.headers), False

    def _failed(self, error: EdgeError, place: Place) -> Place:
        """A feed that goes on failing is asked ever more rarely."""
        self.errors.append(error)
        rest = max(self._rest, LEAST_REST) * 2 ** min(place.fails, 10)
        if isinstance(error, RateLimited) and error.retry_after is not None:
            rest = max(rest, timedelta(seconds=min(error.retry_after, LONGEST_REST.total_seconds())))
        failed = place.failed(self._now + min(rest, LONGEST_REST))
        if failed.fails == TELL_AFTER or (failed.fails == 1 and isinstance(error, AuthFailed)):
            self.warnings.append(str(error))
        return failed


def _mention(item: Item, host: str, now: datetime, edited: bool) -> Mention:
    """A date is the feed's own where it has one that can be; else it is when we first saw the item."""
    posted = min(item.posted or now, now)
    changed = max(min(item.updated or now, now), posted) if edited else None
    author = Author(f"{host}/{item.author}", item.author, item.author) if item.author else Author(ANONYMOUS)
    return Mention("feed", item.id, author, item.text, posted, url=item.url, edited_at=changed)


def _named(error: EdgeError, name: str) -> EdgeError:
    """The same error, with the feed's name."""
    said = str(error)
    words = said.replace("the feed", name, 1) if "the feed" in said else f"{name}: {said}"
    return RateLimited(words, error.retry_after) if isinstance(error, RateLimited) else type(error)(words)


def _name(number: int, url: str) -> str:
    """A feed's place in the settings and its host; the rest of an address may be a secret."""
    return f"feed {number} ({_host(url) or 'no host'})"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _fix(error: EdgeError) -> str:
    if isinstance(error, AuthFailed):
        return "a feed that needs a login is not heard: take it out, or use its address with a token"
    if "private or reserved" in str(error):
        return "correct its address; if it is a feed of your own, name its host in private_hosts"
    return "open its address in a browser, then correct it, or take it out"
