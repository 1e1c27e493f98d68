"""Reads an assessment against the thresholds: which questions are answered yes, and which are in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.assessment import Assessment, Head
from models.decision import Reason
from models.settings.sections import Thresholds

NEEDS_NOBODY = ("broadcast", "unrelated", "opinion", "praise")


@dataclass(frozen=True, slots=True)
class Reading:
    """``p`` holds the probability behind each threshold; ``yes`` and ``doubt`` are names of thresholds."""

    p: Mapping[str, float]
    yes: frozenset[str]
    doubt: frozenset[str]
    failed: bool
    unknown_language: bool

    @property
    def unsure(self) -> bool:
        """Whether something that matters to a person's safety or data could not be judged for certain."""
        return self.failed or self.unknown_language or bool(self.doubt & {"urgent", "critical", "private", "churn"})


def read(assessment: Assessment, thresholds: Thresholds) -> Reading:
    """Apply every threshold."""
    p = _probabilities(assessment)
    bands = {name: getattr(thresholds, name) for name in p}
    return Reading(
        p=p,
        yes=frozenset(name for name, band in bands.items() if band.holds(p[name])),
        doubt=frozenset(name for name, band in bands.items() if band.doubts(p[name])),
        failed=any(head not in assessment.findings for head in Head),
        unknown_language="language" in assessment.unsure,
    )


def _probabilities(assessment: Assessment) -> dict[str, float]:
    """To six places, as they are kept: 0.7 + 0.1 must reach a threshold of 0.8."""
    none = assessment.p(Head.SENSITIVE, "none")
    shares = {
        "ignore": assessment.p(Head.INTENT, "broadcast", "unrelated"),
        "idle": assessment.p(Head.INTENT, *NEEDS_NOBODY),
        "question": assessment.p(Head.INTENT, "question"),
        "praise": assessment.p(Head.INTENT, "praise"),
        "problem": assessment.p(Head.INTENT, "problem"),
        "negative": assessment.p(Head.SENTIMENT, "negative"),
        "urgent": assessment.p(Head.URGENCY, "high", "critical"),
        "critical": assessment.p(Head.URGENCY, "critical"),
        "private": 1 - none if Head.SENSITIVE in assessment.findings else 0.0,
        "churn": assessment.p(Head.CHURN, "yes"),
    }
    return {name: round(share, 6) for name, share in shares.items()}


def reasons(assessment: Assessment, reading: Reading) -> list[Reason]:
    """Every reason that the post itself gives, the gravest first."""
    holds: list[tuple[bool, Reason]] = [
        (bool(assessment.danger), Reason.DANGER),
        ("critical" in reading.yes, Reason.CRITICAL),
        ("urgent" in reading.yes and "critical" not in reading.yes, Reason.URGENT),
        ("private" in reading.yes, Reason.PRIVATE_DATA),
        ("churn" in reading.yes, Reason.CHURN),
        ("problem" in reading.yes, Reason.PROBLEM),
        ("praise" in reading.yes, Reason.PRAISE),
        ("negative" in reading.yes, Reason.NEGATIVE),
        (bool(assessment.pii), Reason.PII_IN_POST),
        (reading.failed, Reason.CLASSIFIER_FAILED),
        (reading.unknown_language, Reason.UNKNOWN_LANGUAGE),
        (bool(reading.doubt & {"urgent", "critical", "private", "churn"}), Reason.UNSURE),
    ]
    return [reason for held, reason in holds if held]
