"""When a head's probability is enough, and where a channel or a brand differs."""

from __future__ import annotations

from pydantic import Field

from models.settings.types import Band, Table


class Thresholds(Table):
    """When a head's probability is enough; a channel or a brand may override each."""

    ignore: Band = Field(
        Band(at=0.80, doubt=0.35), description="Intent: p(broadcast) + p(unrelated), which nobody needs to see."
    )
    idle: Band = Field(
        Band(at=0.70, doubt=0.0),
        description="Intent: p(broadcast) + p(unrelated) + p(opinion) + p(praise), when nothing grave is in doubt.",
    )
    question: Band = Field(Band(at=0.60, doubt=0.20), description="Intent: p(question).")
    praise: Band = Field(Band(at=0.70, doubt=0.10), description="Intent: p(praise).")
    problem: Band = Field(Band(at=0.50, doubt=0.15), description="Intent: p(problem).")
    negative: Band = Field(Band(at=0.60, doubt=0.10), description="Sentiment: p(negative).")
    urgent: Band = Field(Band(at=0.30, doubt=0.15), description="Urgency: p(high) + p(critical).")
    critical: Band = Field(Band(at=0.25, doubt=0.1), description="Urgency: p(critical).")
    private: Band = Field(Band(at=0.35, doubt=0.15), description="Sensitive: 1 - p(none).")
    churn: Band = Field(Band(at=0.35, doubt=0.2), description="Churn: p(yes).")
    faq: Band = Field(Band(at=0.80, doubt=0.10), description="Likeness of a question to one of the FAQ, 0 to 1.")


class ThresholdOverrides(Table):
    """The thresholds that differ for one channel or brand."""

    ignore: Band | None = None
    idle: Band | None = None
    question: Band | None = None
    praise: Band | None = None
    problem: Band | None = None
    negative: Band | None = None
    urgent: Band | None = None
    critical: Band | None = None
    private: Band | None = None
    churn: Band | None = None
    faq: Band | None = None

    def over(self, base: Thresholds) -> Thresholds:
        """``base`` with what is set here."""
        return base.model_copy(update={name: band for name, band in self if band is not None})
