"""Reads the training sets: posts with the labels that each set has. Keeps whole brands apart for validation."""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from classifiers.text import normalise, own_key
from models.assessment import LABELS, Head

MISSING = -1
UNLABELLED = dict.fromkeys(LABELS, MISSING)

HELD_OUT = frozenset({
    "united", "microsoft", "chipotletweets", "uber", "rockstar", "tmobile", "comcast", "yahoo", "askplaystation",
    "virgintrains", "askwellsfargo", "tesco", "nba2k", "worldofcraft", "overwatch", "cyberpunk2077",
})  # fmt: skip
"""Brands of which training sees no post: an airline, shops, telephone and train companies, games, a bank."""

INVENTED = Path(__file__).parent / "invented.txt"

UMSAB = {
    "en": "english", "es": "spanish", "fr": "french", "de": "german", "pt": "portuguese", "it": "italian",
}  # fmt: skip
"""Code and file of each language used. The set's Hindi is romanised and partly English, Arabic has no vocabulary."""

_HANDLE = re.compile(r"@([A-Za-z_]\w+)")
_MASKS = {"{link}": "http://x", "__url__": "http://x", "<url>": "http://x", "<user>": "@user", "@mention": "@user"}
_NO_BRAND = frozenset({"", "airline", "(an airline)"})


@dataclass(frozen=True, slots=True)
class Example:
    """A post in its normal form with the index of its label for each head, ``MISSING`` where the set has none."""

    brand: str
    text: str
    labels: dict[Head, int]
    source: str
    weight: float = 1.0


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def triage(path: Path) -> tuple[list[Example], list[Example]]:
    """Posts labelled for all heads: those to train on, and those of the held-out brands.

    A post that only mentions a held-out brand is in neither part.
    """
    train, validation = [], []
    mention = re.compile(rf"@(?:{'|'.join(sorted(HELD_OUT))})", re.IGNORECASE)
    for row in rows(path):
        brand = _brand(row["brand"], row["text"])
        labels = {head: names.index(row[head]) for head, names in LABELS.items()}
        example = Example(brand, normalise(_unmask(row["text"]), brand), labels, row["source"])
        if own_key(brand) in HELD_OUT:
            validation.append(example)
        elif not mention.search(row["text"]):
            train.append(example)
    return train, validation


def invented(path: Path = INVENTED) -> list[Example]:
    """Our own posts about a brand that does not exist: what is rare and dangerous, and what only looks like it."""
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Example(
            "Kestrelo",
            normalise(row["text"], "Kestrelo"),
            {head: names.index(row[head]) for head, names in LABELS.items()},
            "invented",
        )
        for row in table
    ]


def sentiment(path: Path, source: str, weight: float, text: str = "text", keep: str = "") -> list[Example]:
    """Posts with a sentiment alone (``label`` 0, 1, 2); ``keep`` names a field that must be true."""
    return [
        Example("", normalise(_unmask(row[text])), {**UNLABELLED, Head.SENTIMENT: int(row["label"])}, source, weight)
        for row in rows(path)
        if not keep or row[keep]
    ]


def without(examples: Sequence[Example], others: Sequence[Example]) -> list[Example]:
    """The examples whose text is none of the others', and each text once."""
    seen = {_plain(example.text) for example in others}
    kept = []
    for example in examples:
        if (key := _plain(example.text)) not in seen:
            seen.add(key)
            kept.append(example)
    return kept


def vary(example: Example, brands: Sequence[str], rng: random.Random) -> Example:
    """The same post as somebody else would have met it: another brand's name, none, or other punctuation."""
    brand, text = example.brand, example.text
    chance = rng.random()
    # The label "unrelated" hangs on the name, so those rows keep it.
    if brand and example.labels[Head.INTENT] != LABELS[Head.INTENT].index("unrelated"):
        brand = "" if chance < 0.2 else rng.choice(brands) if chance < 0.5 else brand
    chance = rng.random()
    if chance < 0.06:
        text = text.rstrip(".!") + "!!!"
    elif chance < 0.12:
        text = text.rstrip(".!")
    elif chance < 0.2:
        text = text.removeprefix("@brand ").removeprefix("@user ") or text
    return replace(example, brand=brand, text=text)


def _brand(brand: str, text: str) -> str:
    """The brand, or the first name that the post addresses where its set gives none."""
    if brand not in _NO_BRAND:
        return brand
    names = [name for name in _HANDLE.findall(text) if name.casefold() not in {"user", "mention"}]
    return names[0] if names else ""


def _unmask(text: str) -> str:
    for mask, plain in _MASKS.items():
        text = text.replace(mask, plain)
    return text


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+|@\w+|\bhttp\b", "", text.casefold())
