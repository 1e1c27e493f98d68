"""Any Hugging Face checkpoint for one head."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from classifiers.base import Post
from classifiers.encoder import NotFiniteError
from classifiers.hf import CheckpointError, HfHead
from models.assessment import LABELS, Head

Tiny = Callable[..., Path]
STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
MAP = {"1 star": "negative", "2 stars": "negative", "3 stars": "neutral", "4 stars": "positive", "5 stars": "positive"}


def test_a_checkpoints_labels_become_ours(tiny: Tiny) -> None:
    """Several labels of a checkpoint may be one of ours; their probabilities add up to 1, in our order."""
    head = HfHead(Head.SENTIMENT, str(tiny(STARS)), MAP, offline=True)
    posts = [Post("the line is down " * (3 - index), "Kestrelo") for index in range(3)] + [Post("")]
    answers = head.classify(posts)
    assert len(answers) == 4
    for (finding,) in answers:
        assert finding.head is Head.SENTIMENT
        assert tuple(finding.p) == LABELS[Head.SENTIMENT]
        assert sum(finding.p.values()) == pytest.approx(1.0)
        assert finding.version == head.version


def test_batches_keep_the_order(tiny: Tiny) -> None:
    """Sorting by length inside a batch is not seen outside."""
    folder = str(tiny(STARS))
    posts = [Post("good " * (index * 5 % 7) + "line", "Kestrelo") for index in range(9)]
    small = HfHead(Head.SENTIMENT, folder, MAP, batch=2, offline=True).classify(posts)
    for post, (finding,) in zip(posts, small, strict=True):
        (alone,) = HfHead(Head.SENTIMENT, folder, MAP, offline=True).classify([post])[0]
        assert finding.p == pytest.approx(alone.p, abs=1e-5)


@pytest.mark.parametrize(
    "labels",
    [
        {"1 star": "negative"},
        {**MAP, "6 stars": "positive"},
        {**MAP, "3 stars": "meh"},
    ],
)
def test_labels_that_do_not_fit_are_refused_at_start(tiny: Tiny, labels: dict[str, str]) -> None:
    """A missing, an unknown and an invented label are refused, and the message lists both sets."""
    with pytest.raises(CheckpointError, match=r"1 star.*negative.*neutral.*positive"):
        HfHead(Head.SENTIMENT, str(tiny(STARS)), labels, offline=True)


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    """The message names the checkpoint and what a folder must hold."""
    with pytest.raises(CheckpointError, match=r"nowhere.*model\.safetensors"):
        HfHead(Head.CHURN, str(tmp_path / "nowhere"), {"a": "no", "b": "yes"}, offline=True)


def test_pickled_weights_are_refused(tiny: Tiny) -> None:
    """Pickles can run code: only safetensors are loaded."""
    folder = tiny(("a", "b"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="safetensors"):
        HfHead(Head.CHURN, str(folder), {"a": "no", "b": "yes"}, offline=True)


def test_a_multi_label_checkpoint_is_refused(tiny: Tiny) -> None:
    """Independent labels do not sum to 1 and cannot answer a head."""
    folder = tiny(("a", "b"), problem_type="multi_label_classification")
    with pytest.raises(CheckpointError, match="one label"):
        HfHead(Head.CHURN, str(folder), {"a": "no", "b": "yes"}, offline=True)


def test_scores_that_are_no_numbers_raise(tiny: Tiny) -> None:
    """NaN must not become a label."""
    head = HfHead(Head.CHURN, str(tiny(("a", "b"))), {"a": "no", "b": "yes"}, offline=True)
    head._model.classifier.bias.data.fill_(float("nan"))
    with pytest.raises(NotFiniteError):
        head.classify([Post("the line is down")])


def test_a_folders_version_follows_its_weights(tiny: Tiny) -> None:
    """The version names the head, the folder and its weights, not where the folder lies."""
    head = HfHead(Head.CHURN, str(tiny(("a", "b"), name="mine")), {"a": "no", "b": "yes"}, offline=True)
    assert head.version.startswith("churn:mine@")


def test_a_base_model_without_a_head_is_refused(tiny: Tiny) -> None:
    """The library would put a random head on it, and every answer would be chance."""
    with pytest.raises(CheckpointError, match="chance"):
        HfHead(Head.CHURN, str(tiny()), {"LABEL_0": "no", "LABEL_1": "yes"}, offline=True)


def test_a_checkpoint_without_a_tokenizer_is_refused(tiny: Tiny) -> None:
    """The library would make an empty one up, and every word would be unknown."""
    folder = tiny(("a", "b"))
    for path in (*folder.glob("token*"), *folder.glob("vocab*")):
        path.unlink()
    with pytest.raises(CheckpointError, match="tokenizer"):
        HfHead(Head.CHURN, str(folder), {"a": "no", "b": "yes"}, offline=True)


def cut_short(folder: Path) -> None:
    """Half of the weights."""
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])


def torn(folder: Path) -> None:
    """Half of the configuration."""
    (folder / "config.json").write_text('{"model_type": "be')


def unheard_of(folder: Path) -> None:
    """An architecture that the library does not have."""
    (folder / "config.json").write_text('{"model_type": "unheard-of"}')


def other_shape(folder: Path) -> None:
    """A configuration of another size."""
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace('"intermediate_size": 32', '"intermediate_size": 64'))


@pytest.mark.parametrize("fault", [cut_short, torn, unheard_of, other_shape])
def test_a_broken_checkpoint_is_named(tiny: Tiny, fault: Callable[[Path], None]) -> None:
    """Whatever the library raises becomes one error that names the checkpoint and what it must hold."""
    folder = tiny(("a", "b"), name="mine")
    fault(folder)
    with pytest.raises(CheckpointError, match=r"mine.*does not load.*config\.json"):
        HfHead(Head.CHURN, str(folder), {"a": "no", "b": "yes"}, offline=True)
