"""The clock that asks platforms whether our posts are still there, where they do not tell of a deletion."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from listeners.base import Bills, Rechecks, Spend
from listeners.poller import Poller
from models.errors import EdgeError, RateLimited
from models.notice import tell
from models.settings.sections import Target
from models.store import Store, gone, recheck, sources

log = logging.getLogger("overheard.poll")

BATCH = 100
"""So many posts are asked for at once: what X, YouTube and Reddit take."""

ROUNDS = 5
"""So many batches of a listener at a tick, so that it hears in between."""

EARLY = 0.5
"""A post is looked at again after this share of the platform's term, so that a deletion is honoured within it even if
the platform cannot be reached for a while."""

REST = timedelta(minutes=5)
"""After a failure the listener is left alone for so long, or for as long as the platform asks."""


class Recheck:
    """Looks after all listeners that can ask (``listeners.base.Rechecks``) on channels with a term."""

    def __init__(
        self,
        store: Store,
        pollers: Sequence[Poller],
        share: float,
        version: str,
        operator: Target | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._pollers = [poller for poller in pollers if _can_ask(poller)]
        self._share = share
        self._version = version
        self._operator = operator
        self._clock = clock
        self._rests: dict[str, datetime] = {}

    async def tick(self) -> None:
        """Ask for what is due, the posts of open cases first, as far as the budget goes."""
        for poller in self._pollers:
            for _ in range(ROUNDS):
                if not await self._round(poller):
                    break
            await self._store.run(self._warn, poller, self._clock())

    async def _round(self, poller: Poller) -> bool:
        """One batch; whether there may be more."""
        now, most = self._clock(), BATCH
        if self._rests.get(poller.name, now) > now:
            return False
        listener = poller.listener
        assert isinstance(listener, Rechecks)
        if isinstance(listener, Bills):
            most = min(BATCH, await self._store.run(affordable, listener, poller.name, self._share, now))
        asked = (poller.channel, self._others(poller), now - _term(poller) * EARLY, most)
        ids = await self._store.run(recheck.due, *asked) if most > 0 else []
        if not ids:
            return False
        try:
            absent = await listener.gone(ids)
        except EdgeError as error:
            wait = error.retry_after if isinstance(error, RateLimited) else None
            self._rests[poller.name] = now + (timedelta(seconds=wait) if wait else REST)
            extra = {"action": "recheck", "listener": poller.name, "error": type(error).__name__}
            log.warning("cannot look for deleted posts", extra=extra)
            return False
        except Exception:
            # A listener's defect must not keep the others from asking.
            self._rests[poller.name] = now + REST
            log.exception("listener failed", extra={"action": "recheck", "listener": poller.name})
            return False
        await self._store.run(self._settle, poller, ids, absent & set(ids), now)
        return len(ids) == BATCH

    def _others(self, poller: Poller) -> list[str]:
        """The other listeners of the channel. What no listener hears any more, or people handed in, is anybody's."""
        return [other.name for other in self._pollers if other.channel == poller.channel and other is not poller]

    def _settle(
        self, session: Session, poller: Poller, ids: Sequence[str], absent: frozenset[str], now: datetime
    ) -> None:
        erased = gone.honour(session, poller.name, poller.channel, sorted(absent), self._version, now)
        recheck.looked_at(session, poller.channel, ids, now)
        if isinstance(poller.listener, Bills):
            sources.looked_up(session, poller.name, len(ids), poller.listener.cost(len(ids)), now)
        if erased:
            extra = {"action": "recheck", "listener": poller.name, "gone": erased}
            log.info("deleted upstream", extra=extra)

    def _warn(self, session: Session, poller: Poller, now: datetime) -> None:
        """Say once a day that the term cannot be kept."""
        term = _term(poller)
        late = recheck.overdue(session, poller.channel, self._others(poller), now - term)
        if late:
            hours = round(term / timedelta(hours=1))
            text = (
                f"{poller.name}: {late} posts were not looked for within {hours} h, though {poller.channel} wants "
                "deleted ones gone by then: raise the listener's budget or conversation.recheck_budget, or shorten "
                "store.keep_mentions"
            )
            tell(session, self._operator, text, f"recheck {poller.name}", f"{now:%Y-%m-%d}", now)


def affordable(session: Session, listener: Bills, name: str, share: float, now: datetime) -> int:
    """How many posts a listener may look up: by what is left of the day's budget, and of the share for look-ups."""
    spent, looked = (Spend(*sources.spent(session, row, now)) for row in (name, name + sources.LOOK_UPS))
    return min(listener.affordable(spent, 1.0), listener.affordable(looked, share))


def _can_ask(poller: Poller) -> bool:
    manifest = poller.listener.manifest
    return isinstance(poller.listener, Rechecks) and manifest is not None and manifest.recheck is not None


def _term(poller: Poller) -> timedelta:
    manifest = poller.listener.manifest
    assert manifest
    assert manifest.recheck
    return manifest.recheck
