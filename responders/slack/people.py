"""Knows people's names by their ids. It does without a name that Slack does not tell in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from models.errors import EdgeError
from models.press import Person
from responders.escape import line
from responders.slack.web import SlackWeb

PATIENCE = 0.7
"""Seconds that one question may take."""
KEPT, MISSED = 86_400.0, 600.0
"""Seconds that a name is kept, and that one is not asked for again after a failure."""
MOST = 2000


class People:
    """Names, asked for once a day each."""

    def __init__(self, web: SlackWeb, clock: Callable[[], float] = time.monotonic) -> None:
        self._web = web
        self._clock = clock
        self._names: dict[str, tuple[float, str]] = {}

    async def named(self, person: Person) -> Person:
        """The person by the whole name; else by the one that is known."""
        until, name = self._names.get(person.id, (0.0, ""))
        if self._clock() >= until:
            name = await self._ask(person.id)
            if len(self._names) >= MOST:
                self._names.clear()
            self._names[person.id] = (self._clock() + (KEPT if name else MISSED), name)
        return Person(person.id, name or line(person.name, 80))

    async def _ask(self, number: str) -> str:
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._web.read("users.info", number, user=number)
        except (EdgeError, TimeoutError):
            return ""
        user = answer.get("user") or {}
        profile = user.get("profile") or {}
        names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"), user.get("name"))
        return next((line(name, 80) for name in names if isinstance(name, str) and name.strip()), "")
