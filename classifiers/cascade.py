"""Two encoders as one: the fast one reads every post, the accurate one reads again where the fast one is in doubt.

Only doubt on which the policy acts counts. What both have read is answered by the mean of both, which the finding's
version says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import ceil, log
from typing import Any, get_args

from classifiers.base import Post
from classifiers.encoder import TriageEncoder
from classifiers.evaluation.asked import QUESTIONS, Question
from classifiers.manifest import Doubted, Manifest
from models.assessment import LABELS, Finding, Head


def _probability(question: Question, found: Mapping[Head, Finding]) -> float:
    return sum(found[question.head].p[label] for label in question.labels)


ASKED: Mapping[Doubted, Callable[[Mapping[Head, Finding]], float]] = {
    name: partial(_probability, QUESTIONS[name]) for name in get_args(Doubted)
}
"""The probability behind each threshold on which the policy acts."""
DOUBT = (0.25, 0.75)
"""The band of weights that say nothing of one."""
EDGE = 1e-4
"""Probabilities nearer to 0 or 1 are taken for this one: the logarithm of their odds says no more."""


class Cascade:
    """``share``: the accurate encoder reads at most this part of a batch, rounded up, the most doubtful first."""

    def __init__(self, fast: TriageEncoder, accurate: TriageEncoder, share: float) -> None:
        self._fast, self._accurate, self._share = fast, accurate, share
        self.version = f"{fast.version} {accurate.version}"
        self.languages = tuple(one for one in fast.languages if one in accurate.languages)
        self._shifts = {head: _mean(fast.manifest, accurate.manifest, head) for head in LABELS}
        self._bands = {name: fast.manifest.doubt.get(name, DOUBT) for name in ASKED}

    def classify(self, posts: Sequence[Post]) -> list[tuple[Finding, ...]]:
        """Five findings a post; raises what the encoders raise."""
        answers = self._fast.classify(posts)
        doubts = [self._doubt(post, answer) for post, answer in zip(posts, answers, strict=True)]
        most = ceil(self._share * len(posts))
        again = sorted((at for at, doubt in enumerate(doubts) if doubt > 0), key=lambda at: -doubts[at])[:most]
        for at, second in zip(again, self._accurate.classify([posts[at] for at in again]), strict=True):
            answers[at] = tuple(map(self._together, answers[at], second))
        return answers

    def words(self) -> tuple[Any, Any]:
        """The fast encoder's, for that one reads every post."""
        return self._fast.words()

    def _together(self, first: Finding, second: Finding) -> Finding:
        """The mean of two probabilities is called by the mean of the two rules."""
        p = {label: (first.p[label] + second.p[label]) / 2 for label in first.p}
        shifted = [log(max(p[label], EDGE)) + shift for label, shift in zip(p, self._shifts[first.head], strict=True)]
        return Finding(first.head, p, self.version, max(zip(shifted, p, strict=True))[1])

    def _doubt(self, post: Post, answer: Sequence[Finding]) -> float:
        """Over all bands: one reading settles every doubt about a post, so two doubts are worth more than one.

        A language that the accurate encoder never saw is left to the fast one.
        """
        if post.lang and post.lang not in self._accurate.manifest.languages:
            return 0.0
        found = {finding.head: finding for finding in answer}
        return sum(depth(ask(found), *self._bands[name]) for name, ask in ASKED.items())


def _mean(one: Manifest, other: Manifest, head: Head) -> list[float]:
    none = (0.0,) * len(LABELS[head])
    return [sum(pair) / 2 for pair in zip(one.offsets.get(head, none), other.offsets.get(head, none), strict=True)]


def depth(p: float, low: float, high: float) -> float:
    """How deep ``p`` is in the band: 1 in its middle, 0 at its edges and outside, by the logarithm of the odds."""
    if not low < p < high:
        return 0.0
    bottom, top, at = (_log_odds(one) for one in (low, high, p))
    return max(0.0, 1 - abs(2 * at - top - bottom) / (top - bottom))


def _log_odds(p: float) -> float:
    p = min(max(p, EDGE), 1 - EDGE)
    return log(p / (1 - p))
