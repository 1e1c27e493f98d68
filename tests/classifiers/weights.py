"""Whole weights folders around a tiny random encoder: enough to load, break and ask in milliseconds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from classifiers import compact, network
from classifiers.manifest import FILE, HEADS, Manifest, digest, stored
from models.assessment import LABELS


def seal(folder: Path, **changes: Any) -> Path:
    """The manifest of what lies in ``folder``."""
    values: dict[str, Any] = {
        "name": "tiny-1",
        "labels": dict(LABELS),
        "temperatures": dict.fromkeys(LABELS, 1.0),
        "languages": ["en", "es"],
        "full_languages": ["en"],
        "max_len": 48,
        "sha256": {name: digest(folder / name) for name in stored(folder)},
    }
    (folder / FILE).write_text(Manifest(**values | changes).model_dump_json(indent=1))
    return folder


def weights(folder: Path, seed: int = 5, spread: float = 3.0, **changes: Any) -> Path:
    """Five random heads on the encoder in ``folder``; ``spread`` is how sure they are."""
    import torch

    torch.manual_seed(seed)
    layer = network.heads(json.loads((folder / "config.json").read_text())["hidden_size"])
    layer.weight.data.mul_(spread)
    network.save_heads(layer, folder / HEADS)
    return seal(folder, **changes)


def squeezed(folder: Path, most_bytes: int, **changes: Any) -> Path:
    """The same with its encoder in int8."""
    compact.save(network.load_encoder(folder), folder, most_bytes)
    return seal(folder, **changes)
