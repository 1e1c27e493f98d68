"""The shipped weights from nothing, end to end on tiny bases and a few posts."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from classifiers.base import Post
from classifiers.encoder import TriageEncoder
from classifiers.text import own_key
from classifiers.training import data, loop, opinions, sets
from classifiers.training.checkpoint import Checkpoint
from classifiers.training.data import FINAL, HELD_OUT, UMSAB
from classifiers.training.scratch import main
from models.assessment import LABELS
from tests.classifiers.training import folders, toy

from_base = loop.start


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of the invented posts of each file: all of them would take long."""
    whole = data.invented()
    some = [one for number, one in enumerate(whole) if number % 40 == 0]
    monkeypatch.setattr(data, "invented", lambda: some)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A folder of sets."""
    return folders.make(tmp_path / "data")


def test_the_sets_are_parted(public: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Held-out brands are apart, no text is trained on that is measured, and what is not there is said."""
    with caplog.at_level(logging.INFO, "classifiers.training.sets"):
        found = sets.read(public, 10, 7)
    assert {own_key(one.brand) for one in found.parts.train} & HELD_OUT == set()
    assert {one.brand for one in found.parts.development} == {"Uber_Support"}
    assert {own_key(one.brand) for one in found.parts.final} == {"united"} <= FINAL
    assert len(found.general) == 8, "a third is not in TweetEval's own part"
    assert {one.source for one in found.foreign} == {
        "umsab_es",
        *(f"invented_{lang}" for lang in UMSAB if lang != "en"),
    }
    assert len(found.silent) == 10
    assert set(found.checks) == {"tweeteval_val", "umsab_es_val"}
    measured = [*found.parts.development, *found.parts.final, *(one for part in found.checks.values() for one in part)]
    learnt = [*found.parts.train, *found.general, *found.foreign, *found.silent]
    assert {data.key_of(one.text) for one in measured} & {data.key_of(one.text) for one in learnt} == set()
    assert "french_train.jsonl.gz" in caplog.text
    again = sets.read(public, 10, 7)
    assert [one.text for one in again.silent] == [one.text for one in found.silent]


def test_without_labelled_posts_it_says_what_is_needed(tmp_path: Path) -> None:
    """An empty folder is an error that names the file."""
    with pytest.raises(FileNotFoundError, match="triage/train"):
        sets.read(tmp_path, 10, 7)


def call(public: Path, tiny: toy.Tiny, tmp_path: Path, name: str, *more: str) -> list[str]:
    """The words of a run from tiny bases, which are made where they are not there."""
    bases = {one: tmp_path / one for one in ("small", "large")}
    for one, folder in bases.items():
        if not folder.exists():
            tiny(name=one)
    words = ["--data", public, "--small", bases["small"], "--work", tmp_path / f"{name}-work", "--out", tmp_path / name]
    large = [] if "--alone" in more else ["--large", bases["large"]]
    rest = [one for one in more if one != "--alone"]
    return [str(word) for word in (*words, *large, "--silent", 10, "--threads", 1, "--fp32", *rest)]


@pytest.mark.usefixtures("invented")
def test_from_nothing_to_weights_that_load(
    public: Path, tiny: toy.Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Teacher and student are trained and measured, the folder loads, and a second call trains no stage again."""
    accurate = tmp_path / "accurate"
    main(call(public, tiny, tmp_path, "out", "--accurate", str(accurate)))
    assert [one.head for one in TriageEncoder.load(accurate).classify([Post("thanks good", "Kestrelo")])[0]] == list(
        LABELS
    )
    assert any(accurate.glob("model-int8-*.safetensors")), "the teacher, as small as a repository wants it"
    encoder = TriageEncoder.load(tmp_path / "out")
    assert [finding.head for finding in encoder.classify([Post("thanks good", "Kestrelo")])[0]] == list(LABELS)
    figures = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert {"development", "final", "tweeteval_val", "umsab_es_val"} == set(figures)
    assert figures["final"]["rows"] == 8
    assert "urgency.need_auc" in figures["final"]
    assert "intent.macro_f1" not in figures["tweeteval_val"]
    work = tmp_path / "out-work"
    before = {path: path.stat().st_mtime_ns for path in (opinions.path(work), work / "teacher" / "model.safetensors")}

    def never(*given: object, **named: object) -> None:
        raise AssertionError("a stage that was done is done again")

    monkeypatch.setattr(opinions, "ask", never)
    main(call(public, tiny, tmp_path, "out"))
    assert before == {path: path.stat().st_mtime_ns for path in before}


@pytest.mark.usefixtures("invented")
def test_a_stopped_run_gives_the_same_weights(
    public: Path, tiny: toy.Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same seed gives the same weights, also without a teacher and after Ctrl-C in the first stage."""
    keep, main_of = Checkpoint.keep, {name: call(public, tiny, tmp_path, name, "--alone") for name in ("a", "b")}
    main(main_of["a"])

    def stopped(self: Checkpoint, net: loop.Network, course: loop.Course) -> None:
        keep(self, net, course)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Checkpoint, "keep", stopped)
        with pytest.raises(KeyboardInterrupt):
            main(main_of["b"])
    assert not (tmp_path / "b").exists()
    main(main_of["b"])
    assert len({TriageEncoder.load(tmp_path / name).version for name in ("a", "b")}) == 1


@pytest.mark.usefixtures("invented")
def test_a_run_goes_on_from_weights_of_ours(
    public: Path, tiny: toy.Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bases that were trained before skip what is behind them: the student's first stage, the teacher's first posts."""
    first, accurate = tmp_path / "first", tmp_path / "accurate"
    main(call(public, tiny, tmp_path, "first", "--accurate", str(accurate)))
    begun: list[str] = []
    monkeypatch.setattr(loop, "start", lambda base, recipe: begun.append(base.name) or from_base(base, recipe))
    on = ["--small", str(first), "--large", str(accurate), "--silent", "10", "--threads", "1", "--fp32"]
    where = ["--data", str(public), "--work", str(tmp_path / "on-work"), "--out", str(tmp_path / "second")]
    main([*where, *on])
    assert "small" not in begun
    assert (tmp_path / "on-work" / "student" / "model.safetensors").read_bytes() == (
        first / "model.safetensors"
    ).read_bytes()
    versions = {TriageEncoder.load(folder).version for folder in (first, tmp_path / "second")}
    assert len(versions) == 2, "it has learnt something since"
