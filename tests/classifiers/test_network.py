"""How a post becomes tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from classifiers import network


def test_the_end_of_a_long_post_is_cut(tiny: Callable[..., Path]) -> None:
    """Without a tail, the first tokens of a long post are kept."""
    tokenizer = network.load_tokenizer(tiny())
    tokens = network.tokenise(tokenizer, [("brand", "line " * 30 + "good")], 12)
    assert tokens["input_ids"].shape == (1, 12)
    assert "good" not in tokenizer.decode(tokens["input_ids"][0])


def test_with_a_tail_the_middle_is_cut(tiny: Callable[..., Path]) -> None:
    """The brand, the beginning, the last tokens and the closing sign stay; short posts are as without a tail."""
    tokenizer = network.load_tokenizer(tiny())
    pairs = [("brand", "down " + "line " * 30 + "help good"), ("brand", "thanks")]
    tokens = network.tokenise(tokenizer, pairs, 12, tail=4)
    assert tokens["input_ids"].shape == (2, 12)
    assert tokenizer.decode(tokens["input_ids"][0]).startswith("[CLS] brand [SEP] down line")
    assert tokenizer.decode(tokens["input_ids"][0]).endswith("line help good [SEP]")
    assert tokens["token_type_ids"][0].tolist() == [0] * 3 + [1] * 9
    plain = network.tokenise(tokenizer, pairs[1:], 12)["input_ids"]
    assert tokens["input_ids"][1][: plain.shape[1]].tolist() == plain[0].tolist()
    assert int(tokens["attention_mask"][1].sum()) == plain.shape[1]
