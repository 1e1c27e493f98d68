"""Parts posts in five, so that what is chosen on four can be tried on the fifth: by brand where there are enough."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from classifiers.evaluation.arrays import Ints
from classifiers.evaluation.labelled import Labelled

FOLDS = 5


def by_brand(posts: Sequence[Labelled]) -> bool:
    """Whether there are brands enough: a brand's posts are alike, so that they should be in one part."""
    return len({post.brand for post in posts if post.brand}) >= FOLDS


def folds(posts: Sequence[Labelled]) -> Ints:
    """The part of each post, 0 to 4: a brand is in one part whole; without brands, the same text is."""
    if not by_brand(posts):
        return np.array([_hash(post.text) % FOLDS for post in posts], dtype=np.int64)
    from sklearn.model_selection import GroupKFold

    groups = [post.brand or f"post {_hash(post.text)}" for post in posts]
    found = np.zeros(len(posts), dtype=np.int64)
    for number, (_, part) in enumerate(GroupKFold(FOLDS).split(groups, groups=groups)):
        found[part] = number
    return found


def _hash(text: str) -> int:
    return zlib.crc32(text.encode(errors="replace"))
