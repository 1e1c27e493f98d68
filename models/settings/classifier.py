"""The table of the triage model: which weights, how much at once, and other models for single heads."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, field_validator

from models.assessment import LABELS, Head
from models.settings.types import Share, Table


class HeadModel(Table):
    """Another model for one head."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, protected_namespaces=())

    model: str = Field(description="A Hugging Face id or a local folder with a sequence-classification model.")
    revision: str = Field("main", description="The model's commit, so that it cannot change under us.")
    labels: dict[str, str] = Field(description='The model\'s label names and ours: { NEG = "negative", … }.')
    max_tokens: int = Field(128, ge=8, le=512, description="Longer texts are cut here.")


class ClassifierSettings(Table):
    """The triage model."""

    mode: Literal["fast", "accurate", "cascade"] = Field(
        "fast",
        description="fast or accurate: one model reads all; cascade: the accurate one reads what the fast one doubts.",
    )
    weights: Path | None = Field(
        None,
        description="A folder with other fast weights, or with versions of them from `train`; "
        "the shipped ones by default.",
    )
    accurate: Path | None = Field(
        None, description="A folder with other accurate weights; the shipped ones by default."
    )
    reread: Share = Field(
        0.30, description="With mode cascade, the share of a batch that the accurate model reads at most, rounded up."
    )
    batch: int = Field(32, ge=1, le=512, description="Posts a pass through the model at most.")
    threads: int = Field(0, ge=0, le=256, description="Processor threads for the model; 0 means all.")
    heads: dict[Head, HeadModel] = Field(default_factory=dict, description="Another model for a head.")

    @field_validator("heads")
    @classmethod
    def _known_labels(cls, heads: dict[Head, HeadModel]) -> dict[Head, HeadModel]:
        for head, other in heads.items():
            unknown = set(other.labels.values()) - set(LABELS[head])
            if unknown:
                allowed = ", ".join(LABELS[head])
                raise ValueError(f"{head}: unknown label {', '.join(sorted(unknown))}; allowed: {allowed}")
        return heads
