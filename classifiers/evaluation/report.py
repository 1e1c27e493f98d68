"""All figures of an evaluation: of the whole, of each channel, brand and language, and what was confused with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from classifiers.evaluation import scores
from classifiers.evaluation.arrays import Ints, Judged
from classifiers.evaluation.figures import Figures, ThresholdsOf, figures
from classifiers.evaluation.intervals import RESAMPLES, SEED
from classifiers.evaluation.labelled import BadLine
from models.assessment import LABELS, Head

LEAST = 20
"""A part with fewer posts says nothing."""
WORST = 10
PARTS = ("channel", "brand", "lang")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A post that a head got wrong, without its words: ``at`` is where it stands among the posts."""

    at: int
    id: str
    truth: str
    guess: str
    p: float


@dataclass(frozen=True, slots=True)
class Report:
    """``parts`` has ``channel``, ``brand`` and ``lang``, each by name; ``confusion`` has the truth in its rows."""

    version: str
    whole: Figures
    parts: Mapping[str, Mapping[str, Figures]]
    confusion: Mapping[str, list[list[int]]]
    reliability: Mapping[str, list[scores.Bin]]
    worst: Mapping[str, list[Mistake]]
    bad_lines: Sequence[BadLine] = ()

    def as_json(self) -> dict[str, Any]:
        """Every number; of posts only their ids."""
        labels = {head.value: list(labels) for head, labels in LABELS.items() if head.value in self.whole.heads}
        intervals = f"95 %, {RESAMPLES} resamples of the posts, seed {SEED}"
        return {"intervals": intervals, "labels": labels, **asdict(self)}


def report(judged: Judged, thresholds_of: ThresholdsOf, version: str = "", bad_lines: Sequence[BadLine] = ()) -> Report:
    """Work it all out; takes seconds for thousands of posts."""
    known = [head for head in LABELS if len(judged.known(head))]
    return Report(
        version=version,
        whole=figures(judged, thresholds_of),
        parts={key: _parts(judged, key, thresholds_of) for key in PARTS},
        confusion={head.value: _confusion(judged, head) for head in known},
        reliability={head.value: _reliability(judged, head) for head in known},
        worst={head.value: worst(judged, head) for head in known},
        bad_lines=bad_lines,
    )


def worst(judged: Judged, head: Head, most: int = WORST) -> list[Mistake]:
    """The mistakes that the head was surest of, the surest first."""
    known = judged.known(head)
    truth, guess = judged.truth[head][known], judged.guess[head][known]
    sure = judged.p[head][known, guess]
    wrong = np.flatnonzero(guess != truth)
    order = wrong[np.argsort(-sure[wrong], kind="stable")][:most]
    names = LABELS[head]
    return [
        Mistake(
            int(known[at]), judged.posts[known[at]].id, names[truth[at]], names[guess[at]], round(float(sure[at]), 4)
        )
        for at in order
    ]


def _parts(judged: Judged, key: str, thresholds_of: ThresholdsOf) -> dict[str, Figures]:
    """By name, the largest first; nothing where all posts are of one part, as that is the whole."""
    index: dict[str, list[int]] = {}
    for at, post in enumerate(judged.posts):
        index.setdefault(getattr(post, key), []).append(at)
    large = sorted((part for part in index.items() if len(part[1]) >= LEAST), key=lambda part: -len(part[1]))
    if len(index) < 2:
        return {}
    return {name or "(none)": figures(judged.part(_ints(rows)), thresholds_of) for name, rows in large}


def _ints(rows: Sequence[int]) -> Ints:
    return np.array(rows, dtype=np.int64)


def _confusion(judged: Judged, head: Head) -> list[list[int]]:
    known = judged.known(head)
    counts = scores.confusion(judged.truth[head][known], judged.guess[head][known], len(LABELS[head]))
    return [[int(count) for count in row] for row in counts]


def _reliability(judged: Judged, head: Head) -> list[scores.Bin]:
    known = judged.known(head)
    return scores.reliability(judged.truth[head][known], judged.p[head][known])
