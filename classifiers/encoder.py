"""The triage model in use: one encoder, five heads, one pass. Works without a network; must never guess when broken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from classifiers import network
from classifiers.base import Post
from classifiers.manifest import HEADS, Manifest, WeightsError, read
from classifiers.text import pair
from models.assessment import LABELS, Finding, Head

__all__ = ["WEIGHTS", "NotFiniteError", "TriageEncoder", "WeightsError"]

WEIGHTS = Path(__file__).parent / "weights"
"""The weights that ship with the program."""

Precision = Literal["auto", "bf16", "fp32"]
Pair = tuple[str, str]


class NotFiniteError(ArithmeticError):
    """The network answered with NaN or infinity: no label may be made of that."""


@dataclass(slots=True)
class TriageEncoder:
    """Answers all five heads; use ``load``. Not thread-safe: one model thread calls it."""

    manifest: Manifest
    tokenizer: Any
    encoder: Any
    layer: Any
    batch: int = 32
    version: str = ""

    @classmethod
    def load(
        cls, path: Path = WEIGHTS, threads: int | None = None, precision: Precision = "auto", batch: int = 32
    ) -> TriageEncoder:
        """Reads and checks the weights in ``path``; raises ``WeightsError``.

        ``threads`` sets torch's threads for the whole process. ``bf16`` is about three times as fast as ``fp32`` on a
        processor that has it in silicon and far slower on others; ``auto`` asks the processor.
        """
        manifest = read(path)
        if threads is not None:
            network.set_threads(threads)
        try:
            tokenizer, encoder = network.load_tokenizer(path), network.load_encoder(path).eval()
            layer = network.load_heads(path / HEADS).eval()
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise WeightsError(f"the weights in {path} do not load: {type(error).__name__}: {error}") from error
        if precision == "auto":
            precision = "bf16" if network.has_bf16() else "fp32"
        if precision == "bf16":
            encoder = encoder.bfloat16()
        version = f"{manifest.version}+{precision}"
        return cls(manifest, tokenizer, encoder, layer, batch, version)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which every head was trained; posts in others need a person."""
        return self.manifest.full_languages

    def classify(self, posts: Sequence[Post]) -> list[tuple[Finding, ...]]:
        """Five findings a post, in the order of ``LABELS``; raises ``NotFiniteError`` if the network is broken."""
        pairs = [pair(post.text, post.brand) for post in posts]
        answers: dict[int, tuple[Finding, ...]] = {}
        # Posts of one length together: padding costs as much as text.
        order = sorted(range(len(pairs)), key=lambda index: len(pairs[index][0]) + len(pairs[index][1]))
        for start in range(0, len(order), self.batch):
            indexes = order[start : start + self.batch]
            answers.update(zip(indexes, self._answer([pairs[index] for index in indexes]), strict=True))
        return [answers[index] for index in range(len(pairs))]

    def _answer(self, pairs: Sequence[Pair]) -> Iterable[tuple[Finding, ...]]:
        import torch

        with torch.inference_mode():
            tokens = network.tokenise(self.tokenizer, pairs, self.manifest.max_len)
            scores = network.logits(self.encoder, self.layer, tokens)
            if not bool(torch.isfinite(scores).all()):
                raise NotFiniteError(f"{self.version} gave scores that are no numbers; the weights or torch are broken")
            # float64, so that the probabilities of a head sum to 1 as python floats.
            parts = {
                head: (part.double() / self.manifest.temperatures[head]).softmax(-1).tolist()
                for head, part in network.split(scores).items()
            }
        return [self._findings({head: rows[index] for head, rows in parts.items()}) for index in range(len(pairs))]

    def _findings(self, answer: dict[Head, list[float]]) -> tuple[Finding, ...]:
        return tuple(
            Finding(head, dict(zip(labels, answer[head], strict=True)), self.version) for head, labels in LABELS.items()
        )
