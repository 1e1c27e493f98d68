"""Which posts train what, from a folder of public sets; a set that is not there is left out and said so."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from classifiers.text import own_key
from classifiers.training import data, pool
from classifiers.training.data import HELD_OUT, UNLABELLED, Example, Parts
from classifiers.training.gibberish import gibberish
from models.assessment import LABELS

log = logging.getLogger(__name__)

NEVER = "a folder needs triage/train.jsonl.gz, posts labelled for all heads (see docs/model.md)"


@dataclass(frozen=True, slots=True)
class Sets:
    """Everything that a training from nothing reads."""

    parts: Parts
    """Posts labelled for all heads, by brand: to train on, to choose by, to look at once."""
    general: list[Example]
    """English posts with a sentiment alone."""
    foreign: list[Example]
    """Posts in five other languages: invented ones with all labels, public ones (some in English) with a sentiment."""
    silent: list[Example]
    """Posts about brands without any label: what a teacher reads for its student."""
    checks: dict[str, list[Example]]
    """Validation parts of the public sets, by name: measured, never trained on."""


def read(folder: Path, silent: int, seed: int) -> Sets:
    """Reads all sets; ``silent`` is how many unlabelled posts are drawn."""
    path = folder / "triage" / "train.jsonl.gz"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: {NEVER}")
    rng = random.Random(seed)  # noqa: S311  (a repeatable sample, no secret)
    checks = _checks(folder)
    tested = [one for examples in checks.values() for one in examples]
    parts = Parts()
    invented = data.invented()
    ours = [one for one in invented if not _is_foreign(one)]
    for example in data.without([*data.triage(path), *pool.labelled(folder), *ours], tested):
        parts.add(example)
    kept = [*tested, *parts.development, *parts.final]
    parts.train = data.without(parts.train, kept)
    general = _general(folder)
    foreign = data.without([*(one for one in invented if _is_foreign(one)), *_foreign(folder)], kept)
    general = data.without(general, [*kept, *parts.train, *foreign])
    rest = data.without(_silent(folder), [*kept, *parts.train, *general])
    rng.shuffle(general)
    rng.shuffle(rest)
    log.info(
        "labelled %d, development %d, final %d; sentiment alone %d English, %d others; silent %d of %d",
        len(parts.train), len(parts.development), len(parts.final), len(general), len(foreign),
        min(silent, len(rest)), len(rest),
    )  # fmt: skip
    return Sets(parts, general, foreign, rest[:silent], checks)


def with_prior(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    """Strings without a meaning, taught as "anything is possible": the shares of the labels in ``examples``."""
    prior = np.concatenate([
        np.log(np.bincount([one.labels[head] for one in examples], minlength=len(labels)).clip(min=1) / len(examples))
        for head, labels in LABELS.items()
    ])  # fmt: skip
    rng = random.Random(seed)  # noqa: S311
    brands = ["", *sorted({one.brand for one in examples})]
    blank = Example("", "", dict(UNLABELLED), "gibberish", soft=prior.astype(np.float32))
    return [replace(blank, text=gibberish(rng), brand=rng.choice(brands)) for _ in range(count)]


def _general(folder: Path) -> list[Example]:
    path = folder / "tweeteval" / "sentiment_train.jsonl.gz"
    return data.sentiment(path, "tweeteval", 1.0, "text_clean", "in_tweeteval_train") if _there(path) else []


def _foreign(folder: Path) -> list[Example]:
    found: list[Example] = []
    for language, name in data.UMSAB.items():
        path = folder / "xlmt_umsab" / f"{name}_train.jsonl.gz"
        if _there(path):
            found += data.sentiment(path, f"umsab_{language}", 1.0)
    return found


def _is_foreign(example: Example) -> bool:
    """The name of an invented file ends in its language."""
    return example.source.removeprefix("invented_") in data.UMSAB and example.source != "invented_en"


def _silent(folder: Path) -> list[Example]:
    found = (data.example_of(raw.brand, raw.text, UNLABELLED, raw.source) for raw in pool.posts(folder))
    return [one for one in found if own_key(one.brand) not in HELD_OUT and not one.elsewhere]


def _checks(folder: Path) -> dict[str, list[Example]]:
    """UMSAB's English is part of TweetEval's."""
    found: dict[str, list[Example]] = {}
    path = folder / "tweeteval" / "sentiment_val.jsonl.gz"
    if _there(path):
        found["tweeteval_val"] = data.sentiment(path, "tweeteval_val", 1.0, "text_clean")
    for language, name in data.UMSAB.items():
        path = folder / "xlmt_umsab" / f"{name}_val.jsonl.gz"
        if language != "en" and _there(path):
            found[f"umsab_{language}_val"] = data.sentiment(path, f"umsab_{language}_val", 1.0)
    return found


def _there(path: Path) -> bool:
    if not path.exists():
        log.warning("left out, for it is not there: %s", path.name)
    return path.exists()
