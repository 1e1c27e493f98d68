"""Reads the training sets: posts with the labels that each set has. Keeps whole brands apart for validation."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.text import normalise, own_key
from models.assessment import LABELS, Head

MISSING = -1
UNLABELLED = dict.fromkeys(LABELS, MISSING)

DEVELOPMENT = frozenset({
    "microsoft", "uber", "rockstar", "tmobile", "comcast", "nba2k", "cyberpunk2077", "tesco", "askwellsfargo",
})  # fmt: skip
"""Brands on which choices are made: thresholds, temperatures, the recipe."""

FINAL = frozenset({
    "united", "chipotletweets", "yahoo", "askplaystation", "virgintrains", "worldofcraft", "overwatch",
})  # fmt: skip
"""Brands that are looked at once, when everything has been chosen: an airline, a train company, shops, games."""

HELD_OUT = DEVELOPMENT | FINAL
"""Brands of which training sees no post."""

INVENTED = Path(__file__).parent / "invented"

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
    soft: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    """The teacher's logits, every head's side by side, where a teacher has read the post."""
    elsewhere: bool = False
    """Whether it names a held-out brand."""


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


@dataclass(slots=True)
class Parts:
    """Posts by what they are for; no brand is in two of them."""

    train: list[Example] = field(default_factory=list)
    development: list[Example] = field(default_factory=list)
    final: list[Example] = field(default_factory=list)

    def add(self, example: Example) -> None:
        """Put a post where its brand belongs; one that only mentions a held-out brand belongs nowhere."""
        brand = own_key(example.brand)
        if brand in FINAL:
            self.final.append(example)
        elif brand in DEVELOPMENT:
            self.development.append(example)
        elif not example.elsewhere:
            self.train.append(example)


_HELD_OUT_NAME = re.compile(rf"@(?:{'|'.join(sorted(HELD_OUT))})", re.IGNORECASE)


def example_of(brand: str, text: str, labels: Mapping[Head, int], source: str, weight: float = 1.0) -> Example:
    """A post of a set as training reads it."""
    brand = brand_of(brand, text)
    elsewhere = _HELD_OUT_NAME.search(text) is not None
    return Example(brand, normalise(unmask(text), brand), dict(labels), source, weight, elsewhere=elsewhere)


def triage(path: Path) -> list[Example]:
    """Posts labelled for all heads."""
    return [
        example_of(
            row["brand"], row["text"], {head: names.index(row[head]) for head, names in LABELS.items()}, row["source"]
        )
        for row in rows(path)
    ]


def invented(folder: Path = INVENTED) -> list[Example]:
    """Our own posts about brands that do not exist: what is rare and dangerous, what only looks like it, and the
    languages in which nobody has labelled posts.
    """
    found = []
    for path in sorted(folder.glob("*.txt")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                labels = {head: names.index(row[head]) for head, names in LABELS.items()}
                brand = row["brand"]
                found.append(Example(brand, normalise(row["text"], brand), labels, f"invented_{path.stem}"))
    return found


def sentiment(path: Path, source: str, weight: float, text: str = "text", keep: str = "") -> list[Example]:
    """Posts with a sentiment alone (``label`` 0, 1, 2); ``keep`` names a field that must be true."""
    return [
        Example("", normalise(unmask(row[text])), {**UNLABELLED, Head.SENTIMENT: int(row["label"])}, source, weight)
        for row in rows(path)
        if not keep or row[keep]
    ]


def without(examples: Sequence[Example], others: Sequence[Example]) -> list[Example]:
    """The examples whose text is none of the others', and each text once."""
    seen = {key_of(example.text) for example in others}
    kept = []
    for example in examples:
        if (key := key_of(example.text)) not in seen:
            seen.add(key)
            kept.append(example)
    return kept


def brand_of(brand: str, text: str) -> str:
    """The brand, or the first name that the post addresses where its set gives none."""
    if brand not in _NO_BRAND:
        return brand
    names = [name for name in _HANDLE.findall(text) if name.casefold() not in {"user", "mention"}]
    return names[0] if names else ""


def unmask(text: str) -> str:
    """The masks of the sets as plain names and links."""
    for mask, plain in _MASKS.items():
        text = text.replace(mask, plain)
    return text


def key_of(text: str) -> str:
    """What two copies of one post have in common: letters and digits alone, without names and links."""
    return re.sub(r"[\W_]+|@\w+|\bhttp\b", "", text.casefold())
