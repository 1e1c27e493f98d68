"""A lead's own labelled posts as training reads them: which can be used, which heads they teach, which part is kept.

Which part a post is in depends on its brand or its text alone, so that it is the same in every run, and a model is
never measured on what an earlier one was trained on.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from classifiers.evaluation.labelled import Labelled
from classifiers.text import normalise
from classifiers.training.data import MISSING, Example, invented, key_of
from models.assessment import LABELS, Head

LEAST = 50
"""Fewer posts teach nothing that would hold."""
LEAST_KEPT = 10
BRANDS = 5
"""With so many brands, whole brands are kept apart."""


class TrainingError(ValueError):
    """These posts cannot be trained on; the message has the numbers and says what to do."""


@dataclass(frozen=True, slots=True)
class Own:
    """A post as it was given and as training reads it; ``key`` is shared by near copies.

    ``corrected``: known from a correction alone. Such posts are mistakes above all, so a model is not measured on them.
    """

    post: Labelled
    example: Example
    key: str
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Parted:
    """``by`` says by what: ``brand``, then ``brands`` are the kept ones, or ``text``."""

    train: list[Own]
    kept: list[Own]
    by: str
    share: float
    brands: tuple[str, ...] = ()

    @property
    def fair(self) -> bool:
        """Whether what is kept holds posts enough that were not chosen for being mistakes."""
        return sum(not one.corrected for one in self.kept) >= LEAST_KEPT

    @property
    def measured(self) -> list[Own]:
        """The kept posts that are no corrections; all of them where there are hardly others."""
        return [one for one in self.kept if not one.corrected] if self.fair else self.kept


@dataclass(frozen=True, slots=True)
class Known:
    """What the model knows and must not forget, in invented posts: ``mixed`` into training, the others only asked.

    ``grave`` are critical posts: somebody is in danger or is losing money right now.
    """

    mixed: Sequence[Example]
    apart: Sequence[Example]
    grave: Sequence[Example]

    @classmethod
    def shipped(cls) -> Known:
        """The invented posts that ship with the program; apart is a fifth of them, and all of ``grave.txt``."""
        mixed: list[Example] = []
        apart: list[Example] = []
        for one in invented():
            asked = one.source == "invented_grave" or chance(key_of(one.text)) < 0.2
            (apart if asked else mixed).append(one)
        critical = LABELS[Head.URGENCY].index("critical")
        return cls(mixed, apart, [one for one in apart if one.labels[Head.URGENCY] == critical])


def usable(posts: Sequence[Labelled], corrected: Sequence[Labelled], names: Mapping[str, str]) -> list[Own]:
    """The posts with a label and with words, near copies as one that has the last label given for each head.

    ``names``: the configuration's word for a brand → its name, as the model is told of it. Raises ``TrainingError``.
    """
    found: dict[str, Own] = {}
    for post, correction in [*((one, False) for one in posts), *((one, True) for one in corrected)]:
        one = _own(post, names, correction)
        if one and one.key in found:
            before = found[one.key]
            one = _own(replace(before.post, truth={**before.post.truth, **post.truth}), names, before.corrected)
        if one:
            found[one.key] = one
    if len(found) < LEAST:
        raise TrainingError(
            f"{len(found)} of {len(posts) + len(corrected)} posts can be used (with words, with a label, copies "
            f"counted once), {LEAST} are needed: label more"
        )
    return list(found.values())


def parted(posts: Sequence[Own], share: float) -> Parted:
    """Keeps about ``share`` of the posts apart: whole brands where there are enough of them, else by text.

    Raises ``TrainingError`` where too few are left for one of the two.
    """
    brands = tuple(_kept_brands(posts, share))
    kept = [one for one in posts if (one.post.brand in brands if brands else chance(one.key) < share)]
    names = {one.key for one in kept}
    train = [one for one in posts if one.key not in names]
    if len(kept) < LEAST_KEPT or len(train) < LEAST // 2:
        raise TrainingError(
            f"{len(train)} posts to train on and {len(kept)} to compare by are too few ({LEAST // 2} and {LEAST_KEPT} "
            "are needed): label more, or give another --keep"
        )
    return Parted(train, kept, "brand" if brands else "text", share, brands)


def untaught(posts: Sequence[Own]) -> dict[Head, str]:
    """The heads that these posts cannot teach, and why; raises ``TrainingError`` where none is left."""
    found: dict[Head, str] = {}
    for head in LABELS:
        counts = Counter(one.post.truth[head] for one in posts if head in one.post.truth)
        if not counts:
            found[head] = "nobody labelled it"
        elif len(counts) == 1:
            ((label, count),) = counts.items()
            found[head] = f'all {count} labels of it are "{label}"'
    if len(found) == len(LABELS):
        why = "; ".join(f"{head}: {reason}" for head, reason in found.items())
        raise TrainingError(f"no head can be trained: {why}. At least two labels of a head are needed")
    return found


def masked(examples: Sequence[Example], heads: Mapping[Head, str]) -> list[Example]:
    """Without the labels of these heads."""
    return [replace(one, labels={**one.labels, **dict.fromkeys(heads, MISSING)}) for one in examples]


def chance(text: str) -> float:
    """A number from 0 to 1 that the text alone decides."""
    return int(hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8], 16) / 16**8


def _own(post: Labelled, names: Mapping[str, str], corrected: bool) -> Own | None:
    name = names.get(post.brand, post.brand)
    text = normalise(post.text, name)
    if not text or not post.truth:
        return None
    labels = {
        head: all_of.index(post.truth[head]) if head in post.truth else MISSING for head, all_of in LABELS.items()
    }
    return Own(post, Example(name, text, labels, "own"), key_of(text) or text, corrected)


def _kept_brands(posts: Sequence[Own], share: float) -> Iterator[str]:
    """Brands in an order that their names decide, until their posts are enough; none where that does not come out.

    A brand with much more than its share of the posts is not among them: most of what there is would not be trained on.
    """
    sizes = Counter(one.post.brand for one in posts if one.post.brand)
    wanted, found, size = share * len(posts), [], 0
    if len(sizes) < BRANDS:
        return
    for brand in sorted(sizes, key=chance):
        if size < wanted * 0.75 and size + sizes[brand] <= wanted * 1.5:
            found.append(brand)
            size += sizes[brand]
    if size >= wanted / 2:
        yield from found
