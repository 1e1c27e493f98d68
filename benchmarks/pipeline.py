"""What a mention costs beside the model, from heard to sent, as the database fills up. It must stay flat.

`python -m benchmarks.pipeline` uses SQLite on the disk of ``--folder``; ``--url`` measures a PostgreSQL instead. The
work is the daemon's own, transaction for transaction; only the model's answer and the network are left out. Rounds on
a small database are taken in turn with those on the large one, so that the ratio does not measure what else runs.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.history import AUTHORS_SHARE, BRAND, CHANNEL, author, fill
from engine.sweep import sweep
from models.assessment import LABELS, Assessment, Finding, Head
from models.decision import Receipt
from models.mention import Author, Batch, Mention
from models.past import Screened
from models.settings import Settings
from models.store import Store, deciding, effects, figures, hearing, judging
from responders.decider import Decider
from responders.rules import rules_from
from responders.templates import Templates

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS, ROUND = 7, 100
PAGE, BATCH = 20, 32
STAGES = ("hear", "judge", "decide", "send")
KINDS = {
    "Does Kestrelo roaming work in Switzerland?": ("question", "neutral", "normal", "none"),
    "Kestrelo charged my card twice": ("problem", "negative", "normal", "payment"),
    "Kestrelo, thank you, that was quick": ("praise", "positive", "low", "none"),
    "Kestrelo shares rise": ("broadcast", "neutral", "low", "none"),
}
SETTINGS = {
    "brands": {
        BRAND: {
            "name": "Kestrelo",
            "terms": ["kestrelo"],
            "faq": [{"questions": ["does kestrelo roaming work in switzerland"], "answer": "Yes."}],
        }
    },
    "channels": {CHANNEL: {"reply_with": "desk"}},
    "replies": {"mode": "on", "routes": ["answer", "thank"], "per_hour": 10_000, "per_day": 10_000},
    "listeners": {"feed": {"kind": "jsonl"}},
    "responders": {"desk": {"kind": "console"}},
    "routes": {"call": {"sink": "desk"}},
}


class Pipeline:
    """The stages, run one after the other on this thread."""

    def __init__(self, store: Store, seed: int) -> None:
        settings = Settings.model_validate(SETTINGS)
        self._store = store
        self._dice = random.Random(seed)
        self._authors: list[str] = []
        self._shards: list[str] = []
        self._decider = Decider(store, rules_from(settings, Templates.load()), "v", now)
        store.on_wake = self._woken

    def round(self, past: int) -> dict[str, float]:
        """Seconds each stage took for ROUND new mentions."""
        posts = [self._post(past) for _ in range(ROUND)]
        work: dict[str, Callable[[], None]] = {
            "hear": lambda: self._hear(posts),
            "judge": self._judge,
            "decide": self._decide,
            "send": self._send,
        }
        return {stage: seconds(work[stage]) for stage in STAGES}

    def _post(self, past: int) -> Mention:
        """Half of them come from people of whom something is known."""
        old = self._dice.random() < 0.5
        who = author(self._dice.randrange(past // AUTHORS_SHARE)) if old else Author(f"n{self._dice.getrandbits(60)}")
        text = self._dice.choices(tuple(KINDS), (3, 3, 1, 3))[0]
        return Mention(CHANNEL, f"{self._dice.getrandbits(60)}", who, text, now(), BRAND)

    def _woken(self, wakes: Sequence[tuple[str, str]]) -> None:
        self._shards += [key for stage, key in wakes if stage == "classify"]
        self._authors += [key for stage, key in wakes if stage == "decide"]

    def _hear(self, posts: Sequence[Mention]) -> None:
        for start in range(0, len(posts), PAGE):
            page = [Screened(post) for post in posts[start : start + PAGE]]
            self._store.do(hearing.hear, "feed", Batch(cursor=str(start)), page, "v", now())

    def _judge(self) -> None:
        for shard in dict.fromkeys(self._shards):
            while mentions := self._store.do(judging.claim, shard, BATCH, now()):
                self._store.do(judging.save, [(mention, assessment(mention.text)) for mention in mentions], now())
        self._shards.clear()

    def _decide(self) -> None:
        for key in dict.fromkeys(self._authors):
            while self._store.do(self._decider._round, key, now())[0] >= deciding.PORTION:
                pass
        self._authors.clear()

    def _send(self) -> None:
        while message := self._store.do(effects.claim, "desk", now()):
            self._store.do(effects.sent, message, Receipt("r"), now())


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def assessment(text: str) -> Assessment:
    """What a model that is sure would say."""
    labels = dict(zip(Head, (*KINDS[text], "no"), strict=True))
    findings = {
        head: Finding(head, {name: float(name == label) for name in LABELS[head]}, "v")
        for head, label in labels.items()
    }
    return Assessment(findings=findings, lang="en")


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(small: Store, store: Store, sizes: Sequence[int]) -> None:
    """Print a table, a row for each size; ``small`` stays at about SIZES[0] mentions."""
    print(f"database: {store.engine.dialect.name}; each row the median of {ROUNDS} rounds of {ROUND} mentions")
    print(
        "| stored mentions | µs a mention | mentions/s | ratio | hear | judge | decide | send | sweep ms | start ms |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    stored, start = 0, SIZES[0]
    fill(small, 0, start, now() - timedelta(hours=1))
    for size in sizes:
        fill(store, stored, size, now() - timedelta(hours=1))
        stored = size
        both = [(Pipeline(small, size), start), (Pipeline(store, size), size)]
        pairs = [[pipeline.round(past) for pipeline, past in both] for _ in range(ROUNDS + 1)][1:]  # the first warms
        rounds = [large for _, large in pairs]
        cost = {stage: median(one[stage] for one in rounds) / ROUND * 1e6 for stage in STAGES}
        total = median(sum(one.values()) for one in rounds) / ROUND * 1e6
        ratio = median(sum(large.values()) / sum(little.values()) for little, large in pairs)
        stages = " | ".join(f"{cost[stage]:.0f}" for stage in STAGES)
        print(
            f"| {size:,} | {total:.0f} | {1e6 / total:.0f} | {ratio:.2f} | {stages} "
            f"| {seconds(lambda: store.do(sweep, now())) * 1e3:.1f} | {seconds(lambda: _start(store)) * 1e3:.1f} |",
            flush=True,
        )
    figure = seconds(lambda: store.do(figures.figures, now()))
    print(f"\nAll figures of `status`, /healthz and /metrics at {stored:,} mentions: {figure * 1e3:.1f} ms")


def _start(store: Store) -> None:
    store.do(judging.free_after_restart, now())
    store.do(effects.recover, now())


def stores(url: str) -> tuple[Store, Store]:
    """A small and a large one: two files, or two schemas of one PostgreSQL database."""
    if url.startswith("sqlite"):
        return Store.open(url.replace(".db", "-small.db")), Store.open(url)
    store = Store.open(url)
    store.do(lambda session: session.connection().exec_driver_sql("CREATE SCHEMA small"))
    return Store.open(f"{url}?options=-csearch_path%3Dsmall"), store


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", help="a PostgreSQL URL of an empty database; SQLite without it")
    options.add_argument("--sizes", default=",".join(map(str, SIZES)), help="stored mentions, ascending, with commas")
    options.add_argument("--folder", type=Path, default=Path("build"), help="where SQLite's file goes: a real disk")
    asked = options.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder, suppress(KeyboardInterrupt):
        small, store = stores(asked.url or f"sqlite:///{folder}/pipeline.db")
        measure(small, store, [int(size) for size in asked.sizes.split(",")])
        small.close()
        store.close()


if __name__ == "__main__":
    main()
