"""What a classifier is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from models.assessment import Finding


@dataclass(frozen=True, slots=True)
class Post:
    """What a classifier may see of a mention: the text, the brand it is about, and the language if it is known."""

    text: str
    brand: str = ""
    lang: str = ""


class Classifier(Protocol):
    """Answers one or more heads for posts. May block: it is only ever called on the model thread."""

    version: str
    """Model, revision and code; stored with every finding."""

    def classify(self, posts: Sequence[Post]) -> Sequence[tuple[Finding, ...]]:
        """One tuple of findings a post, of the same length and in the same order; raises if it cannot answer."""
        ...


@runtime_checkable
class WordVectors(Protocol):
    """A classifier whose encoder can be asked what single words mean to it, without reading anything."""

    def words(self) -> tuple[Any, Any]:
        """The tokeniser, and a float32 tensor (vocabulary, hidden): each token's vector before the first layer."""
        ...
