"""How good a folder of weights is by brand, by source and by length, on the brands that training never saw.

`python -m benchmarks.slices --data DATA [--weights FOLDER]`; DATA is the folder that training reads (docs/model.md).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.cascade import Chances, read
from classifiers.evaluation import scores
from classifiers.evaluation.arrays import Bools, Ints
from classifiers.text import own_key
from classifiers.training import sets
from classifiers.training.data import Example
from classifiers.training.losses import truth
from classifiers.training.measure import NEEDS
from classifiers.versions import FAST
from models.assessment import Head

FEW = 25
"""Smaller groups are put together as "others"."""
LENGTHS = ((80, "under 80 characters"), (140, "80 to 139"), (10**9, "140 and more"))
ACCURACY = (Head.INTENT, Head.SENTIMENT)
AUC = (Head.URGENCY, Head.SENSITIVE)


def source_of(example: Example) -> str:
    """The public set, without how the post was drawn from it."""
    return example.source.rpartition(":")[2].split("_")[0]


def length_of(example: Example) -> str:
    """Which third or so."""
    return next(name for most, name in LENGTHS if len(example.text) < most)


def groups(names: Sequence[str]) -> dict[str, Bools]:
    """Which posts are in each group, the largest first."""
    found: dict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(names):
        found[name].append(at)
    small = [at for rows in found.values() if len(rows) < FEW for at in rows]
    large = {name: rows for name, rows in found.items() if len(rows) >= FEW}
    ordered = sorted(large.items(), key=lambda pair: -len(pair[1])) + ([("others", small)] if small else [])
    return {name: np.isin(np.arange(len(names)), rows) for name, rows in ordered}


def row(rows: Bools, right: Mapping[Head, Ints], chances: Chances) -> str:
    """The share of right labels for intent and sentiment, and the AUC of what the policy asks."""
    said = [f"{np.mean(chances[head][rows].argmax(1) == right[head][rows]):.0%}" for head in ACCURACY]
    for head in AUC:
        wanted = right[head][rows] >= NEEDS[head]
        mixed = 0 < wanted.sum() < len(wanted)
        said.append(f"{scores.auc(wanted, chances[head][rows][:, NEEDS[head] :].sum(1)):.2f}" if mixed else "")
    return " | ".join(said)


def main() -> None:
    """Prints a table for each way to part the posts."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--weights", type=Path, default=FAST)
    asked = options.parse_args()
    parts = sets.read(asked.data, 0, 7).parts
    examples = [*parts.development, *parts.final]
    right, (chances, _, _) = truth(examples), read(asked.weights, examples)
    for title, names in (
        ("brand", [own_key(one.brand) for one in examples]),
        ("source", [source_of(one) for one in examples]),
        ("length", [length_of(one) for one in examples]),
    ):
        print(f"\n| {title} | posts | intent | sentiment | urgent AUC | private AUC |\n|---|--:|--:|--:|--:|--:|")
        for name, rows in groups(names).items():
            print(f"| {name} | {rows.sum()} | {row(rows, right, chances)} |")


if __name__ == "__main__":
    main()
