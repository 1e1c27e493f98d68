"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.build import NOW


class FakeClock:
    """Call it for the time; ``forward(minutes=5)`` moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> datetime:
        """Move on by a timedelta's arguments; returns the new time."""
        self.now += timedelta(**step)
        return self.now
