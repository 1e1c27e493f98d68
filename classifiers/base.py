"""What a classifier is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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
