"""What happens by the clock. Each clock's work may be repeated without harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.parents import Parents
from engine.recheck import Recheck
from engine.seam import Wake
from engine.sweep import sweep
from insights import digest
from listeners.poller import Poller
from models.settings import Settings
from models.settings.sections import Target
from models.store import Store, contacts, privacy, reach, switches
from responders import surveying
from responders.desk import winbacks
from responders.escalate import escalate, wake
from responders.hand_over import hand_over
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
            "escalate": self._escalate,
            "hand_over": self._hand_over,
            "purge": self._purge,
            "digest": self._digest,
            "weekly": self._weekly,
            "surveys": self._surveys,
            "numbers": self._numbers,
            "switches": self._switches,
            "winback": self._winback,
            "recheck": Recheck(
                store, pollers, settings.conversation.recheck_budget, settings.version, operator, clock
            ).tick,
            "parents": Parents(store, settings, pollers, clock).tick,
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

    async def _escalate(self) -> None:
        while await self._store.run(wake, self._rules_for, self._clock()):
            pass
        await self._store.run(escalate, self._rules_for, self._clock())

    async def _hand_over(self) -> None:
        await self._store.run(hand_over, self._settings, self._rules_for, self._clock())

    async def _purge(self) -> None:
        keep = self._settings.store
        # In portions, so that other work is never held up for long.
        while await self._store.run(privacy.purge, keep.keep_mentions, keep.keep_cases, self._clock()):
            pass
        await self._store.run(reach.retire, self._settings.callback, self._settings.surveys, self._clock())

    async def _surveys(self) -> None:
        await self._store.run(surveying.ask, self._settings, self._clock())

    async def _numbers(self) -> None:
        while await self._store.run(contacts.erase_due, self._clock()):
            pass

    async def _switches(self) -> None:
        # A code lives on after its case was closed; a switch that nothing has moved for so long leads nowhere.
        while await self._store.run(switches.expire, self._settings.callback.code_lasts, self._clock()):
            pass

    async def _winback(self) -> None:
        await self._store.run(winbacks.remind, self._settings, self._rules_for, self._clock())

    async def _digest(self) -> None:
        await self._tell(digest.DAY)

    async def _weekly(self) -> None:
        await self._tell(digest.WEEK)

    async def _tell(self, span: timedelta) -> None:
        zone = ZoneInfo(self._settings.calendar.timezone)
        await self._store.run(digest.tell, self._operator, span, zone, self._clock())
