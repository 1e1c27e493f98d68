"""Whether the daemon does its work: /healthz fails when something waits and no stage comes to an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.store.figures import Figures


@dataclass(frozen=True, slots=True)
class Health:
    """``ok`` and why not, in words."""

    ok: bool
    why: str


def health(figures: Figures, last_progress: datetime, stalled_after: timedelta, now: datetime) -> Health:
    """Judge by the longest wait and the last progress: a long queue that moves is healthy."""
    waited = now - figures.oldest_wait if figures.oldest_wait else timedelta(0)
    still = now - last_progress
    if waited > stalled_after and still > stalled_after:
        return Health(False, f"work has waited {waited.seconds} s and nothing was done for {still.seconds} s")
    return Health(True, "ok")
