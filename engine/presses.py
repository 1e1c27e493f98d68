"""Carries what people press in the responders to the desk, and the answers back, while the house runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime

from responders.base import Interactive, Responder
from responders.desk.desk import Desk

log = logging.getLogger("overheard.daemon")

PAUSE = 30.0
"""Seconds before a responder whose listening failed is tried again."""

Tell = Callable[[str, str], Awaitable[None]]
"""Words to the operator, and their purpose."""


class Presses:
    """Listens to every one of the responders in which people can press."""

    def __init__(self, responders: Mapping[str, Responder], desk: Desk, clock: Callable[[], datetime]) -> None:
        self._responders = {name: one for name, one in responders.items() if isinstance(one, Interactive)}
        self._desk = desk
        self._clock = clock

    @contextlib.asynccontextmanager
    async def listening(self, tell: Tell) -> AsyncIterator[None]:
        """From now to the end of the block; then what is in hand is finished."""
        tasks = [
            asyncio.create_task(self._listen(name, responder, tell), name=f"presses {name}")
            for name, responder in self._responders.items()
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, name: str, responder: Interactive, tell: Tell) -> None:
        async def say(text: str) -> None:
            await tell(text, f"{name} {self._clock():%F %T}")

        while True:
            try:
                await responder.listen(self._desk.handle, say, self._clock)
            except Exception:
                # A responder's defect must not leave people with buttons that nobody hears.
                log.exception("listening failed", extra={"action": "press", "sink": name})
                await asyncio.sleep(PAUSE)
            else:
                return
