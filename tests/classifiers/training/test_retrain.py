"""A model that is trained on its user's own posts: adopted if no worse, refused if worse, going on if stopped."""

from __future__ import annotations

import json
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from classifiers.base import Post
from classifiers.encoder import TriageEncoder
from classifiers.evaluation.labelled import Labelled
from classifiers.manifest import CHECKED, CURRENT, WeightsError, read, resolve
from classifiers.training import shelf
from classifiers.training.checkpoint import NotWrittenError
from classifiers.training.loop import Step
from classifiers.training.own import TrainingError, parted
from classifiers.training.retrain import Outcome, Plan, retrain
from models.assessment import LABELS, Head
from tests.classifiers.training import toy

ROOT = Path(__file__).parents[3]


def silent(step: Step) -> None:
    """No bar."""


def run(
    plan: Plan,
    *given: Labelled,
    told: Callable[[Step], object] = silent,
    say: Callable[[str], object] = str,
) -> Outcome:
    """The whole of it."""
    return retrain(toy.own(*given), plan, toy.known(), toy.thresholds, told, say)


@pytest.fixture
def base(tiny: toy.Tiny) -> Path:
    """Random weights."""
    return toy.weights(tiny)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the versions go."""
    return tmp_path / "weights"


def test_what_is_better_is_adopted(base: Path, out: Path) -> None:
    """A version that learnt the posts takes the old one's place, loads, and answers as it was taught."""
    outcome = run(toy.plan(base, out), *toy.posts())
    assert outcome.faults == []
    assert resolve(out) == outcome.folder
    assert outcome.folder.name.startswith("overheard-own-20260302-")
    assert outcome.folder.name.endswith(outcome.new.version.partition("@")[2][:8])
    (found,) = TriageEncoder.load(resolve(out)).classify([Post("bad a e u s t")])
    assert [finding.label for finding in found[:2]] == ["problem", "negative"]
    macro = {row.of: (row.old, row.new) for row in outcome.rows if row.figure == "macro-F1"}
    assert all(new > 0.95 > old for old, new in macro.values()), macro
    assert not (out / shelf.RUNNING).exists()


def test_the_card_tells_what_it_is_made_of(base: Path, out: Path) -> None:
    """Rows, labels, seed, command, what was left out and the figures stand in the folder, and no word of a post."""
    given = [replace(post, text=f"{post.text} zebracrossing") for post in toy.posts()]
    outcome = run(toy.plan(base, out, command="python bot.py train a.jsonl", left_out=["7 posts of x"]), *given)
    card = (outcome.folder / "README.md").read_text()
    trained = len(outcome.parted.train)
    for told in ("python bot.py train a.jsonl", "seed 7", f"{trained} posts trained", "7 posts of x", "problem ",
                 read(base).version, "May be adopted", "| intent | macro-F1 |", "| urgent | AUC |"):  # fmt: skip
        assert told in card, told
    figures = json.loads((outcome.folder / "figures.json").read_text())
    assert figures["posts"]["trained"] == trained
    everything = "".join(
        path.read_text(errors="replace") for path in outcome.folder.iterdir() if path.suffix != ".json"
    )
    assert "zebracrossing" not in everything
    assert "its user's own" in (outcome.folder / "NOTICE").read_text()


def test_what_is_worse_is_refused(base: Path, out: Path) -> None:
    """Spoilt labels make a version that is kept beside, with the reasons, and the old one stays in force."""
    good = run(toy.plan(base, out), *toy.posts())
    posts = toy.posts(seed=9)
    kept = {one.post.id for one in parted(toy.own(*posts), 0.2).kept}
    rng = random.Random(2)
    spoilt = [
        post if post.id in kept or rng.random() < 0.5 else replace(post, truth=toy.swapped(post.truth))
        for post in posts
    ]
    outcome = run(toy.plan(good.folder, out), *spoilt)
    assert any("surely worse" in fault for fault in outcome.faults), outcome.faults
    assert resolve(out) == good.folder
    assert not outcome.adopted
    assert outcome.folder != good.folder
    assert "Refused" in (outcome.folder / "README.md").read_text()
    assert read(outcome.folder)


def test_what_forgets_is_refused(base: Path, out: Path) -> None:
    """Where the kept posts are spoilt as the others are, it is what it knew before that gives it away."""
    good = run(toy.plan(base, out), *toy.posts())
    spoilt = [replace(post, truth=toy.swapped(post.truth)) for post in toy.posts(seed=9)]
    outcome = run(toy.plan(good.folder, out), *spoilt)
    assert all(row.new > row.old for row in outcome.rows if row.figure == "macro-F1")
    assert any("forgot" in fault for fault in outcome.faults), outcome.faults
    assert any("gravest" in fault for fault in outcome.faults), outcome.faults
    assert resolve(out) == good.folder


def test_not_to_adopt_changes_nothing(base: Path, out: Path) -> None:
    """With --no-adopt the new version only lies there."""
    outcome = run(toy.plan(base, out, adopt=False), *toy.posts())
    assert (outcome.faults, outcome.adopted, (out / CURRENT).exists()) == ([], False, False)
    with pytest.raises(WeightsError, match=outcome.folder.name):
        resolve(out)


