"""The parts of a step of training: which posts it holds, what learns and how fast, and how much a rare label weighs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from classifiers.training.data import Example
from models.assessment import LABELS, Head

if TYPE_CHECKING:
    import torch

    from classifiers.training.loop import Network, Recipe


def groups(net: Network, recipe: Recipe) -> list[dict[str, Any]]:
    """The heads at their own rate; the encoder's layers, the lower the slower; nothing of what is frozen."""
    encoder, groups = net.encoder, [{"params": list(net.layer.parameters()), "lr": recipe.head_rate}]
    # An architecture whose layers have another name learns at one rate throughout.
    layers = list(getattr(getattr(encoder, "encoder", None), "layer", ()))
    inside = {id(parameter) for layer in layers for parameter in layer.parameters()}
    rest = [parameter for parameter in encoder.parameters() if id(parameter) not in inside]
    if recipe.freeze:
        for part in (encoder.embeddings, *layers[: recipe.freeze]):
            part.requires_grad_(False)
    else:
        groups.append({"params": rest, "lr": recipe.rate * recipe.decay ** len(layers)})
    for depth, layer in enumerate(layers[recipe.freeze :], recipe.freeze + 1):
        groups.append({"params": list(layer.parameters()), "lr": recipe.rate * recipe.decay ** (len(layers) - depth)})
    return groups


def batches(examples: list[Example], size: int, rng: random.Random) -> list[list[Example]]:
    """Shuffled batches of posts of about one length: padding costs as much as text."""
    rng.shuffle(examples)
    batches = []
    for begin in range(0, len(examples), size * 40):
        near = sorted(examples[begin : begin + size * 40], key=lambda example: len(example.text))
        batches += [near[at : at + size] for at in range(0, len(near), size)]
    rng.shuffle(batches)
    return batches


def pace(step: int, steps: int, least: float, warm: float = 0.06) -> float:
    """Up for the first part of the run, then in a line towards zero, never below ``least``."""
    first = max(1, int(steps * warm))
    return (step + 1) / first if step < first else max(least, (steps - step) / max(1, steps - first))


def weights(examples: Sequence[Example], power: float) -> dict[Head, torch.Tensor]:
    """A weight a label, 1 on average over the examples; only heads whose rare labels are the dangerous ones differ."""
    import torch

    weights = {head: torch.ones(len(labels)) for head, labels in LABELS.items()}
    for head in (Head.URGENCY, Head.SENSITIVE, Head.CHURN):
        known = [one.labels[head] for one in examples if one.labels[head] >= 0]
        counts = np.bincount(known, minlength=len(LABELS[head])).clip(min=1)
        raw = (counts.sum() / counts) ** power
        weights[head] = torch.tensor(raw * counts.sum() / (raw * counts).sum(), dtype=torch.float32)
    return weights
