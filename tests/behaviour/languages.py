"""The figures of the posts in ``tests/data/languages.jsonl``, language by language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from classifiers.evaluation import scores
from classifiers.evaluation.labelled import Labelled, read
from models.assessment import LABELS, Head
from tests.behaviour.asking import see
from tests.behaviour.checklist import Written

FILE = Path(__file__).parents[1] / "data" / "languages.jsonl"


def posts() -> dict[str, list[Labelled]]:
    """The labelled posts by language; raises ``ValueError`` at a bad line."""
    found: dict[str, list[Labelled]] = {}
    for line in read(FILE.read_bytes().splitlines()):
        if not isinstance(line, Labelled):
            raise ValueError(f"{FILE.name}, line {line.line}: {line.fault}")
        found.setdefault(line.lang, []).append(line)
    return found


@cache
def figures() -> Mapping[str, Mapping[str, float]]:
    """By language: sentiment's macro-F1, and the area under the curve of urgent, private and churn."""
    return {lang: _figures(rows) for lang, rows in posts().items()}


def _figures(rows: list[Labelled]) -> dict[str, float]:
    seen = see([Written(row.text, row.brand) for row in rows])
    answers = [seen[Written(row.text, row.brand)] for row in rows]
    labels = LABELS[Head.SENTIMENT]
    right = np.array([labels.index(row.truth[Head.SENTIMENT]) for row in rows])
    called = np.array([labels.index(answer.labels["sentiment"]) for answer in answers])
    needs = {
        "urgent": [row.truth[Head.URGENCY] in ("high", "critical") for row in rows],
        "private": [row.truth[Head.SENSITIVE] != "none" for row in rows],
        "churn": [row.truth[Head.CHURN] == "yes" for row in rows],
    }
    return {"sentiment": scores.macro_f1(right, called)} | {
        name: scores.auc(np.array(needed), np.array([answer.p[name] for answer in answers]))
        for name, needed in needs.items()
    }
