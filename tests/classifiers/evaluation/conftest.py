"""Judged posts that are made up: what is true of them is drawn by the very probabilities that they carry."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from classifiers.evaluation.labelled import Labelled
from models.assessment import LABELS, Head


def judged_post(number: int, truth: dict[Head, str], p: dict[Head, dict[str, float]], brand: str = "") -> Labelled:
    """A labelled post with its probabilities."""
    return Labelled(f"{number}", f"Kestrelo post {number}", brand, "x", "en", None, truth, p)


@pytest.fixture
def calibrated() -> Callable[..., list[Labelled]]:
    """So many posts about so many brands whose probabilities of a yes/no head mean exactly what they say."""

    def make(count: int, brands: int = 8, seed: int = 1) -> list[Labelled]:
        rng = np.random.default_rng(seed)
        posts = []
        for number, p in enumerate(rng.beta(0.6, 1.8, count)):
            yes = rng.random() < p
            truth = {Head.CHURN: "yes" if yes else "no", Head.URGENCY: "high" if yes else "low"}
            urgency = {"low": 1 - p, "normal": 0.0, "high": p, "critical": 0.0}
            probabilities = {Head.CHURN: {"no": 1 - p, "yes": float(p)}, Head.URGENCY: urgency}
            posts.append(judged_post(number, truth, probabilities, f"brand {number % brands}" if brands else ""))
        return posts

    return make


@pytest.fixture
def mixed() -> list[Labelled]:
    """Sixty posts with a truth and probabilities for every head, some wrong, of two channels and two languages."""
    rng = np.random.default_rng(5)
    posts = []
    for number in range(60):
        truth = {head: labels[int(rng.integers(len(labels)))] for head, labels in LABELS.items()}
        p = {}
        for head, labels in LABELS.items():
            drawn = rng.dirichlet(np.ones(len(labels)) / 2)
            drawn = (drawn + 0.3 * np.array([label == truth[head] for label in labels])) / 1.3
            p[head] = dict(zip(labels, map(float, drawn), strict=True))
        post = judged_post(number, truth, p, "k")
        posts.append(
            Labelled(post.id, post.text, "k", ("x", "forum")[number % 2], ("en", "de")[number % 3 > 0], None, truth, p)
        )
    return posts
