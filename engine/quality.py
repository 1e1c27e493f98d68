"""People's verdicts for the metrics, counted anew every ten minutes: counting them reads weeks of decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from insights.recall import window
from models.store import Store, verdicts
from models.store.verdicts import Tally

FRESH = timedelta(minutes=10)


class Quality:
    """Remembers the last count."""

    def __init__(self, store: Store, keep_mentions: timedelta, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._window = window(keep_mentions)
        self._clock = clock
        self._counted_at: datetime | None = None
        self._tallies: Sequence[Tally] = ()

    async def tallies(self) -> Sequence[Tally]:
        """By brand and channel."""
        now = self._clock()
        if self._counted_at is None or abs(now - self._counted_at) >= FRESH:
            self._tallies = await self._store.run(verdicts.tallies, now - self._window)
            self._counted_at = now
        return self._tallies
