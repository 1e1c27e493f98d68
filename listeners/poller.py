"""The poll stage: keeps one listener alive. Backs off with jitter, rests on a bad credential, says trouble once."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import Session

from listeners.base import Listener, Spend
from listeners.screen import Screen
from models.decision import Reason
from models.errors import AuthFailed, EdgeError, RateLimited
from models.failpoint import failpoint
from models.mention import Batch, Mention, storable
from models.mute import Mute
from models.notice import tell
from models.past import Screened
from models.settings.sections import ListenerSettings, Target
from models.store import Store, following, hearing, mutes, sources, taps
from models.tables import ListenerRow

log = logging.getLogger("overheard.poll")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
AUTH_PAUSE = timedelta(minutes=15)
POLL_LIMIT = timedelta(minutes=2)
LONGEST_ID = 512
"""Characters: PostgreSQL takes an index entry of 2,704 bytes at most, and a character may be four."""
TELL_AFTER = 5
"""So many failures in a row are told to the operator."""


class Poller:
    """One listener's life. The cursor moves only together with the mentions that it stands for."""

    def __init__(
        self,
        name: str,
        listener: Listener,
        settings: ListenerSettings,
        screen: Screen,
        store: Store,
        version: str,
        operator: Target | None,
        clock: Callable[[], datetime],
        stopping: asyncio.Event,
    ) -> None:
        self.name = name
        self._listener = listener
        self._settings = settings
        self._screen = screen
        self._store = store
        self._version = version
        self._operator = operator
        self._clock = clock
        self._stopping = stopping
        self._checked = not listener.check_is_free
        self._began = clock()
        self.drained = False
        """Whether the last poll found that the source had no more for now."""
        self._told = ""

    @property
    def listener(self) -> Listener:
        """What it polls."""
        return self._listener

    @property
    def channel(self) -> str:
        """The channel whose posts it hears; empty where each post names its own."""
        return self._listener.manifest.name if self._listener.manifest else ""

    async def handle(self, name: str) -> datetime | None:
        """Poll once; when to poll again."""
        await self._check_once()
        row = await self._store.run(sources.get, name)
        spent = Spend(*await self._store.run(sources.spent, name, self._clock()))
        # Until this poll ends it is not overdue, however long it lasts within its limit.
        await self._store.run(sources.next_poll, name, self._clock() + POLL_LIMIT)
        try:
            batch = await self._poll(row.cursor, spent)
        except EdgeError as error:
            pause = await self._failed(row, error)
        except Exception as defect:
            # A listener's own defect is a source that hears nothing, and people must see it as one.
            await self._store.run(sources.failed, name, "failing", type(defect).__name__, self._clock())
            raise
        else:
            if batch is None:
                return None
            failpoint("poll.fetched")
            pause = await self._heard(row, batch)
        at = self._clock() + pause
        await self._store.run(sources.next_poll, name, at)
        return at

    async def _check_once(self) -> None:
        """At the first poll: what a person should mend is said before anybody misses a post."""
        if self._checked:
            return
        self._checked = True
        try:
            faults = await self._listener.check()
        except EdgeError:
            return
        for fault in faults:
            await self._tell(f"{self.name}: {fault.what} Fix: {fault.fix}", f"{self._clock():%Y-%m-%d} {fault.what}")

    async def _poll(self, cursor: str | None, spent: Spend) -> Batch | None:
        """The page, or None if we are told to stop first: a poll may last, and nothing of it is kept yet."""
        poll = asyncio.ensure_future(self._listener.poll(cursor, spent, self._clock()))
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({poll, stop}, return_when=asyncio.FIRST_COMPLETED)
            return poll.result() if poll.done() else None
        finally:
            stop.cancel()
            poll.cancel()
            await asyncio.gather(poll, stop, return_exceptions=True)

    async def _heard(self, row: ListenerRow, batch: Batch) -> timedelta:
        now, batch = self._clock(), _storable(batch)
        # Before the cursor moves past them, each by itself: one that is handed over again is known.
        for tap in batch.taps:
            await self._store.run(taps.take, tap, now)
        rules = await self._store.run(mutes.live, None, now) if batch.mentions else []
        screened, strangers = self._sort(batch, rules, now)
        fresh = await self._store.run(self._keep, batch, screened, strangers, rules, now)
        if row.failures:
            log.info("up again", extra={"action": "poll", "listener": self.name, "failures": row.failures})
        if batch.mentions or batch.spoiled:
            extra = {"action": "poll", "listener": self.name, "posts": len(batch.mentions), "to_judge": fresh}
            log.info("heard", extra=extra | {"spoiled": len(batch.spoiled), "gone": len(batch.gone)})
        if batch.warning:
            await self._tell(batch.warning, f"{now:%Y-%m-%d} {batch.warning}")
        self.drained = not batch.more and not batch.mentions
        if batch.more:
            return timedelta(0)
        return timedelta(seconds=batch.pause) if batch.pause is not None else self._settings.every

    def _keep(
        self,
        session: Session,
        batch: Batch,
        screened: list[Screened],
        strangers: Sequence[Mention],
        rules: Sequence[Mute],
        now: datetime,
    ) -> int:
        """The page and its cursor; the alarm over what was missed is as durable as the cursor that moved past it."""
        wanted = self._wanted(session, strangers, rules, now)
        heard = {(one.mention.channel, one.mention.external_id) for one in wanted}
        left = [post for post in strangers if (post.channel, post.external_id) not in heard]
        sources.tally(session, Counter(("", post.channel, Reason.NOT_ABOUT_US) for post in left), now)
        fresh = hearing.hear(
            session, self.name, batch, [*screened, *wanted], self._version, now, self.channel, self._screen.shadowed
        )
        if batch.gap:
            text = f"{self.name} may have missed posts for good: {batch.gap}"
            tell(session, self._operator, text, f"listener {self.name}", f"gap {now:%Y-%m-%d %H} {batch.gap}", now)
        return fresh

    def _sort(self, batch: Batch, rules: Sequence[Mute], now: datetime) -> tuple[list[Screened], list[Mention]]:
        """The posts as their brands see them, and those that name none."""
        screened: list[Screened] = []
        strangers: list[Mention] = []
        for post in batch.mentions:
            views = self._screen(post, now, rules)
            screened += views
            if not views:
                strangers.append(post)
        return screened, strangers

    def _wanted(
        self, session: Session, strangers: Sequence[Mention], rules: Sequence[Mute], now: datetime
    ) -> list[Screened]:
        """Those that name no brand, and that a case of one waits for all the same."""
        likely = [
            post.seen_by(name) for post in strangers if following.may_be_wanted(post) for name in self._screen.brands
        ]
        views = [view for post in likely for view in self._screen(post, now, rules)]
        return following.strangers(session, views, now)

    async def _failed(self, row: ListenerRow, error: EdgeError) -> timedelta:
        now = self._clock()
        state = "paused" if isinstance(error, AuthFailed) else "failing"
        failures = await self._store.run(sources.failed, self.name, state, str(error), now)
        if failures == 1:
            extra = {"action": "poll", "listener": self.name, "error": type(error).__name__, "why": str(error)[:200]}
            log.warning("down", extra=extra)
        if (state == "paused" and row.state != "paused") or failures == TELL_AFTER:
            await self._tell(f"{self.name} hears nothing: {error}", f"{now:%Y-%m-%d %H} {type(error).__name__}")
        if state == "paused":
            return AUTH_PAUSE
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return timedelta(seconds=min(max(1.0, error.retry_after), 960.0))
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures, 10))
        return timedelta(seconds=random.uniform(FIRST_PAUSE / 2, longest))  # noqa: S311 - jitter, not a secret

    async def silence(self, now: datetime) -> None:
        """Raise the alarm where nothing was heard for longer than this source is expected to be silent."""
        expected = self._settings.expect_every
        if expected is None:
            return
        if now - self._began < expected and (await self._store.run(sources.get, self.name)).last_heard_at is None:
            return
        if await self._store.run(sources.mark_silent, self.name, now - expected, now):
            text = f"{self.name} has heard nothing for longer than {self._settings.model_dump()['expect_every']}"
            await self._tell(text, f"silent {now:%Y-%m-%d %H:%M}")

    async def _tell(self, text: str, purpose: str) -> None:
        # The outbox takes a purpose once, but each telling is a line in the log.
        if purpose != self._told:
            await self._store.run(tell, self._operator, text, f"listener {self.name}", purpose, self._clock())
        self._told = purpose


def _storable(batch: Batch) -> Batch:
    """The page without posts whose id is too wide for the index that knows them again; each is told as spoiled."""
    wide = [post.external_id for post in batch.mentions if len(post.external_id) > LONGEST_ID]
    if not wide:
        return batch
    spoiled = [(sha256(storable(one).encode()).hexdigest(), f"its id is over {LONGEST_ID} characters") for one in wide]
    kept = tuple(post for post in batch.mentions if len(post.external_id) <= LONGEST_ID)
    return replace(batch, mentions=kept, spoiled=(*batch.spoiled, *spoiled))
