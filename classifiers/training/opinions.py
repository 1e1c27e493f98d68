"""What the teachers think of posts, kept by the post's key so that a student may be taught many times."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.evaluation.arrays import Floats
from classifiers.linear import has_matrix_units
from classifiers.training import calibration, loop
from classifiers.training.data import Example, Parts
from classifiers.training.loop import Network
from classifiers.training.losses import truth
from models.assessment import LABELS

Opinion = NDArray[np.float32]
"""(OUTPUTS,) log-probabilities, every head's side by side in the order of ``LABELS``."""

LEAST = 1e-6
"""A probability below this one is taken for it."""


def path(work: Path) -> Path:
    """Where a work folder keeps them."""
    return work / "opinions.npz"


def ask(nets: Sequence[Network], parts: Parts, examples: Sequence[Example], file: Path, max_len: int) -> None:
    """Have every network read every post once, and keep the mean of their calibrated probabilities.

    Networks that err in different places are together better than the best of them (Lakshminarayanan et al. 2017,
    "Simple and scalable predictive uncertainty estimation using deep ensembles").
    """
    chances = np.mean([_chances(net, parts, examples, max_len) for net in nets], axis=0)
    told = np.log(chances.clip(min=LEAST)).astype(np.float16)
    np.savez_compressed(file, keys=np.array([key(one) for one in examples]), logits=told)


def _chances(net: Network, parts: Parts, examples: Sequence[Example], max_len: int) -> Floats:
    """(examples, OUTPUTS) probabilities, their temperatures fitted on the development brands."""
    known, right = loop.predict(net, parts.development, max_len, bf16=has_matrix_units()), truth(parts.development)
    said = loop.predict(net, examples, max_len, bf16=has_matrix_units())
    warmth = {head: calibration.temperature(right[head], known[head]) for head in LABELS}
    return np.concatenate([calibration.softmax(said[head], warmth[head]) for head in LABELS], axis=1)


def load(file: Path) -> dict[str, Opinion]:
    """What ``ask`` kept."""
    with np.load(file) as kept:
        return dict(zip(kept["keys"].tolist(), kept["logits"].astype(np.float32), strict=True))


def with_opinion(example: Example, told: Mapping[str, Opinion]) -> Example:
    """The post with the teachers' opinion, where they have read it."""
    return replace(example, soft=told.get(key(example)))


def key(example: Example) -> str:
    """The post and the brand beside it, as the teacher read them."""
    return hashlib.sha256(f"{example.brand}\0{example.text}".encode()).hexdigest()[:20]
