"""The training run: seeded, all heads at once, bf16 where the processor has it. A run may be stopped and go on."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from classifiers import network
from classifiers.evaluation.arrays import Floats
from classifiers.manifest import HEADS
from classifiers.text import brand_name
from classifiers.training import steps as steps_of
from classifiers.training.data import Example
from classifiers.training.losses import loss
from classifiers.training.variation import vary
from models.assessment import Head

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
    rare: float = 0.3
    """Power of the inverse frequency by which rare labels of urgency, sensitive and churn are weighted; 0 is off."""
    ordinal: float = 0.5
    """Weight of the distance on urgency's scale beside its cross-entropy."""
    soft: float = 0.8
    """The teacher's share where a post has both a label and a teacher's opinion."""
    heat: float = 1.5
    """The temperature of both in that share."""
    bf16: bool = True
    freeze: int = 0
    """So many of the lowest layers, and the embeddings, stay as they are (0: all is trained)."""
    decay: float = 1.0
    """A layer learns at this share of the rate of the layer above it."""
    least: float = 0.0
    """The learning rate ends at this share of its height: a run that another goes on from does not cool down."""
    repeat: int = 1
    """How often an epoch holds each post of the first part."""


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


def resume(folder: Path, recipe: Recipe) -> Network:
    """What ``saving.save`` wrote, to be trained on or asked."""
    net = start(folder, recipe)
    net.layer = network.load_heads(folder / HEADS)
    return net


def blend(net: Network, other: Network, share: float) -> None:
    """Puts into ``net`` its own weights and ``share`` of those of ``other``, which it was trained from."""
    for mine, theirs in ((net.encoder, other.encoder), (net.layer, other.layer)):
        old = theirs.state_dict()
        mixed = {
            name: (1 - share) * weight + share * old[name] if weight.is_floating_point() else weight
            for name, weight in mine.state_dict().items()
        }
        mine.load_state_dict(mixed)


@dataclass(slots=True)
class Course:
    """What a run carries from one epoch to the next besides the network; ``epoch`` counts those that are done."""

    rng: random.Random
    optimizer: Any
    schedule: Any
    epoch: int = 0


class Keeper(Protocol):
    """Keeps a run between its epochs, so that one that was stopped goes on as if it had not been."""

    def restore(self, net: Network, course: Course) -> None:
        """Put both as they were kept; nothing where nothing was."""

    def keep(self, net: Network, course: Course) -> None:
        """Called after each epoch."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run is: epoch and batch are counted from 1, ``loss`` is the mean of the epoch so far."""

    epoch: int
    epochs: int
    batch: int
    batches: int
    loss: float
    seconds: float
    """Since the epoch began."""


Told = Callable[[Step], object]


def logged(step: Step) -> None:
    """A line every 50 batches and one at the end of an epoch."""
    if step.batch == step.batches:
        log.info("epoch %d of %d: loss %.4f, %.0f s", step.epoch, step.epochs, step.loss, step.seconds)
    elif step.batch % 50 == 0:
        log.info("epoch %d batch %d of %d: loss %.4f", step.epoch, step.batch, step.batches, step.loss)


def train(
    net: Network,
    triage: Sequence[Example],
    others: Sequence[Example],
    recipe: Recipe,
    told: Told = logged,
    keeper: Keeper | None = None,
) -> Iterator[int]:
    """Trains in place; yields after each epoch. An epoch is every triage row and one share of the other sets.

    Triage rows are varied from epoch to epoch (``variation``), the others are not.
    """
    rng = random.Random(recipe.seed)  # noqa: S311  (a repeatable order, no secret)
    brands = sorted({brand_name(example.brand) for example in triage if example.brand}) or [""]
    others = list(others)
    rng.shuffle(others)
    shares = [others[number :: recipe.epochs] for number in range(recipe.epochs)]
    steps = sum(math.ceil((recipe.repeat * len(triage) + len(share)) / recipe.batch) for share in shares)
    course = _course(net, recipe, steps, rng)
    if keeper:
        keeper.restore(net, course)
    weights = steps_of.weights(triage, recipe.rare)
    while course.epoch < recipe.epochs:
        varied = [vary(example, brands, rng) for example in [*triage] * recipe.repeat]
        batches = steps_of.batches([*varied, *shares[course.epoch]], recipe.batch, rng)
        _epoch(net, course, batches, weights, recipe, told)
        course.epoch += 1
        if keeper:
            keeper.keep(net, course)
        yield course.epoch


def _course(net: Network, recipe: Recipe, steps: int, rng: random.Random) -> Course:
    import torch

    optimizer = torch.optim.AdamW(
        steps_of.groups(net, recipe), lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: steps_of.pace(step, steps, recipe.least))
    return Course(rng, optimizer, schedule)


def _epoch(
    net: Network,
    course: Course,
    batches: Sequence[list[Example]],
    weights: dict[Head, torch.Tensor],
    recipe: Recipe,
    told: Told,
) -> None:
    import torch

    parameters = [*net.encoder.parameters(), *net.layer.parameters()]
    began, total = time.monotonic(), 0.0
    net.encoder.train()
    for number, batch in enumerate(batches, 1):
        step_loss = loss(_scores(net, batch, recipe), batch, weights, recipe)
        step_loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        course.optimizer.step()
        course.schedule.step()
        course.optimizer.zero_grad(set_to_none=True)
        total += step_loss.item()
        spent = time.monotonic() - began
        told(Step(course.epoch + 1, recipe.epochs, number, len(batches), total / number, spent))


def predict(net: Network, examples: Sequence[Example], max_len: int, bf16: bool = False) -> dict[Head, Floats]:
    """The logits of each head, (examples, labels), without dropout and in float32."""
    import torch

    net.encoder.eval()
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].text))
    result = np.empty((len(examples), network.OUTPUTS))
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        for begin in range(0, len(order), 64):
            part = order[begin : begin + 64]
            tokens = _tokens(net, [examples[i] for i in part], max_len)
            result[part] = network.logits(net.encoder, net.layer, tokens).numpy()
    return {head: part.numpy() for head, part in network.split(torch.from_numpy(result)).items()}


def _tokens(net: Network, examples: Sequence[Example], max_len: int) -> Any:
    return network.tokenise(net.tokenizer, [(brand_name(one.brand), one.text) for one in examples], max_len)


def _scores(net: Network, batch: Sequence[Example], recipe: Recipe) -> dict[Head, torch.Tensor]:
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.bf16):
        tokens = _tokens(net, batch, recipe.max_len)
        return network.split(network.logits(net.encoder, net.layer, tokens, recipe.dropout))
