"""Named places where a test may kill the process, make it raise, or fill the disk. No effect unless asked for.

``FAILPOINT=name:nth`` kills at the nth pass; ``FAILPOINT=name:nth:raise`` raises ``OSError`` instead.
"""

from __future__ import annotations

import errno
import os
import signal
from collections import Counter

NAMES = (
    "poll.fetched",
    "poll.heard",
    "classify.claimed",
    "classify.judged",
    "classify.saved",
    "decide.before_commit",
    "decide.committed",
    "fold.folded",
    "send.claimed",
    "send.sent",
    "send.settled",
    "fold.settled",
    "reconcile.found",
)
"""Every place between fetch and settle; a test walks them all."""

_passes: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Do what ``FAILPOINT`` asks for at this place; nothing otherwise."""
    wanted = os.environ.get("FAILPOINT")
    if not wanted:
        return
    place, nth, action = [*wanted.split(":"), "1", "kill"][:3]
    _passes[name] += 1
    if name != place or _passes[name] != int(nth):
        return
    if action == "raise":
        raise OSError(errno.ENOSPC, f"failpoint {name}")
    os.kill(os.getpid(), signal.SIGKILL)
