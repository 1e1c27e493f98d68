"""What each threshold asks of a post: which head, which of its labels, and what happens to posts above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from classifiers.evaluation.arrays import Bools, Floats, Ints
from models.assessment import LABELS, Head


@dataclass(frozen=True, slots=True)
class Question:
    """``name`` is that of the threshold; the answer is yes where the right label is among ``labels``.

    ``quiet``: above it no person looks, so a wrong yes is what is missed, and a wrong no only a needless look.
    ``doubted``: the policy reads its doubt band.
    """

    name: str
    head: Head
    labels: tuple[str, ...]
    quiet: bool = False
    doubted: bool = False

    @property
    def says(self) -> str:
        """Such as ``Urgency: high or critical``."""
        rest = [label for label in LABELS[self.head] if label not in self.labels]
        said = " or ".join(self.labels) if len(self.labels) <= len(rest) + 2 else f"not {rest[0]}"
        return f"{self.head.value.capitalize()}: {said}"

    def score(self, p: Floats) -> Floats:
        """The probability of yes for rows of the head's probabilities, to six places as the policy reads it."""
        score: Floats = np.round(p[:, self._columns].sum(1), 6)
        return score

    def holds(self, truth: Ints) -> Bools:
        """Whether the answer is yes, for the numbers of the right labels."""
        return np.isin(truth, self._columns)

    @property
    def _columns(self) -> list[int]:
        return [LABELS[self.head].index(label) for label in self.labels]


QUESTIONS: Mapping[str, Question] = {
    question.name: question
    for question in (
        Question("critical", Head.URGENCY, ("critical",), doubted=True),
        Question("urgent", Head.URGENCY, ("high", "critical"), doubted=True),
        Question("private", Head.SENSITIVE, ("account", "payment", "identity", "health_legal"), doubted=True),
        Question("churn", Head.CHURN, ("yes",), doubted=True),
        Question("problem", Head.INTENT, ("problem",)),
        Question("negative", Head.SENTIMENT, ("negative",), doubted=True),
        Question("question", Head.INTENT, ("question",), quiet=True),
        Question("praise", Head.INTENT, ("praise",), quiet=True),
        Question("ignore", Head.INTENT, ("broadcast", "unrelated"), quiet=True),
        Question("idle", Head.INTENT, ("broadcast", "unrelated", "opinion", "praise"), quiet=True),
    )
}
"""By the name of the threshold, the gravest first. ``faq`` is not among them: no label says what it asks."""
