"""The clock that gets what the posts on people's cards answer: from what was heard, else from the platform.

It is masked before it is kept, shown on the card and given to nobody else. Where there is none, the card says why.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from classifiers.pii import find_pii
from engine.recheck import affordable
from listeners.base import Bills, Fetches
from listeners.poller import Poller
from models.errors import AuthFailed, EdgeError, RateLimited
from models.mask import mask
from models.mention import ANONYMOUS, Mention, Parent, key_of_author
from models.settings import Settings
from models.store import Store, parents, sources, wakes
from models.store.parents import Wanted
from models.store.rows import MAX_TEXT

log = logging.getLogger("overheard.poll")

TRIES = 4
"""So often a platform is asked; the pauses between grow to a quarter of an hour."""

PAUSES = (timedelta(seconds=30), timedelta(minutes=3), timedelta(minutes=15))

LONGEST = 600
"""A parent is there to understand the answer: its beginning is enough."""

NOT_THERE = "it was deleted, or may not be seen"
CANNOT = "its platform does not give single posts"
NO_ANSWER = "its platform did not answer"
OFF = "posts above are not fetched (conversation.parents)"
NO_BUDGET = "today's budget for looking up posts is used up"


class Parents:
    """Looks after all cards."""

    def __init__(
        self, store: Store, settings: Settings, pollers: Sequence[Poller], clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._settings = settings
        self._by_name = {poller.name: poller for poller in pollers if isinstance(poller.listener, Fetches)}
        self._clock = clock

    async def tick(self) -> None:
        """Get what is due."""
        for one in await self._store.run(_due, self._clock()):
            await self._get(one)

    async def _get(self, one: Wanted) -> None:
        if one.given and (one.given.text or one.given.missing):
            await self._keep(one, one.given, one.author_key)
            return
        heard = await self._store.run(parents.in_store, one)
        if heard:
            await self._keep(one, heard[1], heard[0])
            return
        poller = self._by_name.get(one.listener) or self._of_channel(one.mention.channel)
        if poller is None or not self._settings.conversation.parents:
            await self._missing(one, OFF if poller else CANNOT)
        else:
            await self._fetch(one, poller)

    def _of_channel(self, channel: str) -> Poller | None:
        return next((poller for poller in self._by_name.values() if poller.channel == channel), None)

    async def _fetch(self, one: Wanted, poller: Poller) -> None:
        listener, now = poller.listener, self._clock()
        assert isinstance(listener, Fetches)
        if isinstance(listener, Bills):
            share = self._settings.conversation.recheck_budget
            if await self._store.run(affordable, listener, poller.name, share, now) < 1:
                await self._missing(one, NO_BUDGET)
                return
            await self._store.run(sources.looked_up, poller.name, 1, listener.cost(1), now)
        try:
            found = await listener.fetch(one.external_id)
        except EdgeError as error:
            await self._again(one, error)
            return
        except Exception:
            # A listener's defect must not keep the other cards waiting.
            log.exception("listener failed", extra={"action": "parents", "listener": poller.name})
            await self._again(one, EdgeError("the listener failed"))
            return
        if found is None:
            await self._missing(one, NOT_THERE)
            return
        said = Parent(one.external_id, parents.called(found), found.text, found.url)
        await self._keep(one, said, _author_key(one.mention, found))

    async def _again(self, one: Wanted, error: EdgeError) -> None:
        if one.tries + 1 >= TRIES or isinstance(error, AuthFailed):
            await self._missing(one, NO_ANSWER)
            return
        pause = PAUSES[min(one.tries, len(PAUSES) - 1)]
        if isinstance(error, RateLimited) and error.retry_after:
            pause = max(pause, timedelta(seconds=error.retry_after))
        await self._store.run(parents.later, one.mention, self._clock() + pause)

    async def _missing(self, one: Wanted, why: str) -> None:
        await self._keep(one, Parent(one.external_id, missing=why), "")

    async def _keep(self, one: Wanted, parent: Parent, author_key: str) -> None:
        brand = self._settings.brands.get(one.mention.brand)
        text = masked(parent.text, (brand.phone_region if brand else "") or None)
        await self._store.run(parents.known, one.mention, replace(parent, text=text), author_key, self._clock())


def masked(text: str, region: str | None) -> str:
    """The beginning of a post without the private data that it gives away."""
    text = text[:MAX_TEXT]
    whole = mask(text, find_pii(text, region)).strip()
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1].rstrip()}…"


def _author_key(mention: Mention, parent: Mention) -> str:
    known = parent.author.id != ANONYMOUS
    return key_of_author(mention.brand, mention.channel, parent.author.id) if known else ""


def _due(session: Session, now: datetime) -> list[Wanted]:
    wakes.clear(session, "tick", parents.CLOCK)
    return parents.wanted(session, now)
