"""The training run: seeded, masked losses over all heads, bf16 where the processor has it."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifiers import network
from classifiers.text import brand_name
from classifiers.training.data import MISSING, Example, vary
from classifiers.training.scores import Floats, Ints
from models.assessment import LABELS, Head

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that shapes a run besides its data."""

    epochs: int = 4
    batch: int = 32
    rate: float = 1e-4
    head_rate: float = 5e-4
    dropout: float = 0.1
    """Of the pooled vector alone: within the encoder it costs half the speed on a processor and gained nothing."""
    smoothing: float = 0.0
    max_len: int = 96
    seed: int = 7
    rare: float = 0.0
    """Power of the inverse frequency by which rare labels of urgency, sensitive and churn are weighted; 0 is off."""
    bf16: bool = True


@dataclass(slots=True)
class Network:
    """What is trained."""

    tokenizer: Any
    encoder: Any
    layer: Any


def start(base: Path, recipe: Recipe) -> Network:
    """The base encoder with fresh heads."""
    import torch

    random.seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    encoder = network.load_encoder(base, training=True)
    return Network(network.load_tokenizer(base), encoder, network.heads(encoder.config.hidden_size))


def train(net: Network, triage: Sequence[Example], others: Sequence[Example], recipe: Recipe) -> Iterator[int]:
    """Trains in place; yields after each epoch. An epoch is every triage row and one share of the other sets."""
    import torch

    rng = random.Random(recipe.seed)  # noqa: S311  (a repeatable order, no secret)
    brands = sorted({brand_name(example.brand) for example in triage if example.brand}) or [""]
    others = list(others)
    rng.shuffle(others)
    shares = [others[number :: recipe.epochs] for number in range(recipe.epochs)]
    steps = sum(math.ceil((len(triage) + len(share)) / recipe.batch) for share in shares)
    optimizer = torch.optim.AdamW(
        [{"params": net.encoder.parameters()}, {"params": net.layer.parameters(), "lr": recipe.head_rate}],
        lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True,
    )  # fmt: skip
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step, steps))
    weights = _weights(triage, recipe.rare)
    for number, share in enumerate(shares):
        began, total, count = time.monotonic(), 0.0, 0
        net.encoder.train()
        examples = [vary(example, brands, rng) for example in triage] + list(share)
        for batch in _batches(examples, recipe.batch, rng):
            loss = _loss(net, batch, weights, recipe)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_([*net.encoder.parameters(), *net.layer.parameters()], 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            total, count = total + loss.item(), count + 1
            if count % 200 == 0:
                log.info("epoch %d batch %d loss %.4f", number + 1, count, total / count)
        log.info(
            "epoch %d of %d: loss %.4f, %.0f s", number + 1, recipe.epochs, total / count, time.monotonic() - began
        )
        yield number + 1


def predict(net: Network, examples: Sequence[Example], max_len: int) -> dict[Head, Floats]:
    """The logits of each head, (examples, labels), without dropout and in float32."""
    import torch

    net.encoder.eval()
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].text))
    result = np.empty((len(examples), network.OUTPUTS))
    with torch.inference_mode():
        for begin in range(0, len(order), 64):
            part = order[begin : begin + 64]
            result[part] = network.logits(
                net.encoder, net.layer, _tokens(net, [examples[i] for i in part], max_len)
            ).numpy()
    return {head: part.numpy() for head, part in network.split(torch.from_numpy(result)).items()}


def truth(examples: Sequence[Example]) -> dict[Head, Ints]:
    """The right label of each head, ``MISSING`` where unknown."""
    return {head: np.array([example.labels[head] for example in examples], dtype=np.int64) for head in LABELS}


def _tokens(net: Network, examples: Sequence[Example], max_len: int) -> Any:
    return network.tokenise(net.tokenizer, [(brand_name(one.brand), one.text) for one in examples], max_len)


def _loss(net: Network, batch: Sequence[Example], weights: Mapping[Head, torch.Tensor], recipe: Recipe) -> torch.Tensor:
    """The mean over posts of the sum over the heads that each post has a label for."""
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.bf16):
        scores = network.split(
            network.logits(net.encoder, net.layer, _tokens(net, batch, recipe.max_len), recipe.dropout)
        )
    share = torch.tensor([example.weight for example in batch])
    total = torch.zeros(())
    for head, labels in truth(batch).items():
        each = torch.nn.functional.cross_entropy(
            scores[head], torch.from_numpy(labels), weight=weights[head], ignore_index=MISSING, reduction="none",
            label_smoothing=recipe.smoothing,
        )  # fmt: skip
        total = total + (each * share).sum() / len(batch)
    return total


def _batches(examples: list[Example], size: int, rng: random.Random) -> Iterator[list[Example]]:
    """Shuffled batches of posts of about one length: padding costs as much as text."""
    rng.shuffle(examples)
    batches = []
    for begin in range(0, len(examples), size * 40):
        near = sorted(examples[begin : begin + size * 40], key=lambda example: len(example.text))
        batches += [near[at : at + size] for at in range(0, len(near), size)]
    rng.shuffle(batches)
    yield from batches


def _pace(step: int, steps: int, warm: float = 0.06) -> float:
    """Up for the first part of the run, then in a line to zero."""
    first = max(1, int(steps * warm))
    return (step + 1) / first if step < first else max(0.0, (steps - step) / max(1, steps - first))


def _weights(examples: Sequence[Example], power: float) -> dict[Head, torch.Tensor]:
    """A weight a label, 1 on average over the examples; only heads whose rare labels are the dangerous ones differ."""
    import torch

    weights = {head: torch.ones(len(labels)) for head, labels in LABELS.items()}
    for head in (Head.URGENCY, Head.SENSITIVE, Head.CHURN):
        counts = np.bincount([one.labels[head] for one in examples], minlength=len(LABELS[head])).clip(min=1)
        raw = (counts.sum() / counts) ** power
        weights[head] = torch.tensor(raw * counts.sum() / (raw * counts).sum(), dtype=torch.float32)
    return weights
