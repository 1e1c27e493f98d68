"""What training makes small."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers import network
from classifiers.training.data import MISSING, UNLABELLED, Example
from classifiers.training.loop import Recipe
from classifiers.training.losses import loss, truth
from models.assessment import LABELS, Head


def example(soft: float | None = None, **labels: int) -> Example:
    """A post with these labels; ``soft`` is how sure a teacher is of the first label of every head."""
    opinion = None
    if soft is not None:
        opinion = np.concatenate([np.eye(size, dtype=np.float32)[0] * soft for size in network.WIDTHS.values()])
    return Example("", "x", {**UNLABELLED, **{Head(name): one for name, one in labels.items()}}, "t", soft=opinion)


def value(scores: list[float], *posts: Example, recipe: Recipe | None = None) -> float:
    """The loss of posts that all have these scores, heads side by side."""
    import torch

    rows = network.split(torch.tensor([scores] * len(posts)))
    weights = {head: torch.ones(len(labels)) for head, labels in LABELS.items()}
    return float(loss(rows, posts, weights, recipe or Recipe(ordinal=0.0)))


ZERO = [0.0] * network.OUTPUTS


def sure_of(head: Head, label: int, by: float = 6.0) -> list[float]:
    """Scores that are sure of one label of one head."""
    scores = dict.fromkeys(range(network.OUTPUTS), 0.0)
    start = 0
    for one, size in network.WIDTHS.items():
        if one is head:
            scores[start + label] = by
        start += size
    return list(scores.values())


def test_a_head_without_a_label_counts_nothing() -> None:
    """A post without any label costs nothing whatever is said; a label of one head costs that head's part alone."""
    assert value(sure_of(Head.INTENT, 3), example()) == 0.0
    assert value(ZERO, example(churn=1)) == pytest.approx(np.log(2))
    assert value(sure_of(Head.INTENT, 3), example(churn=1)) == pytest.approx(np.log(2))
    assert value(ZERO, example(churn=1), example()) == pytest.approx(np.log(2) / 2)
    assert truth([example(churn=1)])[Head.INTENT].tolist() == [MISSING]


def test_the_teacher_has_its_share() -> None:
    """With a share of 1 the label does not matter, with 0 the teacher does not, between them both do."""
    said = sure_of(Head.CHURN, 0)
    agree, differ = example(soft=6.0, churn=0), example(soft=6.0, churn=1)
    whole, none = Recipe(soft=1.0, ordinal=0.0, heat=1.0), Recipe(soft=0.0, ordinal=0.0)
    assert value(said, agree, recipe=whole) == pytest.approx(value(said, differ, recipe=whole))
    assert value(said, differ, recipe=none) == pytest.approx(value(said, example(churn=1), recipe=none))
    half = value(said, differ, recipe=Recipe(soft=0.5, ordinal=0.0, heat=1.0))
    ends = [value(said, differ, recipe=one) for one in (whole, none)]
    assert half == pytest.approx(sum(ends) / 2, rel=1e-5)


def test_the_teacher_speaks_where_nobody_labelled() -> None:
    """On a post without labels its opinion alone is learnt: to agree costs less than to differ."""
    taught = example(soft=6.0)
    assert value(sure_of(Head.INTENT, 0), taught) < value(ZERO, taught) < value(sure_of(Head.INTENT, 4), taught)


def test_a_graver_mistake_costs_more() -> None:
    """Calling a critical post low costs more than high, only where the distance counts, and being right least."""
    post = example(urgency=3)
    far = [value(sure_of(Head.URGENCY, label), post, recipe=Recipe(ordinal=0.5)) for label in range(4)]
    assert far == sorted(far, reverse=True)
    assert len(set(far)) == 4
    plain = [value(sure_of(Head.URGENCY, label), post) for label in range(3)]
    assert plain[0] == pytest.approx(plain[1]) == pytest.approx(plain[2])
    other = [value(sure_of(Head.INTENT, label), example(intent=3), recipe=Recipe(ordinal=0.5)) for label in (0, 2)]
    assert other[0] == pytest.approx(other[1])
