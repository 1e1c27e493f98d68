"""A daemon, its world and its database, to be killed and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DatabaseError

from tests.crash.checker import Counts, Record, check, counts

ROOT = Path(__file__).parents[2]
LIMIT = 60.0
"""Seconds until we give up; far above what anything here takes."""

CONFIG = """
store.url = "{url}"
calendar.nudge_after = "0s"
desk.storm = {storm}
log = {{ level = "info", format = "json" }}
routes.call.sink = "desk"
replies = {{ mode = "on", routes = ["answer", "thank"], author_cooldown = "0s", per_hour = 100000, per_day = 100000 }}
brands.k = {{ name = "Kestrelo", terms = ["kestrelo"], faq = [
    {{ questions = ["does kestrelo roaming work in switzerland"], answer = "Yes, on all monthly plans." }},
] }}
channels.forum.reply_with = "public"
listeners.forum = {{ kind = "world", url = "{world}", every = "{every}" }}
responders.desk = {{ kind = "world_alert", url = "{world}" }}
responders.public = {{ kind = "world_reply", url = "{world}" }}
"""


class Peer:
    """A program of ours in a process of its own, spoken to by lines."""

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.first = self.answer()

    def answer(self) -> Any:
        """Its next line, as JSON."""
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def ask(self, order: Mapping[str, Any]) -> Any:
        """Its answer to one line."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self.answer()

    def close(self) -> None:
        """End it."""
        with self._process:
            self._process.kill()


@contextmanager
def peer(module: str) -> Iterator[Peer]:
    """One that ends with the block."""
    running = Peer(module)
    try:
        yield running
    finally:
        running.close()


@dataclass
class Rig:
    """``kills`` counts those that hit a living daemon."""

    folder: Path
    url: str
    daemons: Peer
    world: str
    every: str
    storm: int
    kills: int = 0
    pid: int = 0
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        # Read-only, because a look must not make the file that the daemon is about to make.
        look = self.url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
        self.engine = create_engine(look if "sqlite" in self.url else self.url, isolation_level="AUTOCOMMIT")
        self.config = self.folder / "config.toml"
        self.config.write_text(CONFIG.format(url=self.url, world=self.world, every=self.every, storm=self.storm))

    def start(self, failpoint: str = "", mutant: str = "") -> None:
        """A new daemon on the same database."""
        env = {"FAILPOINT": failpoint, "MUTANT": mutant}
        order = {"start": str(self.config), "env": env, "log": str(self.folder / "log")}
        self.pid = self.daemons.ask(order)["pid"]

    def ended(self, seconds: float = LIMIT) -> int | None:
        """How the daemon ended, within so many seconds; None if it lives."""
        status = self.daemons.ask({"wait": self.pid, "seconds": seconds})["status"]
        self.pid = 0 if status is not None else self.pid
        return status

    def kill(self) -> None:
        """kill -9. One that could not start, because its forerunner's connection was not yet gone, does not count."""
        os.kill(self.pid, signal.SIGKILL)
        self.kills += self.ended() == -signal.SIGKILL

    def stop(self) -> int | None:
        """SIGTERM; the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self.ended()

    def close(self) -> None:
        """Leave nothing running."""
        if self.pid:
            self.kill()
        self.engine.dispose()

    def seen(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The world's posts and what was written to it."""
        with urllib.request.urlopen(f"{self.world}/log", timeout=LIMIT) as answer:
            log = json.load(answer)
        return log["posts"], log["writes"]

    def waiting(self) -> dict[str, int]:
        """What is left to do, by kind; empty once all is done."""
        asked = {
            "unheard": f"SELECT {len(self.seen()[0])} - count(*) FROM mention",
            "undecided": "SELECT count(*) FROM mention WHERE state <> 'decided'",
            "unsettled": "SELECT count(*) FROM effect WHERE state IN ('pending', 'folding', 'sending', 'uncertain')",
        }
        try:
            with self.engine.connect() as connection:
                left = {name: connection.execute(text(query)).scalar_one() for name, query in asked.items()}
        except DatabaseError:  # no tables yet
            return {"unheard": -1}
        return {name: count for name, count in left.items() if count}

    def drain(self, seconds: float = LIMIT) -> dict[str, int]:
        """Let a whole daemon finish; what it could not finish in time."""
        deadline = time.monotonic() + seconds
        while (left := self.waiting()) and time.monotonic() < deadline:
            if self.ended(0.05) is not None:
                self.start()
        return left

    def verdict(self) -> tuple[Counts, list[str]]:
        """The figures, and every promise that was broken."""
        (posts, writes), record = self.seen(), Record.read(self.engine)
        return counts(posts, writes, record), check(posts, writes, record)

    def folded(self) -> int:
        """How many alerts are told by a list."""
        with self.engine.connect() as connection:
            count: int = connection.execute(text("SELECT count(*) FROM effect WHERE state = 'folded'")).scalar_one()
        return count

    def log(self) -> str:
        """All that the daemons have logged."""
        return (self.folder / "log").read_text()
