"""How a loaded encoder is run: the quick way (``packed``) where it says what the library says, else the library's own.

A later version of the library may change what a BERT is; then serving becomes slower, never wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from classifiers.linear import Precision, dtype_of
from classifiers.packed import BLOCK, Packed, Tokens

if TYPE_CHECKING:
    import torch

ALIKE: Mapping[Precision, float] = {"fp32": 0.99, "bf16": 0.99, "int8": 0.95}
"""The least cosine between what the two ways say of a post. On made-up words bfloat16 stays above .999, int8 above .995
(MiniLM) and .97 (MPNet, whose answers to real posts it changes as little); an error falls far below."""

log = logging.getLogger("overheard.classify")


class Encoder(Protocol):
    """Posts in, one vector each out."""

    precision: Precision
    """In which it computes, whatever was asked for."""
    words: torch.Tensor
    """(vocabulary, hidden): the vector of each token before the first layer."""

    def pooled(self, posts: Tokens) -> torch.Tensor:
        """(posts, hidden) float32: the mean of the last hidden states over a post's tokens."""
        ...


def serving(model: Any, precision: Precision, inputs: Sequence[str]) -> Encoder:
    """The quick way if it can be trusted, in ``precision`` or else in float32. ``model`` is float32, spent afterwards.

    ``inputs`` are what the tokeniser makes for the model, such as ``token_type_ids``.
    """
    import torch

    posts = _probe(model.config, "token_type_ids" in inputs)
    with torch.inference_mode():
        wanted = Padded(model, "fp32", inputs).pooled(posts)
    for tried in dict.fromkeys((precision, "fp32")):
        if quick := _quick(model, tried, posts, wanted):
            return quick
    return Padded(model, precision, inputs)


def _quick(model: Any, precision: Precision, posts: Tokens, wanted: torch.Tensor) -> Encoder | None:
    """None where it cannot be made, or says something else than ``wanted``."""
    import torch

    name = type(model).__name__
    try:
        with torch.inference_mode():
            quick = Packed(model, precision)
            alike = torch.cosine_similarity(quick.pooled(posts), wanted).min().item()
    except (ValueError, AttributeError, IndexError, RuntimeError, TypeError) as error:
        log.info("no quick way for %s in %s: %s", name, precision, error)
        return None
    if alike >= ALIKE[precision]:
        return quick
    log.warning("the quick way in %s differs for %s (%.3f): taking a slower one", precision, name, alike)
    return None


def _probe(config: Any, typed: bool) -> Tokens:
    """Made-up posts of several lengths, without special tokens; ``typed`` as pairs are, one half and the other."""
    most = min(3 * BLOCK, getattr(config, "max_position_embeddings", 512) - 2)
    lengths = [max(1, most // part) for part in (1, 2, 3, 40)]
    return [
        (
            [5 + 7 * at % (config.vocab_size - 5) for at in range(size)],
            [int(typed and 2 * at > size) for at in range(size)],
        )
        for size in lengths
    ]


class Padded:
    """The library's own forward pass, for any encoder."""

    def __init__(self, model: Any, precision: Precision, inputs: Sequence[str]) -> None:
        self.precision: Precision = "bf16" if precision == "bf16" else "fp32"
        self._model = model.to(dtype_of(precision))
        self._inputs = inputs
        self.words: torch.Tensor = model.get_input_embeddings().weight.detach()

    def pooled(self, posts: Tokens) -> torch.Tensor:
        """(posts, hidden) float32: the mean of the last hidden states over a post's tokens."""
        import torch

        longest = max(len(ids) for ids, _ in posts)
        fill = {"input_ids": self._model.config.pad_token_id or 0, "token_type_ids": 0, "attention_mask": 0}
        rows = {"input_ids": [ids for ids, _ in posts], "token_type_ids": [types for _, types in posts]}
        rows["attention_mask"] = [[1] * len(ids) for ids, _ in posts]
        batch = {
            name: torch.tensor([[*row, *[fill[name]] * (longest - len(row))] for row in rows[name]])
            for name in self._inputs
            if name in rows
        }
        hidden = self._model(**batch).last_hidden_state.float()
        mask = batch["attention_mask"].unsqueeze(-1).float()
        return (hidden * mask).sum(1) / mask.sum(1)  # type: ignore[no-any-return]
