"""X as it happens: the filtered stream, and the recent search for what the stream missed while it was away.

The stream gives no posts of before it was opened. So after each opening the search goes back to where we stood, twice:
at once, and again when it can show the moment of the opening, for its results end 30 seconds before now.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import Field, field_validator

from listeners.base import Spend
from listeners.x.cursor import Cursor, Place
from listeners.x.http import AnswerError
from listeners.x.posts import Page, read_page
from listeners.x.search import XListener
from listeners.x.settings import XSettings
from listeners.x.stream_http import ClosedError, Stream
from models.channel import Manifest
from models.check import Fault
from models.errors import Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration

SETTLED = timedelta(seconds=120)
"""After this the stream has brought a post, if it ever will: X says 7 seconds for 99 of 100."""
AGAIN = timedelta(seconds=100)
"""So long after an opening the search shows the moment of it: 30 s of its own, 60 s of ours, and the connecting."""
AT_ONCE = 5.0
"""A stream that ends sooner than after so many seconds is not opened again by ourselves."""
REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class _At:
    """``search`` is the search's cursor; ``opened`` is the opening that it has still to reach, in ``rounds`` rounds."""

    search: str | None = None
    opened: datetime | None = None
    rounds: int = 0
    ids: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str | None) -> _At | None:
        try:
            kept = json.loads(text or "")
            opened = kept["opened"] and datetime.fromisoformat(kept["opened"])
            return cls(kept["search"], opened, int(kept["rounds"]), tuple(kept["ids"]))
        except (ValueError, KeyError, TypeError):
            return None

    def dumps(self) -> str:
        opened = self.opened.isoformat() if self.opened else None
        return json.dumps({"search": self.search, "opened": opened, "rounds": self.rounds, "ids": self.ids})

    def heard(self, posts: Sequence[Mention]) -> tuple[_At, tuple[Mention, ...]]:
        """Those that are new, and the place that knows them."""
        fresh = tuple(post for post in posts if post.external_id not in self.ids)
        ids = (*self.ids, *(post.external_id for post in fresh))
        return replace(self, ids=tuple(dict.fromkeys(ids))[-REMEMBERED:]), fresh


