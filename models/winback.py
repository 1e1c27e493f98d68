"""Somebody who is leaving: whether the lane works on it or it is left to the ordinary way, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.decision import Arm


class WinbackOutcome(StrEnum):
    """Whether they stayed, as far as anybody knows."""

    RETAINED = "retained"
    LOST = "lost"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WinbackCase:
    """A case of somebody who was leaving. ``due_at`` is when it is asked (again) how it ended."""

    case_id: str
    brand: str
    channel: str
    arm: Arm
    opened_at: datetime
    due_at: datetime
    outcome: WinbackOutcome | None = None
    outcome_at: datetime | None = None
    by: str = ""
