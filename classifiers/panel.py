"""Asks every classifier about a batch of posts and puts their findings together. One failing never fails the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers.base import Classifier, Post
from classifiers.danger import find_danger
from classifiers.language import detect
from classifiers.pii import find_pii
from classifiers.portions import Portions
from classifiers.relevance import Relevance
from classifiers.takeover import heed
from models.assessment import Assessment, Finding, Head
from models.mention import Mention

NOBODY_KNOWS = Assessment(unsure=tuple(head.value for head in Head))
"""Of a post on which our own code breaks: it goes to people."""


@dataclass(frozen=True, slots=True)
class BrandHint:
    """What a classifier may know of a brand: its name, and the country of its national phone numbers."""

    name: str
    region: str | None = None


class Panel:
    """``classifiers`` are asked in order; where two answer the same head, the later one holds.

    ``languages`` are those that every head of the model was trained on; any other goes to people. ``relevance``
    compares posts with what their brands say that they are.
    """

    def __init__(
        self,
        classifiers: Sequence[Classifier],
        languages: Sequence[str],
        brands: Mapping[str, BrandHint],
        relevance: Relevance | None = None,
    ) -> None:
        self._classifiers = [(one, Portions(one.version)) for one in classifiers]
        self._whole = Portions("rules")
        self._languages = frozenset(languages)
        self._brands = brands
        self._relevance = relevance

    def assess(self, mentions: Sequence[Mention]) -> list[Assessment]:
        """One assessment a mention, in order; never raises. Blocks: call it on the model thread."""
        return self._whole.run(self._assess, mentions, NOBODY_KNOWS)

    def starved(self) -> bool:
        """Whether posts were left to people for want of memory since this was last asked."""
        every = [self._whole, *(portions for _, portions in self._classifiers)]
        found = any(portions.starved for portions in every)
        for portions in every:
            portions.starved = False
        return found

    def _assess(self, mentions: Sequence[Mention]) -> list[Assessment]:
        hints = [self._brands.get(mention.brand, BrandHint(mention.brand)) for mention in mentions]
        langs = [
            detect(mention.text, mention.lang or "", [hint.name]) for mention, hint in zip(mentions, hints, strict=True)
        ]
        posts = [
            Post(mention.text, hint.name, lang) for mention, hint, lang in zip(mentions, hints, langs, strict=True)
        ]
        findings: list[dict[Head, Finding]] = [{} for _ in posts]
        nothing: tuple[Finding, ...] = ()
        for classifier, portions in self._classifiers:
            answers = portions.run(classifier.classify, posts, nothing)
            for found, answer in zip(findings, answers, strict=True):
                found.update({finding.head: finding for finding in answer})
        rows = zip(mentions, posts, hints, findings, strict=True)
        return [self._assessment(mention.brand, post, hint, found) for mention, post, hint, found in rows]

    def _assessment(self, brand: str, post: Post, hint: BrandHint, found: Mapping[Head, Finding]) -> Assessment:
        unsure = [head.value for head in Head if head not in found]
        if post.lang not in self._languages:
            unsure.append("language")
        return Assessment(
            findings=heed(post.text, found),
            pii=find_pii(post.text, hint.region),
            danger=find_danger(post.text),
            lang=post.lang,
            unsure=tuple(unsure),
            relevance=self._relevance.score(brand, hint.name, post.text, found) if self._relevance else None,
        )
