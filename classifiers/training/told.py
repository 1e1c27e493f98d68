"""What came of a training, as tables for a lead."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evaluation.sheet import Sheet
from classifiers.training.card import change, parts_of
from classifiers.training.retrain import Outcome
from classifiers.training.verdict import FEW, RULE


def sheets(outcome: Outcome) -> Iterator[Sheet]:
    """The figures of old and new, then what the rule says of them."""
    yield Sheet(
        f"{outcome.new.version}, made from {outcome.base.version}, compared with {outcome.old.version}",
        notes=(
            f"{parts_of(outcome)}.",
            *(f"{head} was not trained: {why}." for head, why in outcome.untaught.items()),
            *_cautions(outcome),
        ),
    )
    rows = [
        (
            row.of, row.figure, f"{row.positives}", f"{row.old * 100:.1f}", f"{row.new * 100:.1f}", change(row.change),
        )
        for row in outcome.rows
    ]  # fmt: skip
    yield Sheet(
        "The old and the new version on the kept posts, in percent",
        ("of", "figure", "true", "old", "new", "change, 95 % interval"),
        rows,
        ("Nothing of the new version was fitted to the post that it is measured on.",),
        left=frozenset({0, 1}),
    )
    before, after = outcome.remembered
    known = [
        (head.value, f"{value * 100:.1f}", f"{after.macro_f1[head] * 100:.1f}")
        for head, value in before.macro_f1.items()
    ]
    if before.urgent is not None and after.urgent is not None:
        known.append(("grave posts called urgent", f"{before.urgent * 100:.1f}", f"{after.urgent * 100:.1f}"))
    yield Sheet("What it knew before: macro-F1 on invented posts", ("head", "old", "new"), known, (RULE,))


def _cautions(outcome: Outcome) -> Iterator[str]:
    parts = outcome.parted
    if not parts.fair:
        yield (
            "Only corrections are kept apart. They are mistakes of the old version above all, so the comparison "
            "flatters the new one: add a file of posts that were picked at random and labelled."
        )
    elif len(parts.measured) < FEW:
        yield f"With {len(parts.measured)} kept posts only a large loss can be told from chance: label more."
