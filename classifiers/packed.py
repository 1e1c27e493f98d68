"""The encoder's forward pass for serving: BERT and MPNet without padding, so that only real tokens are computed.

Gives what ``transformers`` gives at about half the cost; ``classifiers/serving.py`` compares the two before it is used.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classifiers.linear import Linear, Precision, dtype_of, linear

if TYPE_CHECKING:
    import torch

Tokens = Sequence[tuple[Sequence[int], Sequence[int]]]
"""Of each post the ids and the types of its tokens, unpadded, at least one."""

BLOCK = 32
"""Attention over a multiple of this many tokens takes half the time of one a little longer (torch 2.13, measured)."""
KINDS = ("bert", "mpnet")
FEW, STEP, LONG_STEP = 128, 16, 64
"""Up to ``FEW`` tokens come in a multiple of ``STEP``, more in one of ``LONG_STEP``: for a number of rows that it meets
for the first time a kernel is built, and that takes longer than its use (0.5 to 2 ms, measured)."""


@dataclass(frozen=True, slots=True)
class _Layer:
    into: Linear
    out: Linear
    first: Any
    up: Linear
    down: Linear
    second: Any


@dataclass(frozen=True, slots=True)
class _Group:
    """Posts of similar length, which attend together: rows ``start`` to ``end`` of the packed tokens.

    ``spread`` brings them to (posts, length), ``gather`` back; both are None where nothing is padded.
    """

    start: int
    end: int
    posts: int
    length: int
    spread: torch.Tensor | None
    gather: torch.Tensor | None
    bias: torch.Tensor | None


class Packed:
    """Made from a loaded ``BertModel`` or ``MPNetModel``, whose weights it copies; raises ``ValueError`` for others."""

    def __init__(self, model: Any, precision: Precision) -> None:
        config, dtype, self.precision = model.config, dtype_of(precision), precision
        if config.model_type not in KINDS or config.hidden_act != "gelu":
            raise ValueError(f"only {' and '.join(KINDS)} with gelu, not {config.model_type}")
        self._dtype, self._heads = dtype, config.num_attention_heads
        words = model.embeddings
        self.words = words.word_embeddings.weight.detach().to(dtype)
        places = words.position_embeddings.weight.detach().to(dtype)
        self._types = self._near = None
        if config.model_type == "mpnet":
            # Its places are counted from the one after the padding token's.
            places = places[words.padding_idx + 1 :]
            self._near = _near(model, len(places), dtype)
        else:
            self._types = words.token_type_embeddings.weight.detach().to(dtype)
        self._places = places
        self._norm = _norm(words.LayerNorm, dtype)
        self._layers = [_layer(layer, precision) for layer in model.encoder.layer]

    def pooled(self, posts: Tokens) -> torch.Tensor:
        """(posts, hidden) float32: the mean of the last hidden states over a post's tokens."""
        import torch
        from torch.nn import functional

        # Shortest first, so that a group's posts lie side by side.
        order = sorted(range(len(posts)), key=lambda index: len(posts[index][0]))
        lengths = torch.tensor([len(posts[index][0]) for index in order])
        ends = lengths.cumsum(0)
        owner = torch.repeat_interleave(lengths)
        blank = [0] * _missing(len(owner))
        place = functional.pad(torch.arange(len(owner)) - (ends - lengths)[owner], (0, len(blank)))
        ids = [one for index in order for one in posts[index][0]]
        hidden = functional.embedding(torch.tensor(ids + blank), self.words) + self._places[place]
        if self._types is not None:
            types = [one for index in order for one in posts[index][1]]
            hidden = hidden + self._types[torch.tensor(types + blank)]
        hidden = self._norm(hidden)
        groups = list(self._groups(lengths))
        for layer in self._layers:
            hidden = layer.first(layer.out(self._attend(layer.into(hidden), groups)) + hidden)
            hidden = layer.second(layer.down(layer.up(hidden)) + hidden)
        sums = torch.zeros(len(posts), hidden.shape[1]).index_add_(0, owner, hidden[: len(owner)].float())
        means = torch.empty_like(sums)
        means[torch.tensor(order)] = sums / lengths[:, None]
        return means

    def _groups(self, lengths: torch.Tensor) -> Iterator[_Group]:
        """Cut where the length passes a multiple of ``BLOCK``.

        A post is padded to that whoever its neighbours are: even the last place of its answer then hangs on it alone.
        """
        import torch

        blocks = (lengths + BLOCK - 1) // BLOCK
        row = 0
        for block, posts in zip(*(part.tolist() for part in torch.unique(blocks, return_counts=True)), strict=True):
            mine = lengths[blocks == block]
            start, row = row, row + int(mine.sum())
            length = min(block * BLOCK, len(self._places))
            if int(mine[0]) == length:
                yield _Group(start, row, posts, length, None, None, self._bias(length))
                continue
            real = torch.arange(length) < mine[:, None]
            rows = real.flatten().nonzero().squeeze(1)
            spread = torch.zeros(posts * length, dtype=torch.long)
            # Padding repeats the first row: any finite number does where the bias forbids to look.
            spread[rows] = torch.arange(len(rows))
            hole = torch.zeros(posts, 1, 1, length, dtype=self._dtype).masked_fill_(~real[:, None, None], float("-inf"))
            near = self._bias(length)
            yield _Group(start, row, posts, length, spread, rows, hole if near is None else hole + near)

    def _bias(self, length: int) -> torch.Tensor | None:
        return None if self._near is None else self._near[None, :, :length, :length]

    def _attend(self, mixed: torch.Tensor, groups: Sequence[_Group]) -> torch.Tensor:
        """(tokens, hidden) of (tokens, 3 × hidden): every token's look at the other tokens of its post.

        Rows after those of the last group are blank, and stay so.
        """
        import torch
        from torch.nn import functional

        parts = []
        for group in groups:
            rows = mixed[group.start : group.end]
            if group.spread is not None:
                rows = rows.index_select(0, group.spread)
            query, key, value = rows.view(group.posts, group.length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=group.bias)
            seen = seen.transpose(1, 2).reshape(group.posts * group.length, -1)
            parts.append(seen if group.gather is None else seen.index_select(0, group.gather))
        if blank := len(mixed) - groups[-1].end:
            parts.append(mixed.new_zeros(blank, mixed.shape[1] // 3))
        return parts[0] if len(parts) == 1 else torch.cat(parts)


def _missing(tokens: int) -> int:
    """How many blank rows make of ``tokens`` a number that has been met before."""
    return -tokens % (STEP if tokens <= FEW else LONG_STEP)


def _layer(layer: Any, precision: Precision) -> _Layer:
    import torch

    attention = layer.attention
    if hasattr(attention, "attn"):  # MPNet
        inner, out, first = attention.attn, attention.attn.o, attention.LayerNorm
        three = (inner.q, inner.k, inner.v)
    else:
        inner, out, first = attention.self, attention.output.dense, attention.output.LayerNorm
        three = (inner.query, inner.key, inner.value)
    weight, bias = (torch.cat([getattr(one, name) for one in three]) for name in ("weight", "bias"))
    up, down, dtype = layer.intermediate.dense, layer.output.dense, dtype_of(precision)
    return _Layer(
        linear(weight, bias, precision),
        linear(out.weight, out.bias, precision),
        _norm(first, dtype),
        linear(up.weight, up.bias, precision, gelu=True),
        linear(down.weight, down.bias, precision),
        _norm(layer.output.LayerNorm, dtype),
    )


def _norm(norm: Any, dtype: torch.dtype) -> Any:
    """A copy: the model may still be needed."""
    return copy.deepcopy(norm).to(dtype)


def _near(model: Any, length: int, dtype: torch.dtype) -> torch.Tensor:
    """(heads, length, length): what MPNet adds to a look by how far it goes."""
    import torch

    places = torch.zeros(1, length, 1)
    return model.encoder.compute_position_bias(places)[0].detach().to(dtype)  # type: ignore[no-any-return]
