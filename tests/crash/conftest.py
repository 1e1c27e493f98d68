"""The processes that outlive the kills, shared by the whole run, and a rig for each test."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crash.rig import Peer, Rig, peer

Scene = Callable[..., Rig]


@pytest.fixture(scope="session")
def world_url() -> Iterator[str]:
    """The world's address."""
    with peer("tests.crash.world") as world:
        yield f"http://127.0.0.1:{world.first}"


@pytest.fixture(scope="session")
def daemons() -> Iterator[Peer]:
    """What forks the daemons."""
    with peer("tests.crash.daemon") as running:
        yield running


@pytest.fixture
def scene(tmp_path: Path, world_url: str, daemons: Peer) -> Iterator[Scene]:
    """Makes a rig with a world of its own; it is on SQLite unless another database is given."""
    rigs: list[Rig] = []

    def made(url: str = "", every: str = "0.01s", storm: int = 100_000, **wanted: Any) -> Rig:
        asked = {"seed": 1, "posts": 24, "authors": 6, "page": 5, "slowest": 0.01, "faults": {}} | wanted
        request = urllib.request.Request(f"{world_url}/scenes", json.dumps(asked).encode(), method="POST")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            number = json.load(answer)["scene"]
        folder = tmp_path / f"scene{number}"
        folder.mkdir()
        rigs.append(Rig(folder, url or f"sqlite:///{folder}/bot.db", daemons, f"{world_url}/{number}", every, storm))
        return rigs[-1]

    yield made
    for rig in rigs:
        rig.close()
