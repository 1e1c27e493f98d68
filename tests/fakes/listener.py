"""A listener without a network: it hands over what its script says."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from listeners.base import Spend
from models.check import Fault
from models.errors import EdgeError
from models.mention import Batch


class FakeListener:
    """``answers`` are handed over in turn, after them empty pages; an Event among them is waited for until it is set.

    ``cursors`` and ``spent`` are those that it was polled with, ``cancelled`` counts the polls that were broken off.
    """

    Settings: Any = None
    manifest = None
    check_is_free = True

    def __init__(self, *answers: Batch | EdgeError | asyncio.Event, faults: tuple[Fault, ...] = ()) -> None:
        self.answers: list[Batch | EdgeError | asyncio.Event] = [*answers]
        self.faults = faults
        self.cursors: list[str | None] = []
        self.spent: list[Spend] = []
        self.cancelled = 0
        self.polling = asyncio.Event()

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """The next answer."""
        self.cursors.append(cursor)
        self.spent.append(spent)
        self.polling.set()
        answer = self.answers.pop(0) if self.answers else Batch(cursor=cursor)
        if isinstance(answer, asyncio.Event):
            await self._hold(answer)
            answer = Batch(cursor=cursor)
        if isinstance(answer, EdgeError):
            raise answer
        return answer

    async def check(self) -> list[Fault]:
        """The faults of the script."""
        return [*self.faults]

    async def aclose(self) -> None:
        """Nothing to let go of."""

    async def _hold(self, until: asyncio.Event) -> None:
        try:
            await until.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
