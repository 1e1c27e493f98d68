"""The quick forward pass says what the library's own says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from classifiers import network
from classifiers.linear import Precision
from classifiers.packed import Packed
from classifiers.serving import Padded, serving

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
        own = Padded(model, torch.float32, inputs).pooled(posts(lengths))
    assert quick.shape == (len(lengths), 16)
    assert torch.allclose(quick, own, atol=1e-5)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_post_does_not_depend_on_its_neighbours(model: Any, precision: Precision) -> None:
    """Alone and among others a post has the same vector, also where each token has a scale."""
    import torch

    with torch.inference_mode():
        packed = Packed(model, precision)
        together = packed.pooled(posts([9, 31, 70, 12]))
        alone = torch.cat([packed.pooled([post]) for post in posts([9, 31, 70, 12])])
    assert torch.allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("precision", get_args(Precision))
def test_it_is_taken_where_it_agrees(model: Any, precision: Precision) -> None:
    """In sixteen and in eight bits too, and what it then says is what the library says."""
    names = ["input_ids", "attention_mask"]
    assert isinstance(serving(model, precision, names), Packed)


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
