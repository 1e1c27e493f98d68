"""An encoder stored in int8, cut into files that a repository can bear. A way to store: it computes as any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifiers.manifest import ENCODER, SHARDS

if TYPE_CHECKING:
    import torch

MOST_BYTES = 90_000_000
"""Of one file."""
SCALE = ".int8_scale"
"""What the name of a matrix' factors ends with."""
GROUP = 64
"""Numbers of a row that share a factor: a factor a row alone triples what rounding changes, and saves 3 % of size."""


def save(model: Any, folder: Path, most_bytes: int = MOST_BYTES) -> list[str]:
    """Writes the model's weights and ``config.json`` in place of those that lie there; returns the weights' files.

    Every matrix becomes int8 with a float16 factor for ``GROUP`` numbers of a row, the rest becomes float16. The
    manifest must be sealed afterwards: its ``sha256`` names the files.
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    for old in (path for pattern in (ENCODER, SHARDS) for path in folder.glob(pattern)):
        old.unlink()
    model.config.save_pretrained(folder)
    shards = list(_shards(model.state_dict(), most_bytes))
    names = [f"model-int8-{number}-of-{len(shards)}.safetensors" for number in range(1, len(shards) + 1)]
    for name, shard in zip(names, shards, strict=True):
        save_file(shard, folder / name, metadata={"format": "pt"})
        (folder / name).chmod(0o644)
    return names


def state_dict(folder: Path) -> dict[str, torch.Tensor]:
    """What ``save`` wrote, as float32; raises ``ValueError`` where parts of it are not there."""
    from safetensors.torch import load_file

    paths = sorted(folder.glob(SHARDS))
    if not paths or len({path.stem.rpartition("-of-")[2] for path in paths}) > 1:
        raise ValueError(f"{folder} does not hold the shards of one encoder")
    if len(paths) != int(paths[0].stem.rpartition("-of-")[2]):
        raise ValueError(f"{folder} holds {len(paths)} of the shards that {paths[0].name} belongs to")
    tensors = {name: tensor for path in paths for name, tensor in load_file(path).items()}
    return {name: _wide(tensors, name) for name in tensors if not name.endswith(SCALE)}


def _shards(weights: Mapping[str, torch.Tensor], most_bytes: int) -> Iterator[dict[str, torch.Tensor]]:
    shard: dict[str, torch.Tensor] = {}
    held = 0
    for name, weight in weights.items():
        parts = _narrow(name, weight)
        size = sum(part.numel() * part.element_size() for part in parts.values())
        if shard and held + size > most_bytes:
            yield shard
            shard, held = {}, 0
        shard |= parts
        held += size
    yield shard


def _narrow(name: str, weight: torch.Tensor) -> dict[str, torch.Tensor]:
    import torch

    if not weight.is_floating_point():
        return {name: weight.contiguous()}
    if weight.dim() != 2:
        return {name: weight.to(torch.float16).contiguous()}
    rows, columns = weight.shape
    groups = weight.float().view(rows, -1, GROUP if columns % GROUP == 0 else columns)
    scale = (groups.abs().amax(2, keepdim=True) / 127).clamp(min=torch.finfo(torch.float16).tiny).to(torch.float16)
    whole = (groups / scale.float()).round().clamp(-127, 127).to(torch.int8)
    return {name: whole.view(rows, columns), name + SCALE: scale.squeeze(2)}


def _wide(tensors: Mapping[str, torch.Tensor], name: str) -> torch.Tensor:
    tensor, scale = tensors[name], tensors.get(name + SCALE)
    if scale is None:
        return tensor.float() if tensor.is_floating_point() else tensor
    groups = tensor.float().view(*scale.shape, -1) * scale.float().unsqueeze(2)
    return groups.view(tensor.shape)
