"""How many mentions of the stored history a second `replay` goes through, and how much memory that takes.

`python -m benchmarks.replay` fills a SQLite file in ``--folder``; ``--url`` measures an empty PostgreSQL instead. The
texts are of real lengths, and half of them are alerts by one of the two configurations.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from engine.history import Asked, replayed
from models.assessment import LABELS, Head
from models.mention import Author, Mention
from models.settings import Loaded, Settings
from models.store import Store
from models.store.dialect import insert
from models.store.rows import mention_values
from models.tables import AssessmentRow, DecisionRow, MentionRow

PORTION = 5_000
SIZES = (10_000, 100_000)
WORDS = ("the", "line", "is", "slow", "again", "since", "noon", "nobody", "at", "the", "shop", "knows", "really")


def configured(urgent: float, exclude: str) -> Loaded:
    """One brand; its words differ, so that every post is screened by its text too."""
    brand = {"name": "Kestrelo", "terms": ["kestrelo"], "exclude": [exclude]}
    tables = {"listeners": {"feed": {"kind": "jsonl"}}, "responders": {"console": {"kind": "console"}}}
    settings = {"brands": {"kestrelo": brand}, "thresholds": {"urgent": {"at": urgent, "doubt": 0.1}}, **tables}
    return Loaded(Path("new.toml"), Settings.model_validate(settings))


def fill(store: Store, start: int, end: int, now: datetime) -> None:
    """Bring the history from ``start`` mentions to ``end``."""
    dice = random.Random(start)
    for first in range(start, end, PORTION):
        store.do(_portion, range(first, min(first + PORTION, end)), dice, now)
    if store.engine.dialect.name == "postgresql":
        store.do(lambda session: session.connection().exec_driver_sql("ANALYZE"))


def _portion(session: Session, numbers: range, dice: random.Random, now: datetime) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {MentionRow: [], AssessmentRow: [], DecisionRow: []}
    for number in numbers:
        at = now - timedelta(days=29) * dice.random()
        text = f"Kestrelo {' '.join(dice.choices(WORDS, k=dice.randrange(5, 45)))}"
        post = Mention("forum", str(number), Author(f"a{number}"), text, at, "kestrelo", lang="en")
        rows[MentionRow].append(mention_values(post, "feed", at, "decided"))
        found = {head: {"p": _shares(dice, head), "version": "v@1"} for head in Head}
        body = {"findings": found, "pii": [], "danger": [], "lang": "en", "unsure": []}
        rows[AssessmentRow].append({"mention_id": post.id, "body": body, "version": "v@1", "at": at})
        decision = {"mention_id": post.id, "route": dice.choice(["call", "review", "ignore"]), "reasons": ["opinion"]}
        rows[DecisionRow].append(
            decision | {"eligibility": "none", "eligibility_reason": "", "config_version": "v", "at": at}
        )
    for table, values in rows.items():
        session.execute(insert(session, table), values)


def _shares(dice: random.Random, head: Head) -> dict[str, float]:
    parts = [dice.random() ** 3 for _ in LABELS[head]]
    return {label: round(part / sum(parts), 6) for label, part in zip(LABELS[head], parts, strict=True)}


def measure(url: str, sizes: list[int]) -> None:
    """Print a row for each size."""
    store, now, stored = Store.open(url), datetime.now(UTC), 0
    print("| mentions | seconds | processor's seconds | mentions a second of these | most memory MB |")
    print("|---:|---:|---:|---:|---:|")
    for size in sizes:
        fill(store, stored, size, now)
        stored = size
        reader = Store.open(url, read_only=True)
        began, worked = time.perf_counter(), time.process_time()
        found = replayed(reader, configured(0.5, "shop"), configured(0.4, "kite"), Asked(), now)
        took, work = time.perf_counter() - began, time.process_time() - worked
        reader.close()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {found.flips.mentions:,} | {took:.1f} | {work:.1f} | {size / work:.0f} | {memory:.0f} |", flush=True)
    store.close()


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", help="a PostgreSQL URL of an empty database; SQLite without it")
    options.add_argument("--sizes", default=",".join(map(str, SIZES)), help="stored mentions, ascending, with commas")
    options.add_argument("--folder", type=Path, default=Path("build"), help="where SQLite's file goes: a real disk")
    asked = options.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        measure(asked.url or f"sqlite:///{folder}/replay.db", [int(size) for size in asked.sizes.split(",")])


if __name__ == "__main__":
    main()
