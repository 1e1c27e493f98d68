"""A tiny random BERT or MPNet in a folder: enough to load, train and classify in a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] @ brand user http is down thanks the line good bad help my a e i o u s t ! ? ."


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Path]:
    """Writes ``AutoModel`` or, with labels, a sequence-classification checkpoint; returns its folder."""

    def write(labels: tuple[str, ...] = (), name: str = "tiny", **more: Any) -> Path:
        import torch
        from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer

        torch.manual_seed(3)
        folder = tmp_path / name
        folder.mkdir()
        (folder / "vocab.txt").write_text("\n".join(WORDS.split()) + "\n")
        BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
        size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
        if labels:
            more |= {"id2label": dict(enumerate(labels)), "label2id": {label: at for at, label in enumerate(labels)}}
        config = BertConfig(vocab_size=len(WORDS.split()), max_position_embeddings=128, **size, **more)
        model = BertForSequenceClassification(config) if labels else BertModel(config)
        model.save_pretrained(folder)
        return folder

    return write


@pytest.fixture
def tiny_mpnet(tmp_path: Path) -> Callable[..., Path]:
    """Writes an MPNet encoder; returns its folder."""

    def write(name: str = "mpnet", **more: Any) -> Path:
        import torch
        from transformers import MPNetConfig, MPNetModel, MPNetTokenizer

        torch.manual_seed(4)
        words = ("<s> <pad> </s> [UNK] <mask> " + WORDS.split("[MASK] ")[1]).split()
        vocabulary = {word: at for at, word in enumerate(words)}
        folder = tmp_path / name
        folder.mkdir()
        MPNetTokenizer(vocabulary).save_pretrained(folder)
        size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
        config = MPNetConfig(vocab_size=len(words), max_position_embeddings=130, **size, **more)
        MPNetModel(config).save_pretrained(folder)
        return folder

    return write
