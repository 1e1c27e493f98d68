"""Hears all public posts that reach one Mastodon server, as they come, and makes up for what a break has cost.

The stream cannot be resumed, the timeline behind it can: after each break its pages are read from the cursor on.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import Field

from listeners.base import Spend
from listeners.mastodon.events import Event, Events, StreamEnded
from listeners.mastodon.origin import Origins
from listeners.mastodon.place import Cursor, Item, Place
from listeners.mastodon.reader import Heard, Reader
from listeners.mastodon.server import LIMIT, Server
from models.channel import Manifest
from models.check import Fault
from models.errors import AuthFailed, EdgeError, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Secret, Table

KEPT = 5000
"""Posts whose deletion is recognised, for the stream names them by the server's own ids."""
OWN_ACCOUNT = "make an access token with the scope read on this server (Preferences, Development) and store it"


class MastodonStreamListener:
    """One server's public stream. Each poll waits for posts on a connection that stays open between polls."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["mastodon"]
    check_is_free = True

    class Settings(Table):
        """What a listener of a Mastodon stream can be told."""

        server: str = Field(
            "https://mastodon.social", pattern=r"^https?://[^\s/]+/?$", description="The address of the server."
        )
        token: Secret = Field(description="An access token of an account on it.")
        wait: Duration = Field("20s", validate_default=True, description="How long a poll waits for posts.")
        limit: int = Field(100, ge=1, le=200, description="Events that one poll takes at most.")
        page: int = Field(LIMIT, ge=1, le=LIMIT, description="Posts in a page, after a break.")
        catch_up: int = Field(
            100, ge=1, description="Pages read after a break at most; what was posted beyond is given up, and told."
        )
        timeout: Duration = Field("20s", validate_default=True, description="How long one request may take.")

    def __init__(self, server: Server, token: str, settings: Settings, brands: Mapping[str, Brand]) -> None:
        self._server, self._token, self._settings = server, token, settings
        self._origins = Origins({server.host: server}, settings.timeout.total_seconds())
        self._reader = Reader(brands)
        self._stream: Events | None = None
        self._stands: str | None = None
        self._behind, self._pages = True, 0
        self._kept: OrderedDict[str, str] = OrderedDict()

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing token."""
        token = settings.token.reveal()
        return cls(Server(settings.server, token, settings.timeout.total_seconds()), token, settings, brands)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """What was posted after ``cursor``: pages of the timeline until we are level, then the stream."""
        name = f"public {self._server.host} "
        try:
            at = Cursor.read(cursor, [name])
        except ValueError as error:
            raise Unavailable(f"{error}: another kind of listener had this name, so give this one another") from None
        stands, self._stands = self._stands, None
        try:
            if self._stream is None or cursor is None or stands != cursor:
                await self._open()
            batch, place = await self._page(at.places.get(name), now)
        except StreamEnded:
            # Servers end streams at will; what was said meanwhile stands in the timeline.
            await self._open()
            batch, place = Batch(more=True), at.places[name]
        except EdgeError:
            await self._close()
            raise
        self._stands = at.moved(name, place, ended=True).dumps()
        return replace(batch, cursor=self._stands)

    async def _page(self, place: Place | None, now: datetime) -> tuple[Batch, Place]:
        if place is not None and self._pages < self._settings.catch_up:
            heard, then, gone = await self._next(place, now)
            mentions, spoiled = tuple(heard.mentions), tuple(heard.spoiled)
            return Batch(mentions, more=self._behind, pause=0.0, spoiled=spoiled, gone=gone), then
        gap = "" if place is None else f"{self._server.host}: too much was posted while we were away to read it all"
        self._behind, self._pages = False, 0
        newest = await self._server.page("public", "", None, limit=1)
        return Batch(pause=0.0, gap=gap), Place.of(newest)

    async def _next(self, place: Place, now: datetime) -> tuple[Heard, Place, tuple[str, ...]]:
        """One page of the timeline while we are behind it, else what the stream brings."""
        assert self._stream is not None, "poll has opened it"
        if self._behind:
            page = await self._server.page("public", "", place.at, self._settings.page)
            self._behind = len(page) > self._settings.page // 2
            self._pages = self._pages + 1 if self._behind else 0
            fresh, then = place.after(page, self._behind, now)
            return await self._read(fresh), then, ()
        events = await self._stream.read(self._settings.wait.total_seconds(), self._settings.limit)
        posts, edits = _items(events, "update"), _items(events, "status.update")
        fresh, then = place.after(posts, False, now)
        gone = [self._kept.pop(event.data, "") for event in events if event.name == "delete"]
        return await self._read([*fresh, *edits]), then, tuple(filter(None, gone))

    async def _read(self, items: Sequence[Item]) -> Heard:
        heard = await self._reader.read(self._server, items, everything=False)
        self._kept |= zip(heard.ids, (mention.external_id for mention in heard.mentions), strict=True)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return heard

    async def _open(self) -> None:
        """Connect before the pages are read, so that nothing falls between them and the stream."""
        await self._close()
        base = _streaming(await self._server.instance(), self._server.url)
        if self._server.url.startswith("https:") and not base.startswith("https:"):
            raise Unavailable(f"{self._server.host} wants the token sent over an open line, to {base}")
        seconds = self._settings.timeout.total_seconds()
        self._stream = await Events.open(f"{base}/api/v1/streaming/public", self._token, seconds)
        self._behind, self._pages = True, 0

    async def _close(self) -> None:
        if self._stream is not None:
            await self._stream.aclose()
        self._stream = None

    async def fetch(self, external_id: str) -> Mention | None:
        """One post by its ActivityPub id."""
        return await self._server.resolved(external_id) or await self._origins.fetch(external_id)

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that their own servers say are deleted."""
        return await self._origins.gone(external_ids)

    async def check(self) -> list[Fault]:
        """Whether the server answers, knows the token and has a stream."""
        try:
            await self._server.ask("/api/v1/accounts/verify_credentials")
            await self._open()
        except EdgeError as error:
            return [Fault(str(error), OWN_ACCOUNT if isinstance(error, AuthFailed) else "check the address")]
        finally:
            await self._close()
        return []

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._close()
        await self._origins.aclose()
        await self._server.web.aclose()


def _streaming(instance: Mapping[str, Any], server: str) -> str:
    """Where the server's streams are, as it says; the server itself where it does not say."""
    told: Any = instance
    for name in ("configuration", "urls", "streaming"):
        told = told.get(name) if isinstance(told, dict) else None
    return re.sub(r"^ws", "http", str(told or server)).rstrip("/")


def _items(events: Sequence[Event], name: str) -> list[Item]:
    found = (event.data for event in events if event.name == name and isinstance(event.data, dict))
    return [Item(str(status["id"]), status) for status in found if status.get("id")]