class XStreamListener:
    """One connection for all brands that it is given."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["x"]
    check_is_free = False

    class Settings(XSettings):
        """How to follow X, and for how much a day."""

        wait: Duration = Field(
            "20s", validate_default=True, description="How long a poll waits for posts, 25s at most."
        )
        stall: Duration = Field(
            "60s", validate_default=True, description="After so long without a sign the stream counts as dead."
        )

        @field_validator("wait")
        @classmethod
        def _short_enough(cls, wait: timedelta) -> timedelta:
            if wait > timedelta(seconds=25):
                raise ValueError("must be 25s at most")
            return wait

    def __init__(self, settings: Settings, search: XListener, stream: Stream) -> None:
        self._settings = settings
        self._search = search
        self._stream = stream
        self._stands = ""
        self._skew = timedelta()
        self._opened = 0.0

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing token or a rule that is too long."""
        search = XListener.from_settings(name, settings, brands)
        times = (settings.timeout.total_seconds(), settings.stall.total_seconds())
        stream = Stream(settings.token.reveal(), settings.base_url, *times, settings.users, f"overheard:{name}")
        return cls(settings, search, stream)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """Posts of the stream, or a page of what the search finds for the time that the stream was away."""
        allowed = self._settings.allow(spent)
        if allowed.posts < 10:
            await self._stream.close()
            resting = await self._search.poll(None, spent, now)
            return replace(resting, cursor=cursor or _At(self._live(now)).dumps())
        at = _At.read(cursor)
        if at is None or cursor != self._stands or not self._stream.is_open:
            at = await self._open(at, now)
        try:
            batch = await self._next(at, allowed.posts, spent, now)
        except ClosedError as error:
            if asyncio.get_running_loop().time() - self._opened < AT_ONCE:
                await self._stream.close()
                raise Unavailable(f"X ends the stream at once ({error})") from None
            # Opened again in the same poll, so that a fault is met where it is.
            batch = Batch(cursor=(await self._open(at, now)).dumps(), more=True)
        self._stands = batch.cursor or ""
        return batch

    async def check(self) -> list[Fault]:
        """The rules and the search; the stream itself is left to the daemon, for X gives one connection alone."""
        faults = await self._search.check()
        try:
            await self._stream.keep_rules(tuple(self._search._queries.values()))
        except AnswerError as error:
            faults.append(error.fault())
        except Unavailable as error:
            faults.append(Fault(str(error), "look at the network and at base_url, then try again"))
        return list(dict.fromkeys(faults))

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that X does not show any more."""
        return await self._search.gone(external_ids)

    async def fetch(self, external_id: str) -> Mention | None:
        """One post, such as the one that another answers."""
        return await self._search.fetch(external_id)

    def affordable(self, spent: Spend, share: float) -> int:
        """How many may still be looked up, if this was spent of this share of the budget."""
        return self._search.affordable(spent, share)

    def cost(self, posts: int) -> float:
        """What X bills for so many, in dollars."""
        return self._search.cost(posts)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._stream.aclose()
        await self._search.aclose()

    async def _open(self, at: _At | None, now: datetime) -> _At:
        """Connect; what came before this is the search's, unless we begin now."""
        try:
            await self._stream.keep_rules(tuple(self._search._queries.values()))
            there = await self._stream.open()
        except AnswerError as error:
            raise error.edge(now) from None
        self._opened = asyncio.get_running_loop().time()
        self._skew = there - now if there else timedelta()
        if at is None:
            return _At(self._live(now))
        return replace(at, opened=now, rounds=2)

    async def _next(self, at: _At, most: int, spent: Spend, now: datetime) -> Batch:
        due = at.opened and (at.rounds == 2 or now >= at.opened + AGAIN)
        if at.rounds and due:
            return await self._catch_up(at, spent, now)
        wait = self._settings.wait.total_seconds()
        if at.rounds and at.opened:
            wait = min(wait, (at.opened + AGAIN - now).total_seconds())
        size = min(self._settings.max_results, most)
        lines = await self._stream.lines(size, wait)
        page, ended = self._read(lines)
        after, fresh = at.heard(page.mentions)
        # While the search has still to come, its place must stay where the stream was lost.
        after = after if at.rounds else replace(after, search=self._live(now))
        if ended:
            await self._stream.close()
        return Batch(
            fresh,
            cursor=after.dumps(),
            more=len(lines) == size,
            pause=0.0 if wait else None,
            spoiled=page.spoiled,
            posts=page.posts,
            dollars=self._settings.cost(page.posts, page.users),
            warning=f"X ends the stream: {ended}" if ended else "",
        )

    async def _catch_up(self, at: _At, spent: Spend, now: datetime) -> Batch:
        found = await self._search.poll(at.search, spent, now)
        after, fresh = at.heard(found.mentions)
        rounds = at.rounds if found.more else at.rounds - 1
        after = replace(after, search=found.cursor, rounds=rounds)
        return replace(found, mentions=fresh, cursor=after.dumps(), more=found.more or found.pause is None)

    def _read(self, lines: Sequence[bytes]) -> tuple[Page, str]:
        """The posts of our rules, and why X ends the stream, if it says so."""
        posts: list[Any] = []
        users: list[Any] = []
        ended = ""
        for line in lines:
            said = _object(line)
            if said.get("errors") and "data" not in said:
                ended = _title(said["errors"])
            elif self._stream.is_ours(said):
                posts.append(said.get("data", line.hex()[:32]))
                users += _list(said.get("includes"), "users")
        body = json.dumps({"data": posts, "includes": {"users": users}}).encode()
        return read_page(body, self._search._own), ended

    def _live(self, now: datetime) -> str:
        """The search's cursor for a stream that has brought all up to now, but for the last moments."""
        start = now + min(self._skew, timedelta()) - SETTLED
        keys = tuple(self._search._queries)
        return Cursor({key: Place(start) for key in keys}, keys).dumps()


def _object(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (RecursionError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _title(errors: Any) -> str:
    listed = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return str(listed[0].get("title", "no reason"))[:80] if listed else "no reason"


def _list(value: Any, name: str) -> list[Any]:
    listed = value.get(name) if isinstance(value, dict) else None
    return listed if isinstance(listed, list) else []
