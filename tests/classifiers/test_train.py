"""The training run, end to end on a few invented posts, and its figures."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifiers.base import Post
from classifiers.encoder import TriageEncoder
from classifiers.train import main
from classifiers.training import data, scores
from models.assessment import LABELS, Head

Tiny = Callable[..., Path]
PROBLEM = {"intent": "problem", "sentiment": "negative", "urgency": "high", "sensitive": "account", "churn": "no"}
PRAISE = {"intent": "praise", "sentiment": "positive", "urgency": "low", "sensitive": "none", "churn": "yes"}


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """A gzipped JSONL file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a brand to train on and one that is held out."""
    rows = []
    for number in range(24):
        brand = "Fernline" if number % 3 else "Uber_Support"
        answer, text = (PROBLEM, "my line is down") if number % 2 else (PRAISE, "thanks good")
        rows.append({**answer, "brand": brand, "text": f"@{brand} {text} {number}", "source": "own"})
    write(tmp_path / "data" / "triage" / "train.jsonl.gz", rows)
    some = [{"text": f"bad {number}", "label": number % 3} for number in range(9)]
    some = [{**row, "text_clean": row["text"], "in_tweeteval_train": True} for row in some]
    write(tmp_path / "data" / "tweeteval" / "sentiment_train.jsonl.gz", some)
    write(tmp_path / "data" / "tweeteval" / "sentiment_val.jsonl.gz", some[:3])
    write(tmp_path / "data" / "xlmt_umsab" / "spanish_train.jsonl.gz", some)
    return tmp_path / "data"


def test_a_run_writes_weights_that_load(folder: Path, tiny: Tiny, tmp_path: Path) -> None:
    """From raw rows to a folder that the encoder accepts, with figures on the held-out brands."""
    out = tmp_path / "out"
    run = ["--data", str(folder), "--base", str(tiny()), "--out", str(out), "--epochs", "2", "--threads", "1", "--fp32"]
    main([*run, "--rate", "0.01", "--rare", "0.5"])
    encoder = TriageEncoder.load(out)
    assert [finding.head for finding in encoder.classify([Post("thanks good", "Kestrelo")])[0]] == list(LABELS)
    figures = json.loads((out / "figures.json").read_text())
    assert figures["held_out"]["rows"] == 8
    assert "urgency.need_auc" in figures["held_out"]
    assert "sentiment.macro_recall" in figures["tweeteval_val"]
    assert "intent.macro_f1" not in figures["tweeteval_val"]


def test_the_same_seed_gives_the_same_weights(folder: Path, tiny: Tiny, tmp_path: Path) -> None:
    """A run can be repeated."""
    base, versions = tiny(), set()
    for name in ("a", "b"):
        main(["--data", str(folder), "--base", str(base), "--out", str(tmp_path / name), "--epochs", "1"])
        versions.add(TriageEncoder.load(tmp_path / name).version)
    assert len(versions) == 1


def test_held_out_brands_are_apart(folder: Path) -> None:
    """No post of a held-out brand, nor one that mentions it, is trained on."""
    rows = [{**PROBLEM, "brand": "Fernline", "text": "better than @UberUK", "source": "own"}]
    rows += list(data.rows(folder / "triage" / "train.jsonl.gz"))
    write(folder / "triage" / "train.jsonl.gz", rows)
    train, validation = data.triage(folder / "triage" / "train.jsonl.gz")
    assert {example.brand for example in train} == {"Fernline"}
    assert len(train) == 16
    assert {example.brand for example in validation} == {"Uber_Support"}


def test_repeated_texts_are_dropped() -> None:
    """A text that validation has, in any spelling, is not trained on, and none twice."""
    one = data.Example("", "Bad line!", dict.fromkeys(LABELS, 0), "x")
    same = data.Example("", "bad  line", dict.fromkeys(LABELS, 0), "y")
    other = data.Example("", "good line", dict.fromkeys(LABELS, 0), "y")
    assert data.without([same, other, other], [one]) == [other]


def test_our_own_posts_are_whole() -> None:
    """Every invented post has a known label for every head and names no real brand's post."""
    examples = data.invented()
    assert len(examples) > 80
    assert all(set(example.labels) == set(LABELS) and min(example.labels.values()) >= 0 for example in examples)
    assert len({example.text for example in examples}) == len(examples)


def test_variants_keep_labels_and_the_name_that_matters() -> None:
    """A variant changes names and punctuation, never labels; an unrelated post keeps its brand."""
    rng = random.Random(1)
    labels = {**dict.fromkeys(LABELS, 0), Head.INTENT: LABELS[Head.INTENT].index("unrelated")}
    example = data.Example("Kestrelo", "@brand is a bird.", labels, "x")
    variants = [data.vary(example, ["fernline"], rng) for _ in range(60)]
    assert {variant.brand for variant in variants} == {"Kestrelo"}
    assert len({variant.text for variant in variants}) > 1
    assert all(variant.labels == labels for variant in variants)


def test_the_figures_are_right_on_paper() -> None:
    """AUC, F1, recall and ECE against values worked out by hand."""
    truth, guess = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    assert scores.macro_recall(truth, guess) == pytest.approx(0.75)
    assert scores.macro_f1(truth, guess) == pytest.approx((2 / 3 + 0.8) / 2)
    assert scores.auc(truth, np.array([0.1, 0.4, 0.4, 0.9])) == pytest.approx(0.875)
    assert scores.ece(truth, np.array([[0.9, 0.1], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9]])) == pytest.approx(0.15)


def test_the_temperature_cools_a_boaster() -> None:
    """Logits that are right 3 times in 4 but sound certain are divided by more than 1."""
    logits = np.array([[6.0, 0.0]] * 4)
    assert scores.temperature(np.array([0, 0, 0, 1]), logits) > 2
    assert scores.temperature(np.array([], dtype=np.int64), logits[:0]) == 1.0
