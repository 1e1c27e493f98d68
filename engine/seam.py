"""What an engine is. A lost, doubled or reordered wake-up costs a little time and never correctness."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

Wake = tuple[str, str]
"""A stage and a key."""

Handler = Callable[[str], Awaitable[datetime | None]]
"""Does all the work of a key; returns when it wants to be woken again, or None. Its work is safe to repeat."""


class Stage(StrEnum):
    """The way of a mention, and the clocks."""

    POLL = "poll"
    """By listener."""
    CLASSIFY = "classify"
    """By shard of authors."""
    DECIDE = "decide"
    """By author, so that one person's posts are decided in order."""
    SEND = "send"
    """By sink."""
    RECONCILE = "reconcile"
    """By sink: what may have been sent."""
    TICK = "tick"
    """By the name of a clock."""


class Engine(Protocol):
    """Wakes handlers. The same key of a stage never runs twice at the same time."""

    def wake(self, wakes: Sequence[Wake], at: datetime | None = None) -> None:
        """Let these keys run soon, or at a moment. Safe to call from any thread."""
        ...

    async def run(self, handlers: Mapping[str, Handler], limits: Mapping[str, int], stopping: asyncio.Event) -> None:
        """Run until told to stop, then finish what is in hand. ``limits``: how many keys of a stage run at once."""
        ...
