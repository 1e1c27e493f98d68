"""A folder of public sets, made small: what a training from nothing reads."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

BAD, GOOD = "my line is down again today", "thanks for the good help today"
PROBLEM = {"intent": "problem", "sentiment": "negative", "urgency": "high", "sensitive": "account", "churn": "no"}
PRAISE = {"intent": "praise", "sentiment": "positive", "urgency": "low", "sensitive": "none", "churn": "yes"}
BRANDS = ("Fernline", "Fernline", "Uber_Support", "Fernline", "united")


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """A gzipped JSONL file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def make(folder: Path, posts: int = 40) -> Path:
    """Brands to train on, to choose by and to look at once; posts with a sentiment alone; posts without a label."""
    rows = []
    for number in range(posts):
        brand = BRANDS[number % len(BRANDS)]
        labels, text = (PROBLEM, BAD) if number % 2 else (PRAISE, GOOD)
        rows.append({**labels, "brand": brand, "text": f"@{brand} {text} {number}", "source": "own"})
    write(folder / "triage" / "train.jsonl.gz", rows)
    some = [{"text": f"so bad {number}", "label": number % 3} for number in range(12)]
    tweets = [{**row, "text_clean": f"tweet {row['text']}", "in_tweeteval_train": row["label"] != 1} for row in some]
    write(folder / "tweeteval" / "sentiment_train.jsonl.gz", tweets)
    write(
        folder / "tweeteval" / "sentiment_val.jsonl.gz", [{**row, "text_clean": f"val {row['text']}"} for row in some]
    )
    write(folder / "xlmt_umsab" / "spanish_train.jsonl.gz", some)
    write(folder / "xlmt_umsab" / "spanish_val.jsonl.gz", [{**row, "text": f"val es {row['text']}"} for row in some])
    silent = [{"text": f"@heron where is my parcel number {number}"} for number in range(20)]
    write(folder / "complaints_acl19" / "complaints.jsonl.gz", silent)
    return folder
