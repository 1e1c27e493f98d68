"""Whether a post is about the brand or about something else of the same name, such as a fruit, a river or a sea shell.

A brand says in a sentence what it is, and in others what else its name may mean. A post is compared with both by what
its words mean to the encoder before it reads them: its later layers were taught the five heads, and have forgotten what
a post is about. What the head of intent says of the post is taken together with that. docs/model.md has the figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING, Any

from classifiers.text import pair
from models.assessment import Finding, Head

if TYPE_CHECKING:
    import torch

NEAREST = 3
"""So many words of a post are compared: those that are nearest. Most others are small talk."""
_OURS = frozenset({"brand", "user", "http"})
"""What ``classifiers.text`` writes instead of names and links."""


@dataclass(frozen=True, slots=True)
class Context:
    """A brand's name, sentences about what it is, and sentences about what else its name may mean."""

    name: str
    own: Sequence[str]
    other: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Scale:
    """How nearness becomes a likelihood: a logistic regression on posts about eight brands with everyday names."""

    nearness: float
    unrelated: float
    bias: float

    def likelihood(self, nearness: float, unrelated: float) -> float:
        """0 to 1, to six places."""
        return round(1 / (1 + exp(-(self.nearness * nearness + self.unrelated * unrelated + self.bias))), 6)


WITH_OTHER, OWN_ONLY = _Scale(15.8, -6.4, -0.05), _Scale(10.0, -6.2, -1.3)


class Relevance:
    """Compares posts with the sentences of their brands. Blocks: made and asked on the model thread."""

    def __init__(self, tokenizer: Any, words: torch.Tensor, brands: Mapping[str, Context]) -> None:
        import torch

        self._tokenizer = tokenizer.backend_tokenizer
        self._weights = _weights(tokenizer)
        self._words = torch.nn.functional.normalize(words, dim=-1)
        self._sides = {
            key: (self._side(one.name, one.own), self._side(one.name, one.other)) for key, one in brands.items()
        }

    def score(self, brand: str, name: str, text: str, findings: Mapping[Head, Finding]) -> float | None:
        """How likely a post is about the brand ``name``, 0 to 1; None where that cannot be said.

        That is so where the brand (by its key) has no sentence, the post no word, or the head of intent failed.
        """
        if brand not in self._sides or Head.INTENT not in findings:
            return None
        tokens, (own, other) = self._tokens(name, text), self._sides[brand]
        if not tokens or own is None:
            return None
        unrelated = findings[Head.INTENT].p["unrelated"]
        if other is None:
            return OWN_ONLY.likelihood(self._nearness(tokens, own), unrelated)
        return WITH_OTHER.likelihood(self._nearness(tokens, own) - self._nearness(tokens, other), unrelated)

    def _nearness(self, tokens: Sequence[int], side: torch.Tensor) -> float:
        """Of each word of a post its cosine with the nearest of the sentences, weighted; the mean of the highest."""
        import torch

        weights = torch.tensor([self._weights[token] for token in tokens])
        nearest = (self._words[list(tokens)] @ side.T).amax(1) * weights
        return float(nearest.topk(min(NEAREST, len(tokens))).values.sum()) / NEAREST

    def _side(self, name: str, sentences: Sequence[str]) -> torch.Tensor | None:
        """(words, hidden) of all the sentences together."""
        tokens = list(dict.fromkeys(token for sentence in sentences for token in self._tokens(name, sentence)))
        return self._words[tokens] if tokens else None

    def _tokens(self, name: str, text: str) -> list[int]:
        """The tokens that mean something, each once."""
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        ids = self._tokenizer.encode(pair(text, name)[1], add_special_tokens=False).ids
        return [token for token in dict.fromkeys(ids) if token in self._weights]


def _weights(tokenizer: Any) -> dict[int, float]:
    """How much a token tells, 0 to 1: vocabularies are written from the most frequent to the rarest."""
    special = set(tokenizer.all_special_ids)
    told = sorted(token for word, token in tokenizer.get_vocab().items() if token not in special and _tells(word))
    return {token: (log(1 + rank) / log(1 + len(told))) ** 2 for rank, token in enumerate(told)}


def _tells(word: str) -> bool:
    letters = sum(map(str.isalpha, word))
    return letters >= 2 and word not in _OURS and not (word.startswith("[") and word.endswith("]"))
