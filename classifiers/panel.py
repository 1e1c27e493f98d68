"""Asks every classifier about a batch of posts and puts their findings together. One failing never fails the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from classifiers.base import Classifier, Post
from classifiers.danger import find_danger
from classifiers.language import detect
from classifiers.pii import find_pii
from models.assessment import Assessment, Finding, Head
from models.mention import Mention

log = logging.getLogger("overheard.classify")


@dataclass(frozen=True, slots=True)
class BrandHint:
    """What a classifier may know of a brand: its name, and the country of its national phone numbers."""

    name: str
    region: str | None = None


class Panel:
    """``classifiers`` are asked in order; where two answer the same head, the later one holds.

    ``languages`` are those that every head of the model was trained on; any other goes to people.
    """

    def __init__(
        self, classifiers: Sequence[Classifier], languages: Sequence[str], brands: Mapping[str, BrandHint]
    ) -> None:
        self._classifiers = classifiers
        self._languages = frozenset(languages)
        self._brands = brands

    def assess(self, mentions: Sequence[Mention]) -> list[Assessment]:
        """One assessment a mention, in order. Blocks: call it on the model thread."""
        hints = [self._brands.get(mention.brand, BrandHint(mention.brand)) for mention in mentions]
        langs = [
            detect(mention.text, mention.lang or "", [hint.name]) for mention, hint in zip(mentions, hints, strict=True)
        ]
        posts = [
            Post(mention.text, hint.name, lang) for mention, hint, lang in zip(mentions, hints, langs, strict=True)
        ]
        findings: list[dict[Head, Finding]] = [{} for _ in posts]
        for classifier in self._classifiers:
            for found, answer in zip(findings, ask(classifier, posts), strict=True):
                found.update({finding.head: finding for finding in answer})
        rows = zip(posts, hints, findings, strict=True)
        return [self._assessment(post, hint, found) for post, hint, found in rows]

    def _assessment(self, post: Post, hint: BrandHint, found: Mapping[Head, Finding]) -> Assessment:
        unsure = [head.value for head in Head if head not in found]
        if post.lang not in self._languages:
            unsure.append("language")
        return Assessment(
            findings=found,
            pii=find_pii(post.text, hint.region),
            danger=find_danger(post.text),
            lang=post.lang,
            unsure=tuple(unsure),
        )


def ask(classifier: Classifier, posts: Sequence[Post]) -> Sequence[tuple[Finding, ...]]:
    """The classifier's answers; posts that it cannot judge get none, so that a person looks at them."""
    try:
        return _answers(classifier.classify, posts)
    except Exception:
        # Any defect of a model is a reason for a person to look, never a reason to stop.
        log.exception("classifier failed", extra={"action": "classify", "version": classifier.version})
    if len(posts) == 1:
        return [()]
    # One post may have spoilt the batch, or the batch was too large: the others still deserve an answer.
    return [answer for post in posts for answer in ask(classifier, [post])]


def _answers(
    classify: Callable[[Sequence[Post]], Sequence[tuple[Finding, ...]]], posts: Sequence[Post]
) -> Sequence[tuple[Finding, ...]]:
    answers = classify(posts)
    if len(answers) != len(posts):
        raise ValueError(f"{len(answers)} answers for {len(posts)} posts")
    return answers
