"""How a loaded encoder is run: the quick way (``packed``) where it says what the library says, else the library's own.

A later version of the library may change what a BERT is; then serving becomes slower, never wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from classifiers.packed import BLOCK, Packed, Tokens

if TYPE_CHECKING:
    import torch

ALIKE = 0.99
"""The least cosine between what the two ways say of a post: bfloat16 stays above .999, an error falls far below."""

log = logging.getLogger("overheard.classify")


class Encoder(Protocol):
    """Posts in, one vector each out."""

    def pooled(self, posts: Tokens) -> torch.Tensor:
        """(posts, hidden) float32: the mean of the last hidden states over a post's tokens."""
        ...


def serving(model: Any, dtype: torch.dtype, inputs: Sequence[str]) -> Encoder:
    """The quick way if it can be trusted. ``model`` is float32, and spent afterwards.

    ``inputs`` are what the tokeniser makes for the model, such as ``token_type_ids``.
    """
    import torch

    posts = _probe(model.config)
    with torch.inference_mode():
        wanted = Padded(model, torch.float32, inputs).pooled(posts)
        try:
            quick = Packed(model, dtype)
            alike = torch.cosine_similarity(quick.pooled(posts), wanted).min().item()
        except (ValueError, AttributeError, IndexError, RuntimeError, TypeError) as error:
            log.info("no quick way for %s: %s", type(model).__name__, error)
            return Padded(model, dtype, inputs)
    if alike >= ALIKE:
        return quick
    log.warning("the quick way differs for %s (%.3f): taking the slow one", type(model).__name__, alike)
    return Padded(model, dtype, inputs)


def _probe(config: Any) -> Tokens:
    """Made-up posts of several lengths, without special tokens."""
    most = min(3 * BLOCK, config.max_position_embeddings - 2)
    lengths = [max(1, most // part) for part in (1, 2, 3, 40)]
    return [([5 + 7 * at % (config.vocab_size - 5) for at in range(length)], [0] * length) for length in lengths]


class Padded:
    """The library's own forward pass, for any encoder."""

    def __init__(self, model: Any, dtype: torch.dtype, inputs: Sequence[str]) -> None:
        self._model = model.to(dtype)
        self._inputs = inputs

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
