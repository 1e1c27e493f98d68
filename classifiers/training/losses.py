"""What training makes small: masked cross-entropy, the distance on an ordinal scale, and the teacher's opinion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from classifiers import network
from classifiers.evaluation.arrays import Ints
from classifiers.training.data import MISSING, Example
from models.assessment import LABELS, Head

if TYPE_CHECKING:
    import torch

    from classifiers.training.loop import Recipe


def truth(examples: Sequence[Example]) -> dict[Head, Ints]:
    """The right label of each head, ``MISSING`` where unknown."""
    return {head: np.array([example.labels[head] for example in examples], dtype=np.int64) for head in LABELS}


def loss(
    scores: Mapping[Head, torch.Tensor],
    batch: Sequence[Example],
    weights: Mapping[Head, torch.Tensor],
    recipe: Recipe,
) -> torch.Tensor:
    """The mean over posts of the sum over heads.

    A head without a label counts only where a teacher has read the post; where both are there, ``recipe.soft`` is the
    teacher's share (Hinton et al. 2015, "Distilling the knowledge in a neural network").
    """
    import torch

    share = torch.tensor([example.weight for example in batch])
    taught = torch.tensor([example.soft is not None for example in batch])
    blank = np.zeros(network.OUTPUTS, dtype=np.float32)
    soft = network.split(torch.from_numpy(np.stack([blank if one.soft is None else one.soft for one in batch])))
    total = torch.zeros(())
    for head, labels in truth(batch).items():
        hard = _hard(head, scores[head], torch.from_numpy(labels), weights[head], recipe)
        if taught.any():
            told = recipe.soft * _soft(scores[head], soft[head], recipe.heat)
            hard = torch.where(taught, (1 - recipe.soft) * hard + told, hard)
        total = total + (hard * share).sum() / len(batch)
    return total


def _hard(
    head: Head, scores: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor, recipe: Recipe
) -> torch.Tensor:
    import torch

    each = torch.nn.functional.cross_entropy(
        scores, labels, weight=weights, ignore_index=MISSING, reduction="none", label_smoothing=recipe.smoothing
    )
    return each + recipe.ordinal * _distance(scores, labels) if head is Head.URGENCY and recipe.ordinal else each


def _distance(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The squared earth mover's distance: calling a critical post low costs more than calling it high.

    Hou, Yu and Samaras 2016, "Squared earth mover's distance-based loss for training deep neural networks".
    """
    import torch

    known = labels != MISSING
    right = torch.nn.functional.one_hot(labels.clamp(min=0), scores.shape[1]).to(scores.dtype)
    gap = scores.softmax(-1).cumsum(-1) - right.cumsum(-1)
    return gap.square().sum(-1) * known


def _soft(scores: torch.Tensor, teacher: torch.Tensor, heat: float) -> torch.Tensor:
    """Cross-entropy to the teacher's probabilities, both at temperature ``heat``."""
    told = (teacher / heat).softmax(-1)
    return -(told * (scores / heat).log_softmax(-1)).sum(-1) * heat**2
