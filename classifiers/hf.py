"""One head answered by any Hugging Face sequence-classification checkpoint. Safetensors only; runs no foreign code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from classifiers.base import Post
from classifiers.encoder import NotFiniteError
from classifiers.manifest import digest
from classifiers.network import without_bars
from classifiers.text import plain
from models.assessment import LABELS, Finding, Head


class CheckpointError(ValueError):
    """A checkpoint that cannot answer the head; the message says what to change."""


class HfHead:
    """Answers one head. Loads the checkpoint at once, from the hub or a local folder; raises ``CheckpointError``."""

    def __init__(
        self,
        head: Head,
        model: str,
        labels: Mapping[str, str],
        revision: str | None = None,
        max_len: int = 128,
        batch: int = 32,
        offline: bool = False,
    ) -> None:
        """``labels`` maps every label of the checkpoint to one of ours; several may map to the same one.

        Pin ``revision`` to a commit: a hub's main branch can change under a running bot. ``offline`` asks no hub.
        """
        self.head, self.batch, self.max_len = head, batch, max_len
        self._tokenizer, self._model = _load(model, revision, offline)
        self._ours = _order(head, model, _names(self._model.config, model), labels)
        self.version = f"{head}:{_version(model, revision, self._model.config)}"

    def classify(self, posts: Sequence[Post]) -> list[tuple[Finding, ...]]:
        """One finding a post; raises ``NotFiniteError`` if the checkpoint's scores are no numbers."""
        texts = [plain(post.text) for post in posts]
        answers: dict[int, tuple[Finding, ...]] = {}
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(order), self.batch):
            indexes = order[start : start + self.batch]
            for index, row in zip(indexes, self._scores([texts[index] for index in indexes]), strict=True):
                answers[index] = (Finding(self.head, self._translate(row), self.version),)
        return [answers[index] for index in range(len(texts))]

    def _scores(self, texts: Sequence[str]) -> list[list[float]]:
        """The probabilities of the checkpoint's own labels."""
        import torch

        with torch.inference_mode():
            tokens = self._tokenizer(
                list(texts), truncation=True, max_length=self.max_len, padding=True, return_tensors="pt"
            )
            logits = self._model(**tokens).logits
            if not bool(torch.isfinite(logits).all()):
                raise NotFiniteError(f"{self.version} gave scores that are no numbers; use another checkpoint")
            rows: list[list[float]] = logits.double().softmax(-1).tolist()
        return rows

    def _translate(self, row: Sequence[float]) -> dict[str, float]:
        p = dict.fromkeys(LABELS[self.head], 0.0)
        for label, share in zip(self._ours, row, strict=True):
            p[label] += share
        return p


def _load(model: str, revision: str | None, offline: bool) -> tuple[Any, Any]:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    where: dict[str, Any] = {"revision": revision, "local_files_only": offline, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, **where)
        with without_bars():
            network, found = AutoModelForSequenceClassification.from_pretrained(
                model, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **where
            )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        fault = " ".join(str(error).split())[:300]
        raise CheckpointError(
            f"the checkpoint {model!r} does not load: {fault}. Give a hub id or a folder that has config.json, "
            "model.safetensors and tokenizer files (pickled .bin weights are refused)"
        ) from error
    # The library makes an empty one up where its files are missing: every word would be unknown.
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise CheckpointError(f"the checkpoint {model!r} has no tokenizer files, such as tokenizer.json")
    # The library would make them up by chance: a base model without a classification head is the usual case.
    if missing := found["missing_keys"]:
        raise CheckpointError(
            f"the checkpoint {model!r} lacks weights ({sorted(missing)[0]} and {len(missing) - 1} more), so its "
            "answers would be chance: give one that was trained for sequence classification"
        )
    return tokenizer, network.eval()


def _names(config: Any, model: str) -> list[str]:
    """The checkpoint's labels in the order of its outputs."""
    if config.num_labels < 2 or config.problem_type in {"regression", "multi_label_classification"}:
        raise CheckpointError(f"{model!r} does not choose one label out of several; a head needs one that does")
    return [str(config.id2label[index]) for index in range(config.num_labels)]


def _order(head: Head, model: str, theirs: Sequence[str], labels: Mapping[str, str]) -> list[str]:
    """Our label for each of the checkpoint's outputs."""
    if set(labels) != set(theirs) or not set(labels.values()) <= set(LABELS[head]):
        raise CheckpointError(
            f"labels of head {head} and checkpoint {model!r} do not fit: the checkpoint has {sorted(theirs)}, the head "
            f"has {sorted(LABELS[head])}, configured is {dict(labels)}. Map each of the former to one of the head's"
        )
    return [labels[name] for name in theirs]


def _version(model: str, revision: str | None, config: Any) -> str:
    folder = Path(model)
    if folder.is_dir():
        parts = "".join(digest(path)[:6] for path in sorted(folder.glob("*.safetensors"))[:2])
        return f"{folder.name}@{parts}"
    commit = getattr(config, "_commit_hash", None) or revision or "unknown"
    return f"{model}@{commit[:10]}"
