"""What the teacher thinks of posts: its logits, kept by the post's key so that a student may be taught many times."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.training import loop
from classifiers.training.data import Example
from classifiers.training.loop import Network
from models.assessment import LABELS

Opinion = NDArray[np.float32]
"""(OUTPUTS,) logits, every head's side by side in the order of ``LABELS``."""


def path(work: Path) -> Path:
    """Where a work folder keeps them."""
    return work / "opinions.npz"


def ask(net: Network, examples: Sequence[Example], file: Path, max_len: int) -> None:
    """Have the teacher read every post once and keep what it says."""
    said = loop.predict(net, examples, max_len, bf16=True)
    logits = np.concatenate([said[head] for head in LABELS], axis=1).astype(np.float16)
    np.savez_compressed(file, keys=np.array([key(one) for one in examples]), logits=logits)


def load(file: Path) -> dict[str, Opinion]:
    """What ``ask`` kept."""
    with np.load(file) as kept:
        return dict(zip(kept["keys"].tolist(), kept["logits"].astype(np.float32), strict=True))


def with_opinion(example: Example, told: Mapping[str, Opinion]) -> Example:
    """The post with the teacher's opinion, where the teacher has read it."""
    return replace(example, soft=told.get(key(example)))


def key(example: Example) -> str:
    """The post and the brand beside it, as the teacher read them."""
    return hashlib.sha256(f"{example.brand}\0{example.text}".encode()).hexdigest()[:20]
