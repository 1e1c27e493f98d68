"""What ``limits.toml`` allows: the highest failure rate of each capability and the lowest figures of each language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import tomli_w

from tests.behaviour.asking import Result

FILE = Path(__file__).parent / "limits.toml"
MARGIN = 0.03
"""Other processors round otherwise, and a post near the line may fall on its other side; of few posts, two may."""
SIXTY = 0.05
"""The margin of a language, of which there are sixty posts: two that are called otherwise move macro-F1 by so much."""

HEAD = """\
# Written by `python -m tests.behaviour.report --calibrate`. A limit is tightened by hand or by better weights, and
# loosened only with a reason in the commit.

"""

Limits = Mapping[str, Mapping[str, Mapping[str, float]]]


def load() -> Limits:
    """``checklist`` and ``languages``, by name."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def calibrate(results: tuple[Result, ...], languages: Mapping[str, Mapping[str, float]]) -> None:
    """Write what is measured now, and limits a margin away from it."""
    rows = {
        result.capability.name: {
            "measured": round(result.rate, 3),
            "allowed": round(min(1.0, result.rate + max(MARGIN, 2 / result.cases)), 3),
        }
        for result in results
    }
    floors = {
        lang: {name: round(value - SIXTY, 3) for name, value in values.items()} for lang, values in languages.items()
    }
    FILE.write_text(HEAD + tomli_w.dumps({"checklist": rows, "languages": floors}), encoding="utf-8")
