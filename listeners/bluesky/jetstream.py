"""Bluesky's whole network as a stream (Jetstream), without an account: every post that may name a brand.

The platform gives everything and filters nothing, so the words are looked for here, in the raw frames first. What was
not handed over is nowhere but in the stream: after a crash, the cursor brings it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator

from listeners.base import Spend
from listeners.bluesky.firehose import Sieve
from listeners.bluesky.line import Line
from listeners.bluesky.page import Ear, Page
from listeners.bluesky.post import CHANNEL, SIGNED_IN, Own, author_of, labels
from listeners.bluesky.view import Index
from listeners.bluesky.wanted import Wanted
from listeners.bluesky.wire import DELETED, Place, microseconds
from models.channel import Manifest
from models.check import Fault
from models.errors import AuthFailed, EdgeError, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Pause, Table

log = logging.getLogger(__name__)

LINGER = 0.5
"""Seconds that a poll goes on after the first find, so that finds come together and yet soon."""
BREATH = 0.1
"""Seconds between two polls; the line stays open and the network's buffers hold what comes."""
INDEX_RESTS = 60.0
"""Seconds for which the index is not asked again once it has failed: posts wait for nobody."""
TOGETHER = 64
"""Frames that are read before others may run."""


class JetstreamListener:
    """Hears every public post of the network, its edits and deletions."""

    manifest: ClassVar[Manifest | None] = MANIFESTS[CHANNEL]
    check_is_free = True

    class Settings(Table):
        """What a Jetstream listener can be told."""

        url: str = Field(
            "wss://jetstream.us-east.bsky.network",
            pattern=r"^wss?://\S+$",
            description="The server; jetstream.us-west.bsky.network is the other one of Bluesky's own.",
        )
        wire: Literal["v2", "v1"] = Field("v2", description="v1 for servers that only have the older /subscribe.")
        index: str = Field(
            "https://public.api.bsky.app",
            pattern=r"^(https?://\S+)?$",
            description="Where authors' names, followers and bot labels are asked for; empty means nowhere.",
        )
        signed_in_only: bool = Field(
            False, description="Hear also those who ask to be shown to signed-in readers only; nobody signs in here."
        )
        wait: Pause = Field("20s", validate_default=True, description="How long a poll waits for posts, 30s at most.")
        timeout: Pause = Field("10s", validate_default=True, description="How long an answer may take.")
        stall_after: Duration = Field(
            "60s", validate_default=True, description="So much silence means that the stream is broken; 0s means never."
        )
        page: int = Field(100, ge=1, le=200, description="Posts in one page at most.")

        @field_validator("wait")
        @classmethod
        def _short_enough(cls, wait: timedelta) -> timedelta:
            if wait > timedelta(seconds=30):
                raise ValueError("must be 30s at most")
            return wait

    def __init__(self, settings: Settings, wanted: Wanted, line: Line, index: Index | None) -> None:
        self._settings = settings
        self._wanted = wanted
        self._line = line
        self._index = index
        self._ear: Ear | None = None
        self._unknown: list[str] = []
        self._stands: str | None = None
        self._index_rests_until = 0.0

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; opens no connection yet."""
        timeout = settings.timeout.total_seconds()
        line = Line(settings.url, settings.wire, timeout, settings.stall_after.total_seconds())
        # A poll may last 30 s as a whole.
        index = Index(settings.index, min(timeout, 5.0)) if settings.index else None
        return cls(settings, Wanted.of(brands, CHANNEL), line, index)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """What the stream brings within ``wait``, or until a page is full; soon after a first find."""
        place = self._read(cursor)
        ear = await self._learn()
        if cursor is None or cursor != self._stands:
            self._line.drop()
        self._stands = None
        page = Page(place, self._settings.page)
        try:
            await self._gather(page, ear)
            mentions = await self._with_authors(page, ear.own)
        except BaseException:
            # What was read and is not handed over must come again.
            self._line.drop()
            raise
        after = page.after() or Place(microseconds(now), microseconds(now), guess=True)
        self._stands = after.dumps() if self._line.open else None
        return Batch(
            mentions=mentions,
            cursor=after.dumps(),
            more=page.full,
            pause=BREATH,
            spoiled=tuple(page.spoiled),
            warning=self._warning(),
            gone=tuple(page.gone),
            gap=self._line.take_gap(),
        )

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that the index does not show any more: deleted, taken down, or their account is."""
        if self._index is None:
            return frozenset()
        return frozenset(external_ids) - (await self._index.posts(external_ids, {})).keys()

    async def fetch(self, external_id: str) -> Mention | None:
        """One post, from the index."""
        if self._index is None:
            return None
        return (await self._index.posts([external_id], (await self._learn()).own)).get(external_id)

    async def check(self) -> list[Fault]:
        """Whether the stream opens, and the brand's accounts are known by what the stream calls them."""
        try:
            await self._learn()
            await self._line.connect(None)
        except AuthFailed as error:
            return [Fault(str(error), "look at url: a server of one's own may want a login that is not built in")]
        except EdgeError as error:
            return [Fault(str(error), "look at the network and at url, then try again")]
        finally:
            self._line.drop()
            self._stands = None
        return [Fault(self._warning(), f"correct handles.{CHANNEL} of the brand")] if self._warning() else []

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._line.aclose()
        if self._index:
            await self._index.aclose()

    def _read(self, cursor: str | None) -> Place | None:
        try:
            return Place.read(cursor) if cursor else None
        except ValueError as error:
            raise Unavailable(f"{error}: another kind of listener had this name, so give this one another") from error

    async def _learn(self) -> Ear:
        """The handles of the brands' own accounts by DID, which is all that the stream says of an author."""
        if self._ear is None:
            own, unknown = {}, []
            for handle in sorted(self._wanted.handles):
                did = handle if handle.startswith("did:") or not self._index else await self._index.did(handle)
                if did and did.startswith("did:"):
                    own[did] = handle
                else:
                    unknown.append(handle)
            self._ear = Ear(Sieve(self._wanted.literals, [DELETED, *own]), self._wanted, own)
            self._unknown = unknown
        return self._ear

    def _warning(self) -> str:
        names = ", ".join(self._unknown)
        return f"Bluesky knows no account {names}: its posts and mentions are not recognised" if names else ""

    async def _gather(self, page: Page, ear: Ear) -> None:
        """Read until the time is up or the page is full; a line that ends is opened once more, from where we are."""
        ends = asyncio.get_running_loop().time() + self._settings.wait.total_seconds()
        for _ in range(2):
            if not self._line.open:
                await self._line.connect(page.after())
            if await self._listen(page, ear, ends) or page.found or page.gone:
                return
        if not page.last:
            raise Unavailable("Bluesky's stream ends as soon as it begins")

    async def _listen(self, page: Page, ear: Ear, ends: float) -> bool:
        """Whether the line is still open in the end."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(ends) as limit:
                while not page.full:
                    for _ in range(TOGETHER):
                        if (frame := await self._line.receive()) is None:
                            return False
                        if page.take(frame, ear):
                            limit.reschedule(min(ends, loop.time() + LINGER))
                        if page.full:
                            break
                    # Frames that lie ready are handed over without a wait, and nobody else would run.
                    await asyncio.sleep(0)
        except TimeoutError:
            self._line.complain_of_silence()
        return True

    async def _with_authors(self, page: Page, own: Own) -> tuple[Mention, ...]:
        """The finds with what the index knows of their authors; as they are where it does not answer."""
        mentions = [mention for _, mention in page.found.values()]
        loop = asyncio.get_running_loop()
        if not mentions or self._index is None or loop.time() < self._index_rests_until:
            return tuple(mentions)
        try:
            known = await self._index.profiles({mention.author.id for mention in mentions})
        except EdgeError as error:
            self._index_rests_until = loop.time() + INDEX_RESTS
            extra = {"action": "authors", "error": type(error).__name__, "why": str(error)[:200]}
            log.warning("authors stay unknown for a while", extra=extra)
            return tuple(mentions)
        hidden = {did for did, profile in known.items() if SIGNED_IN in labels(profile)}
        return tuple(
            replace(mention, author=author_of(known[mention.author.id], own)) if mention.author.id in known else mention
            for mention in mentions
            if self._settings.signed_in_only or mention.author.id not in hidden
        )
