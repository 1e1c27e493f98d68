"""What the classifiers say about a mention: five heads of probabilities, and what plain rules found beside them.

The labels are defined in ``docs/labels.md``. Thresholds are not applied here: they belong to the policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Head(StrEnum):
    """One question that is asked of every post."""

    INTENT = "intent"
    SENTIMENT = "sentiment"
    URGENCY = "urgency"
    SENSITIVE = "sensitive"
    CHURN = "churn"


LABELS: Mapping[Head, tuple[str, ...]] = {
    Head.INTENT: ("problem", "question", "praise", "opinion", "broadcast", "unrelated"),
    Head.SENTIMENT: ("negative", "neutral", "positive"),
    Head.URGENCY: ("low", "normal", "high", "critical"),
    Head.SENSITIVE: ("none", "account", "payment", "identity", "health_legal"),
    Head.CHURN: ("no", "yes"),
}
"""The labels of each head, in the order of the network's outputs. Urgency is ordinal."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One head's answer for one post: a calibrated probability for every label of the head, summing to 1.

    ``called`` is the label to show where the model has a rule for that, such as one that favours rare labels.
    """

    head: Head
    p: Mapping[str, float]
    version: str
    called: str = ""

    @property
    def label(self) -> str:
        """The label that was called, else the most probable one."""
        return self.called or max(self.p, key=lambda label: self.p[label])

    @property
    def score(self) -> float:
        """The probability of that label."""
        return self.p[self.label]


@dataclass(frozen=True, slots=True)
class Pii:
    """A piece of private data that the post itself gives away: its kind and where it stands (code points)."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Danger:
    """A phrase that speaks of danger to somebody: its category in the lexicon and the words that matched."""

    category: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that is known about a post before anybody decides.

    ``unsure`` names what could not be judged: a head that failed, or ``language`` where the model was never trained
    on the post's language. Whoever decides must then leave it to a person. ``relevance`` is how likely the post is
    about the brand and not about something else of its name, 0 to 1; None where the brand does not say what it is.
    """

    findings: Mapping[Head, Finding] = field(default_factory=dict)
    pii: tuple[Pii, ...] = ()
    danger: tuple[Danger, ...] = ()
    lang: str = ""
    unsure: tuple[str, ...] = ()
    relevance: float | None = None

    def p(self, head: Head, *labels: str) -> float:
        """The probability that the head's answer is one of ``labels``; 0 where the head failed."""
        finding = self.findings.get(head)
        return sum(finding.p[label] for label in labels) if finding else 0.0

    def label(self, head: Head) -> str:
        """The head's label, or an empty string where the head failed."""
        finding = self.findings.get(head)
        return finding.label if finding else ""

    @property
    def version(self) -> str:
        """Every version that took part, for the record."""
        return " ".join(sorted({finding.version for finding in self.findings.values()}))
