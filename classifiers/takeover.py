"""Words that say that a stranger has the author's account, number or card, beside the model.

Such posts are rare and short, so the model knows too few of their wordings, and a missed one costs most.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from classifiers.phrases import FOLDER, Lexicons
from models.assessment import Finding, Head

CATEGORIES = ("account", "money")
SHARES: Mapping[str, float] = {"low": 0.02, "normal": 0.04, "high": 0.24, "critical": 0.70}
"""How urgent people found such posts: of the 42 among our labelled ones 31 are critical, 10 high and 1 is low
(one added to each count).
"""
OWN = 0.3
"""The author has to speak of a problem or ask: p(problem) + p(question) of this and more. It is little, for in other
languages the model is less sure of intent.
"""


def heed(text: str, found: Mapping[Head, Finding]) -> Mapping[Head, Finding]:
    """The findings, with ``SHARES`` as urgency where the words are there and the model sees less in them."""
    if not {Head.INTENT, Head.URGENCY} <= found.keys():
        return found
    intent, urgency = found[Head.INTENT].p, found[Head.URGENCY]
    if intent["problem"] + intent["question"] < OWN or urgency.p["critical"] >= SHARES["critical"]:
        return found
    if not lexicons().find(text):
        return found
    return {**found, Head.URGENCY: Finding(Head.URGENCY, SHARES, f"{urgency.version}+takeover", "critical")}


@cache
def lexicons() -> Lexicons:
    """Read on first use."""
    return Lexicons.of(FOLDER / "takeover", CATEGORIES)
