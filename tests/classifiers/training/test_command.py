"""`python bot.py train` as a lead runs it, with a model that is tiny and random."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from classifiers.manifest import CURRENT, FILE
from classifiers.training import bar, own, retrain
from classifiers.training.loop import Step
from engine.train import REFUSED, STOPPED, Wishes, train
from models.errors import SettingsError
from models.settings import load_settings
from tests.classifiers.training import toy

ROOT = Path(__file__).parents[3]


@pytest.fixture
def config(tiny: toy.Tiny, tmp_path: Path) -> Path:
    """A configuration with random weights."""
    written = tmp_path / "config.toml"
    written.write_text(
        f"""
        classifier = {{ weights = "{toy.weights(tiny)}", threads = 1 }}
        store.url = "sqlite:///{tmp_path}/bot.db"
        brands.k = {{ name = "Kestrelo", terms = ["kestrelo"] }}
        listeners.feed = {{ kind = "jsonl", path = "feed.jsonl" }}
        responders.console = {{ kind = "console" }}
        """
    )
    return written


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Labelled posts, a bad line among them."""
    rows = [{"id": one.id, "text": one.text, **one.truth} for one in toy.posts()]
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(map(json.dumps, [*rows, {"text": "Kestrelo", "churn": "maybe"}])))
    return path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process: a rate at which the toy is learnt, and few posts beside it."""
    monkeypatch.setattr(retrain, "RECIPE", toy.RECIPE)
    monkeypatch.setattr(own.Known, "shipped", toy.known)


def call(config: Path, file: Path | None, **wishes: object) -> int:
    """The command in this process."""
    return train(load_settings(config), file, None, Wishes(**wishes), date(2026, 3, 2))  # type: ignore[arg-type]


@pytest.mark.usefixtures("quick")
def test_a_lead_trains_and_adopts(config: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table, the rule, what was adopted and the line to paste; a line an epoch on stderr, bad lines by number."""
    assert call(config, file) == 0
    said = capsys.readouterr()
    out = config.parent / "weights"
    for told in ("The old and the new version", "macro-F1", "urgent", "A new version is adopted if",
                 f"Adopted: {out}/overheard-own-20260302-", f'weights = "{out}"'):  # fmt: skip
        assert told in said.out, told
    for told in ("line 601:", "epoch 1 of 3: loss", "epoch 3 of 3: loss"):
        assert told in said.err + said.out, told
    config.write_text(config.read_text().replace(f"{config.parent}/base", str(out)))
    assert call(config, file, adopt=False) in (0, REFUSED)
    said = capsys.readouterr()
    assert "paste" not in said.out
    assert f"from {out}/overheard-own-20260302-" in said.err


@pytest.mark.usefixtures("quick")
def test_a_refusal_has_its_own_exit_code(
    config: Path, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not adopted is told with the reason and the place, and nothing is in force that was not."""
    monkeypatch.setattr(retrain, "faults", lambda *given: ["churn: it is surely worse"])
    file.write_text("\n".join(file.read_text().splitlines()[:300]))
    assert call(config, file) == REFUSED
    said = capsys.readouterr().out
    assert "only a large loss can be told from chance" in said
    assert "Not adopted: churn: it is surely worse." in said
    assert not (config.parent / "weights" / CURRENT).exists()
    assert len(list((config.parent / "weights").glob(f"*/{FILE}"))) == 1


@pytest.mark.usefixtures("quick")
def test_what_cannot_be_done_is_said(config: Path, file: Path, tmp_path: Path) -> None:
    """Too few posts, damaged weights, and a place that cannot be written are errors in words."""
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(file.read_text().splitlines()[:30]))
    with pytest.raises(SettingsError, match="30 of 30 posts can be used"):
        call(config, few)
    (tmp_path / "taken").write_text("")
    with pytest.raises(OSError, match="taken"):
        call(config, file, out=tmp_path / "taken")
    (tmp_path / "base" / FILE).write_text("{")
    with pytest.raises(SettingsError, match="is damaged"):
        call(config, file)


def bot(config: Path, *words: object) -> list[str]:
    """The command line."""
    return [sys.executable, "bot.py", "train", *map(str, words), "--config", str(config), "--threads", "1"]


def test_from_the_command_line(config: Path, file: Path, tmp_path: Path) -> None:
    """The whole command with its usual recipe ends well, adopted or not; faults are one line and exit code 2."""
    done = subprocess.run(bot(config, file, "--epochs", 1, "--corrections"), cwd=ROOT, capture_output=True, text=True,
                          timeout=300, check=False)  # fmt: skip
    assert done.returncode in (0, REFUSED), done.stderr
    assert "dopted" in done.stdout
    (card,) = (tmp_path / "weights").glob("overheard-own-*/README.md")
    assert f"python bot.py train {file} --epochs 1 --corrections" in card.read_text()
    none = subprocess.run(bot(config), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr.startswith("error: give a FILE of labelled posts")


@pytest.fixture
def in_the_foreground() -> Iterator[None]:
    """A shell lets what it starts in the background ignore Ctrl-C, and so would every process started from there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("in_the_foreground")
def test_ctrl_c_ends_cleanly_and_it_goes_on(config: Path, file: Path, tmp_path: Path) -> None:
    """SIGINT in the third epoch gives a hint and exit code 130; the same command says that it goes on."""
    words = bot(config, file, "--epochs", 50)

    def until(line: str, sent: int) -> tuple[int, str]:
        with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as run:
            assert run.stderr
            heard = ""
            for told in run.stderr:
                heard += told
                if line in told:
                    os.kill(run.pid, sent)
                    break
            heard += run.stderr.read()
        return run.returncode, heard

    code, told = until("epoch 2 of 50", signal.SIGINT)
    assert code == STOPPED, told
    assert "The same command goes on after the last whole epoch" in told
    assert "Traceback" not in told
    code, told = until("Going on after epoch", signal.SIGKILL)
    assert "Going on after epoch" in told
    assert [path.name for path in (tmp_path / "weights").iterdir()] == [".running"]


def test_the_bar_is_for_terminals(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal a bar moves through each epoch; elsewhere there is a line an epoch."""
    steps = [Step(epoch, 2, batch, 3, 0.5, 1.0) for epoch in (1, 2) for batch in (1, 2, 3)]
    with bar.Bar() as plain:
        for step in steps:
            plain(step)
    assert capsys.readouterr().err.splitlines() == [f"epoch {number} of 2: loss 0.500, 1 s" for number in (1, 2)]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with bar.Bar() as drawn:
        for step in steps:
            drawn(step)
    said = capsys.readouterr().err
    assert "epoch 2 of 2" in said
    assert "3/3" in said
