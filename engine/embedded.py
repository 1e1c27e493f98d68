"""The engine inside one process: a set of ready keys for each stage, and a timer for those that wait."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from engine.seam import Handler, Wake

log = logging.getLogger("overheard.engine")

LONGEST_RETRY = timedelta(seconds=60)


class EmbeddedEngine:
    """Keys are woken in order of arrival. A handler that raises is tried again with a doubling pause."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._ready: dict[str, dict[str, None]] = {}
        self._running: set[Wake] = set()
        self._timers: dict[Wake, tuple[datetime, asyncio.TimerHandle]] = {}
        self._early: list[tuple[Wake, datetime]] = []
        self._failures: Counter[Wake] = Counter()
        self._limits: Mapping[str, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._turn = asyncio.Event()

    def wake(self, wakes: Sequence[Wake], at: datetime | None = None) -> None:
        """Let keys run soon or at a moment; before ``run`` it only remembers them."""
        if self._loop is None or _in(self._loop):
            self._wake(wakes, at)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, list(wakes), at)

    async def run(self, handlers: Mapping[str, Handler], limits: Mapping[str, int], stopping: asyncio.Event) -> None:
        """Run until ``stopping``; then finish what is in hand. A handler's defect is logged, never swallowed."""
        self._loop, self._limits = asyncio.get_running_loop(), limits
        for wake, at in self._early:
            self._wake([wake], at)
        stop = asyncio.create_task(stopping.wait())
        try:
            async with asyncio.TaskGroup() as tasks:
                while not stopping.is_set():
                    self._news.clear()
                    for wake in self._takeable(handlers):
                        self._running.add(wake)
                        tasks.create_task(self._one(handlers[wake[0]], wake), name=":".join(wake))
                    news = asyncio.create_task(self._news.wait())
                    await asyncio.wait({news, stop}, return_when=asyncio.FIRST_COMPLETED)
                    news.cancel()
        finally:
            stop.cancel()
            for _, timer in self._timers.values():
                timer.cancel()

    async def drained(self) -> None:
        """Returns once nothing runs and nothing is ready; keys that wait for a moment do not count."""
        while self._running or any(self._ready.values()):
            self._turn.clear()
            await self._turn.wait()

    def _takeable(self, handlers: Mapping[str, Handler]) -> list[Wake]:
        """Ready keys, as many of each stage as may run; a key that runs already stays ready for another turn."""
        taken: list[Wake] = []
        running = Counter(stage for stage, _ in self._running)
        for stage in handlers:
            room = self._limits.get(stage, 1) - running[stage]
            ready = self._ready.get(stage, {})
            free = (key for key in ready if (stage, key) not in self._running)
            for key in list(islice(free, max(room, 0))):
                del ready[key]
                taken.append((stage, key))
        return taken

    async def _one(self, handler: Handler, wake: Wake) -> None:
        try:
            again = await handler(wake[1])
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            # Not we were cancelled but something that the handler waited for.
            log.exception("handler was cancelled", extra={"action": wake[0], "key": wake[1]})
            again = self._retry_at(wake)
        except Exception:
            # A defect or a broken database in one key must not stop the others.
            log.exception("handler failed", extra={"action": wake[0], "key": wake[1]})
            again = self._retry_at(wake)
        else:
            self._failures.pop(wake, None)
        self._running.discard(wake)
        if again is not None:
            self._wake([wake], again)
        self._news.set()
        self._turn.set()

    def _retry_at(self, wake: Wake) -> datetime:
        self._failures[wake] += 1
        pause: timedelta = min(LONGEST_RETRY, timedelta(seconds=0.5) * 2 ** min(self._failures[wake], 10))
        return self._clock() + pause

    def _wake(self, wakes: Sequence[Wake], at: datetime | None) -> None:
        for wake in wakes:
            delay = (at - self._clock()).total_seconds() if at else 0.0
            if at and delay > 0:
                self._set_timer(wake, at, delay)
            else:
                self._drop_timer(wake)
                self._ready.setdefault(wake[0], {})[wake[1]] = None
        self._news.set()

    def _set_timer(self, wake: Wake, at: datetime, delay: float) -> None:
        """Keep the earlier of two wishes."""
        if self._loop is None:
            self._early.append((wake, at))
            return
        old = self._timers.get(wake)
        if old and old[0] <= at:
            return
        self._drop_timer(wake)
        self._timers[wake] = (at, self._loop.call_later(delay, self._wake, [wake], None))

    def _drop_timer(self, wake: Wake) -> None:
        if old := self._timers.pop(wake, None):
            old[1].cancel()


def _in(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
