"""The two promises of delivery under kill -9, at any moment and many times."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from tests.crash.conftest import Scene

KILLS = int(os.environ.get("OVERHEARD_KILLS", "30"))
SEED = 20261121


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_promises_hold_under_random_kills(scene: Scene, request: pytest.FixtureRequest, database: str) -> None:
    """However often the daemon is killed, no post is lost, no alert is missing and no public reply is doubled."""
    url = request.getfixturevalue("postgres_database") if database == "postgresql" else ""
    faults = {"deaf": 17, "refuse": 13, "drop": 11, "late": 41}
    rig = scene(url, every="0.05s", posts=500, authors=220, page=5, slowest=0.02, seed=SEED, faults=faults)
    dice = random.Random(SEED)
    try:
        while rig.kills < KILLS:
            rig.start()
            if rig.ended(dice.uniform(0.05, 0.6)) is None:
                rig.kill()
        rig.start()
        began = time.monotonic()
        left = rig.drain()
        counts, breaches = rig.verdict()
        print(f"\n{database}: {rig.kills} kills, drained in {time.monotonic() - began:.0f} s; {counts}")
        assert not left, f"not done: {left}\n{rig.log()[-3000:]}"
        assert not breaches, breaches[:20]
        assert rig.stop() == 0
    finally:
        rig.close()
    assert counts.replies >= 100, "too few replies to show anything"
    assert counts.alerts >= 100, "too few alerts to show anything"


def test_promises_hold_in_a_storm(scene: Scene) -> None:
    """However often the daemon is killed while alerts fold, each is told by a list that arrived, or as a card."""
    faults = {"deaf": 17, "refuse": 13, "drop": 11, "late": 41}
    rig = scene(every="0.05s", posts=200, authors=120, slowest=0.02, seed=SEED, faults=faults, storm=3)
    dice = random.Random(SEED)
    for _ in range(KILLS // 2):
        rig.start()
        if rig.ended(dice.uniform(0.05, 0.6)) is None:
            rig.kill()
    rig.start()
    left = rig.drain()
    assert not left, f"not done: {left}\n{rig.log()[-3000:]}"
    _, breaches = rig.verdict()
    assert not breaches, breaches[:20]
    assert rig.folded() >= 20, "too few alerts were folded to show anything"
    assert rig.stop() == 0


def test_sigterm_ends_in_order(scene: Scene) -> None:
    """SIGTERM under load ends with exit code 0, and the next start needs nothing to be repaired."""
    rig = scene(posts=200, slowest=0.05)
    rig.start()
    while rig.waiting().get("unheard", -1) < 0:
        assert rig.ended(0.02) is None
    assert rig.stop() == 0
    assert "stopped in mid-send" not in rig.log()
    rig.start()
    assert rig.drain() == {}
    counts, breaches = rig.verdict()
    assert not breaches
    assert (counts.second_replies, counts.given_to_people, counts.second_alerts) == (0, 0, 0)
    assert rig.stop() == 0


def test_second_signal_leaves_at_once(scene: Scene) -> None:
    """A second SIGTERM does not wait for what hangs, and what was in hand is not lost."""
    rig = scene(posts=20, slowest=2.0)
    rig.start()
    while not rig.seen()[1]:
        assert rig.ended(0.02) is None
    os.kill(rig.pid, signal.SIGTERM)
    assert rig.ended(0.05) is None
    assert rig.stop() == 130
