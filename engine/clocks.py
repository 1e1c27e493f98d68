"""What happens by the clock. Each clock's work may be repeated without harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from engine.seam import Wake
from engine.sweep import sweep
from insights.digest import digest
from listeners.poller import Poller
from models.notice import tell
from models.settings import Settings
from models.settings.sections import Target
from models.store import Store, figures, privacy
from responders.nudge import nudge
from responders.rules import RulesFor


class Clocks:
    """The tick stage: a handler of a clock's name."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        pollers: Sequence[Poller],
        rules_for: RulesFor,
        wake: Callable[[Sequence[Wake]], None],
        operator: Target | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._store = store
        self._pollers = pollers
        self._rules_for = rules_for
        self._wake = wake
        self._operator = operator
        self._clock = clock
        self._work: Mapping[str, Callable[[], Awaitable[None]]] = {
            "sweep": self._sweep,
            "silence": self._silence,
            "nudge": self._nudge,
            "purge": self._purge,
            "digest": self._digest,
        }

    async def handle(self, name: str) -> datetime | None:
        """Do the work of a clock."""
        await self._work[name]()
        return None

    async def _sweep(self) -> None:
        self._wake(await self._store.run(sweep, self._clock()))

    async def _silence(self) -> None:
        for poller in self._pollers:
            await poller.silence(self._clock())

    async def _nudge(self) -> None:
        await self._store.run(nudge, self._rules_for, self._settings.calendar.nudge_after, self._clock())

    async def _purge(self) -> None:
        keep = self._settings.store
        # In portions, so that other work is never held up for long.
        while await self._store.run(privacy.purge, keep.keep_mentions, keep.keep_cases, self._clock()):
            pass

    async def _digest(self) -> None:
        now = self._clock()
        text = digest(await self._store.run(figures.figures, now))
        await self._store.run(tell, self._operator, text, "digest", f"{now:%Y-%m-%d}", now)
