"""The quick forward pass says what the library's own says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from classifiers import linear, network
from classifiers.encoder import TriageEncoder
from classifiers.linear import Precision
from classifiers.packed import Packed
from classifiers.serving import Padded, serving
from classifiers.versions import ACCURATE, FAST

Tiny = Callable[..., Path]
LENGTHS = ([1], [7], [32], [33], [5, 40, 12, 64, 64, 3, 100, 33], [20, 20, 20])


@pytest.fixture(params=["tiny", "tiny_mpnet"])
def model(request: pytest.FixtureRequest) -> Any:
    """Either kind of encoder that has a quick way, livelier than it is made."""
    import torch

    found = network.load_encoder(request.getfixturevalue(request.param)()).eval()
    for weight in found.parameters():
        weight.data += 0.2 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(weight.numel()))
    return found


def able(precision: Precision) -> None:
    """Skips what this processor cannot do."""
    if precision == "int8" and not linear.has_vnni():
        pytest.skip("this processor has no VNNI")


def posts(lengths: list[int]) -> list[tuple[list[int], list[int]]]:
    """Of these lengths, in this order."""
    return [([5 + (3 * at + size) % 20 for at in range(size)], [int(at > 2) for at in range(size)]) for size in lengths]


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_it_says_what_the_library_says(model: Any, lengths: list[int]) -> None:
    """Whatever lengths come together, every post's vector is the library's, in the order of the posts."""
    import torch

    inputs = ["input_ids", "token_type_ids", "attention_mask"]
    inputs = inputs if model.config.model_type == "bert" else [inputs[0], inputs[2]]
    with torch.inference_mode():
        quick = Packed(model, "fp32").pooled(posts(lengths))
        own = Padded(model, "fp32", inputs).pooled(posts(lengths))
    assert quick.shape == (len(lengths), 16)
    assert torch.allclose(quick, own, atol=1e-5)


@pytest.mark.parametrize("precision", get_args(Precision))
def test_a_post_does_not_depend_on_its_neighbours(model: Any, precision: Precision) -> None:
    """Alone and among others a post has the very same vector: in eight bits the last place can become a whole step."""
    import torch

    able(precision)
    lengths = [9, 31, 32, 70, 12, 64]
    with torch.inference_mode():
        packed = Packed(model, precision)
        together = packed.pooled(posts(lengths))
        alone = torch.cat([packed.pooled([post]) for post in posts(lengths)])
    assert torch.equal(together, alone) if precision == "int8" else torch.allclose(together, alone, atol=1e-2)


@pytest.mark.parametrize("name", [FAST, ACCURATE], ids=["fast", "accurate"])
@pytest.mark.parametrize("precision", get_args(Precision))
def test_the_shipped_weights_go_the_quick_way(name: Path, precision: Precision) -> None:
    """In every precision, and that is the one that the answers' version names."""
    able(precision)
    served = TriageEncoder.load(name, precision=precision)
    assert isinstance(served.encoder, Packed)
    assert served.encoder.precision == precision
    assert served.version.endswith(f"+{precision}")


def test_it_falls_back_to_float32(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch has no kernel for eight bits, the quick way goes on in float32, and says so."""

    def gone(*_: object) -> Any:
        raise RuntimeError("no such kernel")

    monkeypatch.setattr(linear, "_int8", gone)
    served = serving(model, "int8", ["input_ids", "attention_mask"])
    assert isinstance(served, Packed)
    assert served.precision == "fp32"


def test_it_is_left_where_it_differs(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a later version of the library compute something else, its own way is taken."""
    import torch

    monkeypatch.setattr(Packed, "pooled", lambda self, posts: torch.randn(len(posts), 16))
    assert isinstance(serving(model, "fp32", ["input_ids", "attention_mask"]), Padded)


def test_another_architecture_goes_the_librarys_way(tmp_path: Path) -> None:
    """What has no quick way is served all the same."""
    import torch
    from transformers import DistilBertConfig, DistilBertModel

    torch.manual_seed(1)
    other = DistilBertModel(DistilBertConfig(vocab_size=30, dim=16, n_layers=1, n_heads=2, hidden_dim=32)).eval()
    served = serving(other, "fp32", ["input_ids", "attention_mask"])
    with torch.inference_mode():
        assert served.pooled(posts([3, 9])).shape == (2, 16)
    assert isinstance(served, Padded)


@pytest.mark.parametrize("tail", [0, 4])
def test_tokens_are_those_of_training(tiny: Tiny, tail: int) -> None:
    """What is asked is what was trained on: the same ids and types, without the padding."""
    tokenizer = network.load_tokenizer(tiny())
    pairs = [("brand", "help"), ("", "down " * 30 + "good"), ("a brand", "@user the line is bad !"), ("", "")]
    padded = network.tokenise(tokenizer, pairs, 12, tail)
    masks = padded["attention_mask"].bool()
    for row, (ids, types) in enumerate(network.tokens(tokenizer, pairs, 12, tail)):
        assert ids == padded["input_ids"][row][masks[row]].tolist()
        assert types == padded["token_type_ids"][row][masks[row]].tolist()