def test_it_is_held_against_what_it_would_replace(base: Path, out: Path, tiny: toy.Tiny) -> None:
    """A new beginning from other weights is compared with the version in force, not with what it began from."""
    good = run(toy.plan(base, out), *toy.posts())
    slow = replace(toy.RECIPE, rate=1e-6, head_rate=1e-6)
    outcome = run(toy.plan(base, out, against=good.folder, recipe=slow), *toy.posts())
    assert outcome.base == read(base)
    assert outcome.old == good.new
    assert outcome.faults
    assert resolve(out) == good.folder


def test_a_head_that_nobody_labelled_stays(base: Path, out: Path) -> None:
    """Its labels are left alone, and a head whose labels are all the same is not trained on them; both are said."""
    given = [
        replace(post, truth={Head.INTENT: post.truth[Head.INTENT], Head.CHURN: "no"}) for post in toy.posts(count=600)
    ]
    outcome = run(toy.plan(base, out), *given)
    assert set(outcome.untaught) == set(LABELS) - {Head.INTENT}
    assert outcome.untaught[Head.CHURN] == f'all {len(outcome.parted.train)} labels of it are "no"'
    assert {row.of for row in outcome.rows} == {"intent", "churn"}
    card = (outcome.folder / "README.md").read_text()
    assert "**not trained**: nobody labelled it" in card


class Stop(Exception):
    """Stands for Ctrl-C."""


def stopping(epoch: int) -> Callable[[Step], None]:
    """Stops in the middle of an epoch."""

    def told(step: Step) -> None:
        if (step.epoch, step.batch) == (epoch, 2):
            raise Stop

    return told


def files(folder: Path) -> dict[str, bytes]:
    """What is read of a version."""
    return {name: (folder / name).read_bytes() for name in (*CHECKED, "triage.json", "figures.json")}


def test_a_killed_run_goes_on_to_the_same_weights(base: Path, out: Path, tmp_path: Path) -> None:
    """After a kill in the second epoch the same call ends with the very bytes of a run that nobody stopped."""
    whole = run(toy.plan(base, tmp_path / "whole"), *toy.posts())
    import torch

    # Sums on another number of threads may differ in their last bit.
    program = f"""
import os, signal
from pathlib import Path
import torch
torch.set_num_threads({torch.get_num_threads()})
from classifiers.training.retrain import retrain
from tests.classifiers.training import toy
def told(step):
    if (step.epoch, step.batch) == (2, 3):
        os.kill(os.getpid(), signal.SIGKILL)
plan = toy.plan(Path({str(base)!r}), Path({str(out)!r}))
retrain(toy.own(*toy.posts()), plan, toy.known(), toy.thresholds, told, print)
"""
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (out / shelf.RUNNING / shelf.STATE).exists()
    assert [path.name for path in out.iterdir()] == [shelf.RUNNING]
    said: list[str] = []
    seen: list[int] = []
    outcome = run(toy.plan(base, out), *toy.posts(), told=lambda step: seen.append(step.epoch), say=said.append)
    assert said[0] == "Going on after epoch 1 of a run that was stopped."
    assert set(seen) == {2, 3}
    assert files(outcome.folder) == files(whole.folder)


def test_another_run_begins_anew(base: Path, out: Path) -> None:
    """With other posts, other settings or a damaged state nothing is gone on from, which is said."""
    plan = toy.plan(base, out)
    for others, words in ((toy.posts(seed=2), "others"), (toy.posts(), "damaged")):
        with pytest.raises(Stop):
            run(plan, *toy.posts(), told=stopping(2))
        state = out / shelf.RUNNING / shelf.STATE
        if words == "damaged":
            state.write_bytes(state.read_bytes()[:-100])
        said: list[str] = []
        seen: list[int] = []
        run(plan, *others, told=lambda step, seen=seen: seen.append(step.epoch), say=said.append)
        assert words in said[0]
        assert set(seen) == {1, 2, 3}


def test_two_runs_do_not_mix(base: Path, out: Path) -> None:
    """While one is at work in a folder, another is refused there."""
    with shelf.at_work(out), pytest.raises(TrainingError, match="another training"):
        run(toy.plan(base, out), *toy.posts())


def test_damaged_weights_are_refused(base: Path, out: Path) -> None:
    """A base with a changed byte is not trained on, and nothing is written."""
    heads = base / "heads.safetensors"
    heads.write_bytes(heads.read_bytes()[:-1] + b"!")
    with pytest.raises(WeightsError, match="damaged"):
        run(toy.plan(base, out), *toy.posts())
    assert not out.exists()


@contextmanager
def disk() -> Iterator[Callable[[int], None]]:
    """What it yields makes every file fail that grows beyond so many bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_adopts_nothing(base: Path, out: Path) -> None:
    """Where the state or the version cannot be written, it says so, and the version in force stays."""
    good = run(toy.plan(base, out), *toy.posts())
    with disk() as full, pytest.raises(NotWrittenError, match="is the disk full"):
        run(toy.plan(base, out), *toy.posts(seed=2), told=lambda step: full(2000))
    with disk() as full, pytest.raises(NotWrittenError, match="is the disk full"):
        run(toy.plan(base, out), *toy.posts(seed=2), say=lambda text: full(2000))
    assert resolve(out) == good.folder
    assert {path.name for path in out.iterdir()} == {shelf.RUNNING, CURRENT, good.folder.name}
    assert run(toy.plan(base, out), *toy.posts(seed=2)).folder.exists()


def test_what_cannot_be_written_is_said(base: Path, tmp_path: Path) -> None:
    """A file where the folder should be is an error that names it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        run(toy.plan(base, tmp_path / "file"), *toy.posts())
