"""Keeps Slack's limits from our side: so many things an interval for each key. It waits, and drops nothing.

https://docs.slack.dev/apis/web-api/rate-limits: about one message a second in a channel, 50 edits a minute.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

KEYS = 1000
"""More are only kept while they still have to wait."""


class Pace:
    """One thing every ``interval`` seconds for each key, the first ``burst`` of them at once; later ones queue."""

    def __init__(
        self,
        interval: float,
        burst: int = 1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._interval = interval
        self._ahead = interval * (burst - 1)
        self._clock = clock
        self._sleep = sleep
        self._until: dict[str, float] = {}

    async def turn(self, key: str) -> None:
        """Wait for this key's turn. The turn is taken before the wait, so that two who wait do not go together."""
        now = self._clock()
        taken = max(now, self._until.get(key, now))
        self._forget(now)
        self._until[key] = taken + self._interval
        if (pause := taken - self._ahead - now) > 0:
            await self._sleep(pause)

    def hold(self, key: str, seconds: float) -> None:
        """Nothing of this key for so long: Slack asked for it."""
        until = self._clock() + self._ahead + seconds
        self._until[key] = max(until, self._until.get(key, until))

    def _forget(self, now: float) -> None:
        if len(self._until) >= KEYS:
            self._until = {key: until for key, until in self._until.items() if until > now}
