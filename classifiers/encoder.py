"""The triage model in use: one encoder, five heads, one pass. Works without a network; must never guess when broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifiers import network
from classifiers.base import Post
from classifiers.linear import Precision, quickest
from classifiers.manifest import HEADS, Manifest, WeightsError, read, resolve
from classifiers.packed import Tokens
from classifiers.serving import Encoder, serving
from classifiers.text import pair
from classifiers.versions import FAST
from models.assessment import LABELS, Finding, Head

if TYPE_CHECKING:
    import torch

__all__ = ["FAST", "NotFiniteError", "TriageEncoder", "WeightsError"]


class NotFiniteError(ArithmeticError):
    """The network answered with NaN or infinity: no label may be made of that."""


@dataclass(slots=True)
class TriageEncoder:
    """Answers all five heads; use ``load``. Not thread-safe: one model thread calls it."""

    manifest: Manifest
    tokenizer: Any
    encoder: Encoder
    layer: Any
    batch: int = 32
    version: str = ""

    @classmethod
    def load(
        cls, path: Path = FAST, threads: int | None = None, precision: Precision | None = None, batch: int = 32
    ) -> TriageEncoder:
        """Reads and checks the weights in ``path``; raises ``WeightsError``.

        ``threads`` sets torch's threads for the whole process. Without a ``precision`` it is what this processor
        multiplies quickest.
        """
        path = resolve(path)
        manifest = read(path)
        if threads is not None:
            network.set_threads(threads)
        try:
            tokenizer = network.load_tokenizer(path)
            layer = network.load_heads(path / HEADS).eval()
            model = network.load_encoder(path).eval()
            encoder = serving(model, precision or quickest(), tokenizer.model_input_names)
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise WeightsError(f"the weights in {path} do not load: {type(error).__name__}: {error}") from error
        except MemoryError as error:
            raise WeightsError(f"there is not enough memory for the weights in {path}") from error
        return cls(manifest, tokenizer, encoder, layer, batch, f"{manifest.version}+{encoder.precision}")

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which every head was trained; posts in others need a person."""
        return self.manifest.full_languages

    def classify(self, posts: Sequence[Post]) -> list[tuple[Finding, ...]]:
        """Five findings a post, in the order of ``LABELS``; raises ``NotFiniteError`` if the network is broken."""
        tokens = network.tokens(
            self.tokenizer, [pair(post.text, post.brand) for post in posts], self.manifest.max_len, self.manifest.tail
        )
        answers: dict[int, tuple[Finding, ...]] = {}
        # Posts of one length together: they attend together.
        order = sorted(range(len(tokens)), key=lambda index: len(tokens[index][0]))
        for start in range(0, len(order), self.batch):
            indexes = order[start : start + self.batch]
            answers.update(zip(indexes, self._answer([tokens[index] for index in indexes]), strict=True))
        return [answers[index] for index in range(len(tokens))]

    def words(self) -> tuple[Any, torch.Tensor]:
        """The tokeniser, and each token's vector before the first layer, (vocabulary, hidden) in float32."""
        return self.tokenizer, self.encoder.words.float()

    def _answer(self, posts: Tokens) -> Iterator[tuple[Finding, ...]]:
        import torch

        with torch.inference_mode():
            rows = self.layer(self.encoder.pooled(posts)).tolist()
        if not all(isfinite(score) for row in rows for score in row):
            raise NotFiniteError(f"{self.version} gave scores that are no numbers; the weights or torch are broken")
        return (tuple(self._findings(row)) for row in rows)

    def _findings(self, scores: Sequence[float]) -> Iterator[Finding]:
        end = 0
        for head, labels in LABELS.items():
            start, end = end, end + len(labels)
            heat = self.manifest.temperatures[head]
            part = [score / heat for score in scores[start:end]]
            yield Finding(head, dict(zip(labels, _softmax(part), strict=True)), self.version, self._called(head, part))

    def _called(self, head: Head, part: Sequence[float]) -> str:
        """What is called is where log p + offset is highest, and log p is ``part`` but for what all labels share."""
        shift = self.manifest.offsets.get(head, (0.0,) * len(part))
        return max(zip(LABELS[head], part, shift, strict=True), key=lambda row: row[1] + row[2])[0]


def _softmax(part: Sequence[float]) -> list[float]:
    """In Python's own floats: exact to the last place, and for so few numbers the quickest."""
    top = max(part)
    powers = [exp(one - top) for one in part]
    total = sum(powers)
    return [one / total for one in powers]
