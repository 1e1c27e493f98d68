"""`evaluate` and `tune` as a lead runs them, with a model that is tiny and random."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classifiers import network
from classifiers.manifest import CHECKED, FILE, HEADS, Manifest, digest
from models.assessment import LABELS

ROOT = Path(__file__).parents[3]
LIMIT = 600
"""Seconds; on a busy machine the imports take most of them."""


@pytest.fixture
def config(tiny: Callable[..., Path], tmp_path: Path) -> Path:
    """A configuration with random weights."""
    import torch

    weights = tiny()
    torch.manual_seed(3)
    network.save_heads(network.heads(16), weights / HEADS)
    manifest = Manifest(
        name="tiny", labels=dict(LABELS), temperatures=dict.fromkeys(LABELS, 1.0), languages=("en",),
        full_languages=("en",), max_len=64, sha256={name: digest(weights / name) for name in CHECKED},
    )  # fmt: skip
    (weights / FILE).write_text(manifest.model_dump_json())
    written = tmp_path / "config.toml"
    written.write_text(
        f"""
        classifier = {{ weights = "{weights}", threads = 1 }}
        store.url = "sqlite:///{tmp_path}/bot.db"
        brands.k = {{ name = "Kestrelo", terms = ["kestrelo"] }}
        listeners.feed = {{ kind = "jsonl", path = "feed.jsonl" }}
        responders.console = {{ kind = "console" }}
        """
    )
    return written


def bot(config: Path, words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    line = [sys.executable, "bot.py", *words.split(), "--config", str(config)]
    return subprocess.run(line, cwd=ROOT, input=given, capture_output=True, text=True, timeout=LIMIT, check=False)


def posts(count: int = 60) -> str:
    """Labelled posts, a bad line among them."""
    rows: list[Any] = [
        {"text": f"Kestrelo is {word} {number}", "channel": "x", "churn": ("yes", "no")[number % 2], "urgency": "low"}
        for number, word in enumerate(["down", "good", "bad"] * (count // 3))
    ]
    return "\n".join(map(json.dumps, [*rows, {"text": "Kestrelo", "churn": "maybe"}]))


def test_a_lead_evaluates_and_tunes(config: Path, tmp_path: Path) -> None:
    """From a file and from standard input, with the pictures, and bad lines told by their numbers."""
    file, out = tmp_path / "posts.jsonl", tmp_path / "out"
    file.write_text(posts())
    said = bot(config, f"evaluate {file} --out {out}")
    assert said.returncode == 0, said.stderr
    assert "60 posts of" in said.stdout
    assert 'line 61: "churn" must be one of no, yes' in said.stderr
    said = bot(config, f"tune - --only churn --missed 3 --out {out}", posts())
    assert said.returncode == 0, said.stderr
    assert "churn (Churn: yes): true of 30 of 60 posts" in said.stdout
    assert {path.name for path in out.iterdir()} == {
        "reliability.svg", "report.json", "predictions.jsonl", "tune.svg", "tune.json",
    }  # fmt: skip
    tomllib.loads(json.loads((out / "tune.json").read_text())["toml"])
    assert not list(tmp_path.glob("bot.db*")), "nothing is stored"


def test_what_cannot_be_done_is_said(config: Path, tmp_path: Path) -> None:
    """Exit code 2 with one line for a file that is not there, no label, or no posts; 1 where no line can be used."""
    unlabelled, bad = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    unlabelled.write_text('{"text": "Kestrelo is down"}')
    bad.write_text("Kestrelo is down")
    wanted = {
        "evaluate none.jsonl": (2, "No such file"), f"evaluate {unlabelled}": (2, "no label"),
        f"tune {bad}": (1, "no line of"), "tune": (2, "FILE"), "tune --corrections": (1, "nothing was corrected"),
    }  # fmt: skip
    for words, (code, told) in wanted.items():
        said = bot(config, words)
        assert (said.returncode, told in said.stderr, "Traceback" in said.stderr) == (code, True, False), words


def test_help_imports_neither_library() -> None:
    """`bot.py --help` and the import of the daemon load no scikit-learn and no matplotlib."""
    program = "import bot, engine.serve, sys; print(sorted({'sklearn', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
