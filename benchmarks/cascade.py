"""Quality against cost of a cascade, by the share of posts that the accurate model reads again.

`python -m benchmarks.cascade --data DATA` reads the held-out brands of `classifiers.training.sets`; DATA is the folder
that training reads (docs/model.md). The cost is what `benchmarks.classify` measures: ``--ratio`` is how many times the
fast model is faster than the accurate one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from classifiers import manifest
from classifiers.cascade import ASKED, DOUBT, depth
from classifiers.evaluation import scores
from classifiers.evaluation.arrays import Bools, Floats, Ints
from classifiers.evaluation.asked import QUESTIONS
from classifiers.linear import has_matrix_units
from classifiers.training import calibration, loop, sets
from classifiers.training.data import Example
from classifiers.training.losses import truth
from classifiers.training.measure import NEEDS
from classifiers.versions import ACCURATE, FAST
from models.assessment import LABELS, Head

SHARES = (0.0, 0.02, 0.04, 0.06, 0.08, 0.10, 0.15, 0.20, 0.30, 0.50, 1.0)

Chances = dict[Head, Floats]


def read(folder: Path, examples: Sequence[Example]) -> tuple[Chances, Mapping[Head, Floats], manifest.Manifest]:
    """What a folder's weights say: calibrated probabilities, and what is added before a label is called."""
    card = manifest.read(folder)
    logits = loop.predict(loop.resume(folder, loop.Recipe()), examples, card.max_len, bf16=has_matrix_units())
    chances = {head: calibration.softmax(logits[head], card.temperatures[head]) for head in LABELS}
    offsets = {head: np.array(card.offsets.get(head, (0.0,) * len(names))) for head, names in LABELS.items()}
    return chances, offsets, card


def doubts(fast: Chances, card: manifest.Manifest) -> Floats:
    """(posts,) how much the fast model doubts what the policy acts on, as ``classifiers.cascade`` counts it."""
    found: Floats = np.zeros(len(fast[Head.INTENT]))
    for name in ASKED:
        band = card.doubt.get(name, DOUBT)
        question = QUESTIONS[name]
        found += [depth(float(p), *band) for p in question.score(fast[question.head])]
    return found


def figures(right: Mapping[Head, Ints], chances: Chances, called: Mapping[Head, Ints]) -> Iterator[float]:
    """Macro-F1 of intent and sentiment, AUC and F1 of urgent and private, F1 of churn, recall of critical."""
    for head in (Head.INTENT, Head.SENTIMENT):
        yield scores.macro_f1(right[head], called[head])
    for head in (Head.URGENCY, Head.SENSITIVE):
        wanted = right[head] >= NEEDS[head]
        yield scores.auc(wanted, chances[head][:, NEEDS[head] :].sum(1))
        yield scores.f1(wanted, called[head] >= NEEDS[head])
    yield scores.macro_f1(right[Head.CHURN], called[Head.CHURN])
    critical = right[Head.URGENCY] == 3
    yield float((called[Head.URGENCY][critical] == 3).mean())


def merged(again: Bools, fast: Mapping[Head, Floats], accurate: Mapping[Head, Floats]) -> Chances:
    """The mean of both where ``again``, else what the fast one says."""
    return {head: np.where(again[:, None], (accurate[head] + fast[head]) / 2, fast[head]) for head in LABELS}


def main() -> None:
    """Prints the curve for both held-out parts together."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--fast", type=Path, default=FAST)
    options.add_argument("--accurate", type=Path, default=ACCURATE)
    options.add_argument("--ratio", type=float, default=6.0, help="how many times the fast model is faster")
    asked = options.parse_args()
    parts = sets.read(asked.data, 0, 7).parts
    examples = [*parts.development, *parts.final]
    right = truth(examples)
    fast, fast_shifts, card = read(asked.fast, examples)
    accurate, accurate_shifts, _ = read(asked.accurate, examples)
    doubt = doubts(fast, card)
    order = np.argsort(-doubt, kind="stable")
    print(f"{len(examples)} posts, of which {np.mean(doubt > 0):.0%} are in a band of doubt\n")
    print("| read again | cost | intent | sentiment | urgent AUC | F1 | private AUC | F1 | churn | critical |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for share in SHARES:
        again = np.zeros(len(examples), dtype=bool)
        again[order[: round(share * len(examples))]] = True
        chances = merged(again, fast, accurate)
        shifts = {
            head: fast_shifts[head] + again[:, None] * (accurate_shifts[head] - fast_shifts[head]) / 2
            for head in LABELS
        }
        called = {head: (np.log(chances[head] + 1e-12) + shifts[head]).argmax(1) for head in LABELS}
        print(f"| {share:.0%} | {1 + share * asked.ratio:.2f} | {_row(right, chances, called)} |")
    alone = {head: (np.log(accurate[head] + 1e-12) + accurate_shifts[head]).argmax(1) for head in LABELS}
    print(f"| accurate alone | {asked.ratio:.2f} | {_row(right, accurate, alone)} |")


def _row(right: Mapping[Head, Ints], chances: Chances, called: Mapping[Head, Ints]) -> str:
    return " | ".join(f"{figure:.3f}" for figure in figures(right, chances, called))


if __name__ == "__main__":
    main()
