"""When each stage last did a piece of work to its end: a long queue that moves is healthy, one that stands is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime


class Progress:
    """Stages report here; what has not reported yet counts from the start."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._start = clock()
        self._last: dict[str, datetime] = {}

    def made(self, stage: str) -> None:
        """A piece of work of a stage came to its end just now."""
        self._last[stage] = self._clock()

    def last(self, stage: str) -> datetime:
        """When that was last."""
        return self._last.get(stage, self._start)
