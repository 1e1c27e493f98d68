"""Values for tests: one of each kind with good defaults, and what a test is about as arguments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from models.assessment import LABELS, Assessment, Finding, Head
from models.mention import Author, Mention
from models.settings import Settings

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ANNA = Author(id="7", handle="anna_l", name="Anna Lind", followers=120)

_SETTINGS: Mapping[str, Any] = {
    "brands": {"kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"]}},
    "listeners": {"sample": {"kind": "jsonl", "path": "mentions.jsonl"}},
    "responders": {"console": {"kind": "console"}},
}


def mention(**changes: Any) -> Mention:
    """A post of Anna's on X about Kestrelo."""
    values: dict[str, Any] = {
        "channel": "x",
        "external_id": "1900",
        "author": ANNA,
        "text": "My Kestrelo line is dead since noon and nobody answers.",
        "posted_at": NOW,
        "brand": "kestrelo",
        "url": "https://x.com/anna_l/status/1900",
    }
    return Mention(**values | changes)


def finding(head: Head, label: str, p: float = 0.9) -> Finding:
    """A head's answer: ``p`` for the label, the rest shared among the others."""
    others = (1 - p) / (len(LABELS[head]) - 1)
    return Finding(head, {one: p if one == label else others for one in LABELS[head]}, "test-1")


def assessment(
    intent: str = "problem",
    urgency: str = "high",
    p: float = 0.9,
    sentiment: str = "negative",
    sensitive: str = "none",
    churn: str = "no",
    **more: Any,
) -> Assessment:
    """What the model says, each head with probability ``p`` for its label; ``more`` are fields of Assessment."""
    labels = {
        Head.INTENT: intent,
        Head.SENTIMENT: sentiment,
        Head.URGENCY: urgency,
        Head.SENSITIVE: sensitive,
        Head.CHURN: churn,
    }
    values: dict[str, Any] = {"findings": {head: finding(head, label, p) for head, label in labels.items()}}
    return Assessment(**values | {"lang": "en"} | more)


def settings(**toml: Any) -> Settings:
    """The least settings that hold, with top-level tables replaced, such as ``replies={"mode": "on"}``."""
    return Settings.model_validate({**_SETTINGS, **toml})
