"""Weights cut into files that a repository can bear, and what happens when a file is not what it should be."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from classifiers import compact, network
from classifiers.base import Post
from classifiers.encoder import TriageEncoder, WeightsError
from classifiers.manifest import read, stored
from models.assessment import LABELS
from tests.classifiers.weights import seal, squeezed, weights

Folder = Callable[..., Path]
SMALL = 3000


@pytest.fixture(params=["tiny", "tiny_mpnet"])
def whole(request: pytest.FixtureRequest) -> Path:
    """A weights folder as training writes it."""
    return weights(request.getfixturevalue(request.param)())


@pytest.fixture
def cut(tiny_mpnet: Folder) -> Path:
    """One whose encoder is in int8 and in several files."""
    return squeezed(weights(tiny_mpnet()), SMALL)


def test_no_file_is_larger_than_asked(whole: Path) -> None:
    """Every shard holds what fits and is numbered; the one file that there was is gone."""
    squeezed(whole, SMALL)
    shards = [whole / name for name in stored(whole) if "int8" in name]
    assert len(shards) > 1
    # A file's header comes on top of what its tensors take.
    assert all(path.stat().st_size < SMALL + 3000 for path in shards)
    assert f"model-int8-1-of-{len(shards)}.safetensors" in [path.name for path in shards]
    assert not (whole / "model.safetensors").exists()


def test_what_comes_back_is_what_went_in(whole: Path) -> None:
    """Every tensor has its name, its shape and, to a part in 250 of its group's largest number, its values."""
    before = network.load_encoder(whole).state_dict()
    squeezed(whole, SMALL)
    after = compact.state_dict(whole)
    assert after.keys() == before.keys()
    for name, tensor in before.items():
        assert after[name].shape == tensor.shape
        assert (after[name] - tensor).abs().max() <= tensor.abs().max() / 250


def test_a_row_of_nothing_stays_nothing(tmp_path: Path, tiny: Folder) -> None:
    """A padding token's zeros do not become something by a division."""
    model = network.load_encoder(tiny())
    model.embeddings.word_embeddings.weight.data[0] = 0
    compact.save(model, tmp_path / "out")
    assert compact.state_dict(tmp_path / "out")["embeddings.word_embeddings.weight"][0].abs().max() == 0


def test_the_answers_stay(whole: Path) -> None:
    """Stored in int8, the model says the same of posts, under another version."""
    posts = [Post("the line is down !", "a"), Post("thanks", "a"), Post("", ""), Post("help " * 60, "a")]
    before = TriageEncoder.load(whole, precision="fp32")
    wanted = before.classify(posts)
    squeezed(whole, SMALL)
    after = TriageEncoder.load(whole, precision="fp32")
    for one, other in zip(wanted, after.classify(posts), strict=True):
        for left, right in zip(one, other, strict=True):
            assert left.p == pytest.approx(right.p, abs=0.05)
    assert after.version != before.version


def test_training_can_go_on_from_it(cut: Path) -> None:
    """The encoder loads for training as any other."""
    assert network.load_encoder(cut, training=True).config._attn_implementation == "eager"


def shard(folder: Path, number: int = 1) -> Path:
    """One of the encoder's files."""
    return next(folder.glob(f"model-int8-{number}-of-*.safetensors"))


def damaged(folder: Path) -> None:
    """One byte of it differs."""
    data = bytearray(shard(folder).read_bytes())
    data[-1] ^= 1
    shard(folder).write_bytes(data)


def missing(folder: Path) -> None:
    """It was not copied."""
    shard(folder).unlink()


def foreign(folder: Path) -> None:
    """A file of another encoder lies beside."""
    shutil.copyfile(shard(folder), folder / "model-int8-1-of-9.safetensors")


def both(folder: Path) -> None:
    """The encoder that was there before was not taken away."""
    (folder / "model.safetensors").write_bytes(b"old")


@pytest.mark.parametrize("fault", [damaged, missing, foreign, both])
def test_a_wrong_file_is_named(cut: Path, fault: Callable[[Path], None]) -> None:
    """The message names the file and says what to do, before anything is loaded."""
    fault(cut)
    with pytest.raises(WeightsError, match=r"model.*safetensors .*Install the program again"):
        TriageEncoder.load(cut)


def test_shards_of_which_one_was_forgotten_are_refused(cut: Path) -> None:
    """A manifest that was sealed without one of them does not make up the rest by chance."""
    shard(cut).unlink()
    seal(cut)
    with pytest.raises(WeightsError, match=r"holds .* of the shards"):
        TriageEncoder.load(cut)


def test_weights_that_lack_a_part_are_refused(whole: Path) -> None:
    """Files that are what the manifest says, but of an encoder with fewer layers than its configuration."""
    path = whole / "config.json"
    layers = '"num_hidden_layers": '
    text = path.read_text()
    at = text.index(layers) + len(layers)
    path.write_text(text[:at] + "4" + text[at + 1 :])
    seal(whole)
    with pytest.raises(WeightsError, match="lacks"):
        TriageEncoder.load(whole)


@pytest.mark.parametrize("name", ["../model.safetensors", "sub/heads.safetensors"])
def test_a_manifest_stays_in_its_folder(whole: Path, name: str) -> None:
    """No file outside the folder is read."""
    seal(whole, sha256={**read(whole).sha256, name: "0" * 64})
    with pytest.raises(WeightsError, match="no file of its folder"):
        read(whole)


def test_offsets_of_another_head_are_refused(whole: Path) -> None:
    """They would be added to the wrong labels."""
    seal(whole, offsets={"churn": (0.0, 0.0, 1.0)})
    with pytest.raises(WeightsError, match="other heads or labels"):
        read(whole)


def test_the_version_follows_everything_that_an_answer_depends_on(whole: Path) -> None:
    """Another temperature or offset is another version, another name of a folder is not."""
    before = read(whole).version
    assert read(seal(whole, temperatures=dict.fromkeys(LABELS, 1.5))).version != before
    assert read(seal(whole, offsets={"churn": (0.0, 1.0)})).version != before
    assert read(seal(whole)).version == before
