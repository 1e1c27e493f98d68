"""Posts of the public sets, for this project's labels and for a teacher to read. Holds no post itself."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers.training.data import Example, example_of, key_of, rows
from models.assessment import LABELS

LABELLED = Path(__file__).parent / "labelled.tsv"
"""This project's labels for posts of the public sets: the post's key, never its text."""

SHORTEST, LONGEST = 12, 600


@dataclass(frozen=True, slots=True)
class Raw:
    """A post as its set has it."""

    source: str
    brand: str
    text: str


Reader = Callable[[Mapping[str, Any]], tuple[str, str] | None]
"""The brand and the text of a row, or none where the row is of no use."""

_CUSTOMERS = frozenset({"twcs_airlines_customer", "twcs_general_customer", "entity_sentiment"})

_FILES: dict[str, tuple[str, Reader]] = {
    "entity": (
        "entity_sentiment/train.jsonl.gz",
        lambda row: (row["entity"], row["text"]) if row["variant"] == 0 else None,
    ),
    "twcs_air": ("twcs_airlines/dialogues.jsonl.gz", lambda row: ("(an airline)", row["text"])),
    "complaints": ("complaints_acl19/complaints.jsonl.gz", lambda row: ("", row["text"])),
    "twcs_gen": ("twcs_general/pairs.jsonl.gz", lambda row: (row["brand"], row["customer_text"])),
    "airline": ("airline_sentiment/tweets.jsonl.gz", lambda row: (row["airline"], row["text"])),
    "ibm": ("ibm_cdp/dialogues.jsonl.gz", lambda row: _opening(row)),
    "sanders": ("sanders/tweets.jsonl.gz", lambda row: (row["topic"], row["text"])),
    "sxsw": (
        "brands_emotions/tweets.jsonl.gz",
        lambda row: (row["emotion_in_tweet_is_directed_at"] or "", row["text"]),
    ),
    "apple": ("apple_sentiment/tweets.jsonl.gz", lambda row: ("apple", row["text"])),
    "need": ("twcs_need_weak/need_weak.jsonl.gz", lambda row: (row["brand"], row["text"])),
    "unlabelled": (
        "unlabelled/social_texts.jsonl.gz",
        lambda row: ("", row["text"]) if row["source"] in _CUSTOMERS else None,
    ),
}


def posts(folder: Path) -> Iterator[Raw]:
    """Every post of the public sets that lie in ``folder``, each text once, in one fixed order."""
    seen: set[str] = set()
    for source, (name, read) in _FILES.items():
        path = folder / name
        if not path.exists():
            continue
        for row in rows(path):
            found = read(row)
            if found is None:
                continue
            text = " ".join((found[1] or "").split())
            key = key_of(text)
            if SHORTEST < len(text) < LONGEST and key not in seen:
                seen.add(key)
                yield Raw(source, found[0], text)


def labelled(folder: Path, path: Path = LABELLED) -> list[Example]:
    """The posts in ``folder`` that ``path`` has labels for; posts that are not there are left out."""
    with path.open(encoding="utf-8", newline="") as file:
        known = {row["key"]: row for row in csv.DictReader(file, delimiter="\t")}
    found = []
    for raw in posts(folder):
        row = known.get(digest_of(raw.text))
        if row:
            labels = {head: names.index(row[head]) for head, names in LABELS.items()}
            found.append(example_of(raw.brand, raw.text, labels, raw.source))
    return found


def digest_of(text: str) -> str:
    """What stands for a post in ``LABELLED``: the start of its plain form's sha256."""
    return hashlib.sha256(key_of(text).encode()).hexdigest()[:20]


def _opening(row: Mapping[str, Any]) -> tuple[str, str] | None:
    said = [turn["text"] for turn in row["turns"] if turn["role"] == "customer"]
    return (row["company"], said[0]) if said else None
