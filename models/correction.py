"""What people say that the model should have said, and whether a person needed to see a post at all.

A verdict is never guessed from a label: only the flag ``needed`` counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from models.assessment import LABELS, Head
from models.errors import CorrectionError


@dataclass(frozen=True, slots=True)
class Correction:
    """One person's word on a mention: the heads that they corrected, and ``needed`` where they gave a verdict.

    Raises CorrectionError where a label is not one of its head, or where nothing is said.
    """

    mention_id: str
    at: datetime
    by: str
    labels: Mapping[Head, str]
    needed: bool | None = None

    def __post_init__(self) -> None:
        for head, label in self.labels.items():
            if label not in LABELS[head]:
                raise CorrectionError(f'{head}: "{label}" is not a label; allowed: {", ".join(LABELS[head])}')
        if not self.labels and self.needed is None:
            raise CorrectionError("nothing is corrected: give a label, or say whether a person needed to see it")


@dataclass(frozen=True, slots=True)
class CorrectedPost:
    """A post with what people said of it, the last word on each head, beside what the model had said.

    ``labels`` holds corrected heads only; ``p`` the stored probability of every label, for each head that answered.
    """

    mention_id: str
    brand: str
    channel: str
    lang: str
    text: str
    posted_at: datetime
    labels: dict[Head, str]
    p: dict[Head, dict[str, float]]
    needed: bool | None
