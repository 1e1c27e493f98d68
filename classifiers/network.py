"""The network's parts, shared by training and use: a pretrained encoder, mean pooling, one linear layer a head.

Torch is imported when a function is called, so that importing this file costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifiers import compact
from classifiers.manifest import SHARDS
from models.assessment import LABELS, Head

if TYPE_CHECKING:
    import torch

WIDTHS: Mapping[Head, int] = {head: len(labels) for head, labels in LABELS.items()}
OUTPUTS = sum(WIDTHS.values())


def load_encoder(folder: Path, training: bool = False) -> Any:
    """The transformer in ``folder`` as float32; never asks the network, never runs the folder's code.

    To train, it comes without dropout and with plain attention: on a processor that doubles the posts a second.
    """
    import torch
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    more: dict[str, Any] = {"dtype": torch.float32, "output_loading_info": True, "local_files_only": True}
    if training:
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
        more["attn_implementation"] = "eager"
    with without_bars():
        encoder, found = _encoder(folder, config, more)
    # What the files lack would be made up by chance. The pooler is not used.
    if missing := [name for name in found["missing_keys"] if not name.startswith("pooler.")]:
        raise ValueError(f"{folder} lacks {len(missing)} of the encoder's weights, such as {sorted(missing)[0]}")
    return encoder


def _encoder(folder: Path, config: Any, more: Mapping[str, Any]) -> Any:
    """The encoder and what its loading says."""
    import torch
    from transformers import AutoModel

    if not any(folder.glob(SHARDS)):
        return AutoModel.from_pretrained(folder, config=config, use_safetensors=True, trust_remote_code=False, **more)
    with torch.device("meta"):  # only to learn which class it is
        kind = type(AutoModel.from_config(config))
    return kind.from_pretrained(None, config=config, state_dict=compact.state_dict(folder), **more)


@contextmanager
def without_bars() -> Iterator[None]:
    """The library shows no progress bars of its own."""
    from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if bars:
            logging.enable_progress_bar()


def set_threads(threads: int) -> None:
    """How many threads torch uses in this process."""
    import torch

    torch.set_num_threads(threads)


def load_tokenizer(folder: Path) -> Any:
    """The fast tokeniser in ``folder``."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def tokenise(tokenizer: Any, pairs: Sequence[tuple[str, str]], max_len: int, tail: int = 0) -> Any:
    """Token ids and masks of (brand, text) pairs, padded to the longest, at most ``max_len``; the longer is cut.

    With ``tail``, a post that is too long keeps its last ``tail`` tokens and loses its middle instead of its end.
    """
    brands, texts = [brand for brand, _ in pairs], [text for _, text in pairs]
    if not tail:
        return tokenizer(
            brands, texts, truncation="longest_first", max_length=max_len, padding=True, return_tensors="pt"
        )
    whole = tokenizer(brands, texts, truncation=False, verbose=False)
    cut = {name: [_without_middle(row, max_len, tail) for row in rows] for name, rows in whole.items()}
    return tokenizer.pad(cut, padding=True, return_tensors="pt")


def tokens(
    tokenizer: Any, pairs: Sequence[tuple[str, str]], max_len: int, tail: int = 0
) -> list[tuple[list[int], list[int]]]:
    """Ids and types of what ``tokenise`` would give, without padding, at half its cost."""
    backend = tokenizer.backend_tokenizer
    backend.no_padding()
    if tail:
        backend.no_truncation()
    else:
        backend.enable_truncation(max_len, strategy="longest_first")
    found = [(one.ids, one.type_ids) for one in backend.encode_batch_fast(list(pairs))]
    return [(_without_middle(ids, max_len, tail), _without_middle(types, max_len, tail)) for ids, types in found]


def _without_middle(row: list[int], max_len: int, tail: int) -> list[int]:
    return row if len(row) <= max_len else row[: max_len - tail] + row[-tail:]


def heads(hidden: int) -> torch.nn.Linear:
    """A fresh last layer: every head's outputs side by side, in the order of ``LABELS``."""
    import torch

    return torch.nn.Linear(hidden, OUTPUTS)


def logits(encoder: Any, layer: Any, batch: Mapping[str, Any], dropout: float = 0.0) -> torch.Tensor:
    """(posts, OUTPUTS) raw scores in float32: the mean of the last hidden states over real tokens, then the heads."""
    import torch

    hidden = encoder(**batch).last_hidden_state.float()
    mask = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
    pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
    pooled = torch.nn.functional.dropout(pooled, dropout, training=dropout > 0)
    return layer(pooled).float()  # type: ignore[no-any-return]


def split(scores: torch.Tensor) -> dict[Head, torch.Tensor]:
    """The outputs of each head."""
    import torch

    return dict(zip(WIDTHS, torch.split_with_sizes(scores, list(WIDTHS.values()), dim=-1), strict=True))


def save_heads(layer: torch.nn.Linear, path: Path) -> None:
    """Each head's ``weight`` and ``bias`` as float32 safetensors."""
    import torch
    from safetensors.torch import save_file

    sizes = list(WIDTHS.values())
    weights = torch.split_with_sizes(layer.weight.detach(), sizes)
    biases = torch.split_with_sizes(layer.bias.detach(), sizes)
    tensors = {}
    for head, weight, bias in zip(WIDTHS, weights, biases, strict=True):
        tensors[f"{head}.weight"], tensors[f"{head}.bias"] = weight.clone(), bias.clone()
    save_file(tensors, path)


def load_heads(path: Path) -> torch.nn.Linear:
    """What ``save_heads`` wrote; raises ``KeyError`` where a head is missing."""
    import torch
    from safetensors.torch import load_file

    tensors = load_file(path)
    weight = torch.cat([tensors[f"{head}.weight"] for head in WIDTHS])
    layer = heads(weight.shape[1])
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(torch.cat([tensors[f"{head}.bias"] for head in WIDTHS]))
    return layer
