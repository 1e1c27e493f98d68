"""Whether the daemon does its work: /healthz fails when something waits for a stage and that stage does nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.progress import Progress
from models.store.figures import Figures


@dataclass(frozen=True, slots=True)
class Health:
    """``ok`` and why not, in words."""

    ok: bool
    why: str


def health(figures: Figures, progress: Progress, stalled_after: timedelta, now: datetime) -> Health:
    """Judge each stage by its longest wait and its last progress: a long queue that moves is healthy."""
    for stage, since in sorted(figures.waits.items()):
        waited, still = now - since, now - progress.last(stage)
        if waited > stalled_after and still > stalled_after:
            seconds = (stage, waited.total_seconds(), still.total_seconds())
            return Health(False, "{}: work has waited {:.0f} s and nothing was done for {:.0f} s".format(*seconds))
    return Health(True, "ok")
