"""Phrases that speak of danger to somebody, from the lexicons in ``classifiers/lexicon/danger``, beside the model."""

from __future__ import annotations

from functools import cache

from classifiers.phrases import FOLDER, Lexicons
from models.assessment import Danger

CATEGORIES = ("self_harm", "violence", "fire_or_injury", "minor_at_risk", "emergency_line")


def find_danger(text: str) -> tuple[Danger, ...]:
    """What any language finds in any text, in the order of the lexicons; evidence is the matched words, folded."""
    return tuple(Danger(*found) for found in lexicons().find(text))


@cache
def lexicons() -> Lexicons:
    """Read on first use."""
    return Lexicons.of(FOLDER / "danger", CATEGORIES)
