"""Every named place, deterministically: killed there, with a full disk there, and with each guard taken away."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from models.failpoint import NAMES
from tests.crash.conftest import Scene
from tests.crash.rig import ROOT

ROOMS = ("models", "listeners", "classifiers", "responders", "insights", "engine")
FAULTS = {"drop": 4, "refuse": 7}


def storm_at(name: str) -> int:
    """So many alerts a minute are no storm, where ``name`` is a place or a defect; folding takes one to be reached."""
    return 1 if name.startswith("fold") else 100_000


def test_names_are_complete() -> None:
    """The list of places is the list of calls in the source, each once."""
    sources = [path.read_text() for room in ROOMS for path in Path(ROOT, room).rglob("*.py")]
    calls = [name for source in sources for name in re.findall(r'failpoint\("([\w.]+)"\)', source)]
    assert sorted(calls) == sorted(NAMES)


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_killed_at(scene: Scene, name: str, passes: int) -> None:
    """Killed at this place, the next start makes everything right."""
    rig = scene(faults=FAULTS, storm=storm_at(name))
    rig.start(failpoint=f"{name}:{passes}")
    assert rig.ended() == -signal.SIGKILL, f"{name} was never reached\n{rig.log()[-3000:]}"
    rig.start()
    left = rig.drain()
    assert not left, rig.log()[-3000:]
    assert rig.verdict()[1] == []
    assert rig.stop() == 0


@pytest.mark.parametrize("name", NAMES)
def test_killed_at_on_postgresql(scene: Scene, postgres_database: str, name: str) -> None:
    """The same on PostgreSQL, at the first pass."""
    rig = scene(postgres_database, faults=FAULTS, storm=storm_at(name))
    rig.start(failpoint=f"{name}:1")
    try:
        assert rig.ended() == -signal.SIGKILL, f"{name} was never reached\n{rig.log()[-3000:]}"
        rig.start()
        assert not rig.drain(), rig.log()[-3000:]
        assert rig.verdict()[1] == []
        assert rig.stop() == 0
    finally:
        rig.close()


@pytest.mark.parametrize("name", NAMES)
def test_disk_full_at(scene: Scene, name: str) -> None:
    """A full disk at this place does not end the daemon, and nothing is lost."""
    rig = scene(faults=FAULTS, storm=storm_at(name))
    rig.start(failpoint=f"{name}:1:raise")
    left: dict[str, int] = {"": 1}
    while left and rig.ended(0.05) is None:
        left = rig.waiting()
    assert not left, f"the daemon ended\n{rig.log()[-3000:]}"
    assert f"failpoint {name}" in rig.log(), "it was never reached"
    assert rig.verdict()[1] == []
    assert rig.stop() == 0


def verdict_on(scene: Scene, mutant: str, failpoint: str = "") -> list[str]:
    """What the checker says of a mutant that is killed once at a place and then left to finish."""
    rig = scene(faults={"drop": 4}, posts=40, storm=storm_at(mutant))
    rig.start(failpoint=failpoint, mutant=mutant)
    if failpoint:
        assert rig.ended() == -signal.SIGKILL, f"{failpoint} was never reached\n{rig.log()[-3000:]}"
        rig.start(mutant=mutant)
    left = rig.drain(6)
    return [f"not done: {name}" for name in left] + rig.verdict()[1]


@pytest.mark.parametrize(
    ("mutant", "failpoint", "breach"),
    [
        ("claim_without_a_trace", "send.sent:6", "came again|replies to"),
        ("sent_before_it_is", "send.claimed:2", "arrived 0 times|called sent and never was"),
        ("resend_what_is_uncertain", "send.sent:6", "came again|replies to"),
        ("cursor_first", "poll.heard:2", "was lost"),
        ("no_second_look", "classify.claimed:1", "undecided"),
        ("newest_first", "", "before the older"),
        ("no_memory_and_no_index", "", "replies to"),
        ("folded_before_it_is", "", "no list that arrived shows it"),
    ],
)
def test_checker_sees(scene: Scene, mutant: str, failpoint: str, breach: str) -> None:
    """Without this guard the checker speaks up: it is no rubber stamp, and the guard is needed."""
    said = verdict_on(scene, mutant, failpoint)
    assert any(re.search(breach, words) for words in said), said


def test_index_alone_keeps_the_promise(scene: Scene) -> None:
    """Should the code forget that it has answered, the database still lets no second public reply through."""
    said = verdict_on(scene, "no_memory")
    assert not [words for words in said if "replies to" in words]
