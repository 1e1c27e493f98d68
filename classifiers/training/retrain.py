"""A new version of the model from a lead's own posts: train, calibrate, compare with the old, and adopt if no worse.

The old version's own answers stand beside the labels, and invented posts between the own ones, so that what it knew
is not forgotten. It writes into ``Plan.out`` only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from classifiers.evaluation.arrays import Floats
from classifiers.evaluation.labelled import Labelled
from classifiers.manifest import Manifest, WeightsError, read
from classifiers.training import card, loop, own, saving, shelf
from classifiers.training.checkpoint import Checkpoint, NotWrittenError, Say
from classifiers.training.compare import Row, ThresholdsOf, compare
from classifiers.training.data import Example
from classifiers.training.loop import Network, Recipe, Told
from classifiers.training.losses import truth
from classifiers.training.own import Known, Own, Parted
from classifiers.training.recalibrate import Numbers, crossed, recalibrate
from classifiers.training.verdict import Remembered, faults
from models.assessment import LABELS, Head

RECIPE = Recipe(epochs=3, batch=32, rate=4e-5, head_rate=2e-4, decay=0.92, soft=0.3, heat=1.0)
"""Gentle: the base knows the task already."""
MIXED = 256
"""Invented posts an epoch at least; otherwise half as many as there are own ones."""
CHANGED = "The weights here were changed by `python bot.py train`: fine-tuned on posts of its user's own."

Logits = Mapping[Head, Floats]


@dataclass(frozen=True, slots=True)
class Plan:
    """``against`` is what the new version would take the place of; ``base`` is what it begins from.

    ``name`` is its name before the digest; ``command`` and ``left_out`` are told in its card.
    """

    base: Path
    against: Path
    out: Path
    name: str
    recipe: Recipe = RECIPE
    keep: float = 0.2
    adopt: bool = True
    command: str = ""
    left_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run; ``faults`` says why the new version may not be adopted."""

    folder: Path
    new: Manifest
    base: Manifest
    old: Manifest
    parted: Parted
    untaught: Mapping[Head, str]
    fitted: Sequence[Head]
    rows: Sequence[Row]
    remembered: tuple[Remembered, Remembered]
    """By the old and by the new version."""
    faults: Sequence[str]
    adopted: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """The logits of one version."""

    kept: Logits
    apart: Logits
    grave: Logits


@dataclass(frozen=True, slots=True)
class _Run:
    """What both halves of a run need: the training, and the judging of what came of it."""

    plan: Plan
    known: Known
    thresholds_of: ThresholdsOf
    base: Manifest
    old: Manifest
    parts: Parted
    untaught: Mapping[Head, str]

    def asked(self, net: Network, max_len: int) -> _Asked:
        """What a network says of the posts that are not trained on."""
        sets = ([one.example for one in self.parts.measured], self.known.apart, self.known.grave)
        return _Asked(*(loop.predict(net, examples, max_len) for examples in sets))

    def taught(self, net: Network, recipe: Recipe) -> tuple[list[Example], list[Example]]:
        """The own posts and the invented ones, each with what the base makes of it."""
        ours = own.masked([one.example for one in self.parts.train], self.untaught)
        count = recipe.epochs * max(MIXED, len(ours) // 2)
        mixed = sorted(self.known.mixed, key=lambda one: own.chance(one.text))[:count]
        return _told(net, ours, recipe), _told(net, mixed, recipe)

    def judge(self, before: _Asked, after: _Asked, taught: Sequence[Example]) -> Outcome:
        """The new version's temperatures and offsets, and how it compares with the old."""
        kept = self.parts.measured
        right, was, begun = truth([one.example for one in kept]), Numbers.of(self.old), Numbers.of(self.base)
        # Corrections are mistakes above all: no temperature can be read from them.
        learnt = taught if self.parts.fair else []
        now = recalibrate(begun, right, after.kept, learnt)
        half = np.array([own.chance(f"half {one.key}") < 0.5 for one in kept])
        said = crossed(begun, right, after.kept, half, learnt)
        rows = compare([one.post for one in kept], right, was.answers(before.kept), said, self.thresholds_of)
        remembered = self._remembered(was, before), self._remembered(now, after)
        numbers = {"name": self.plan.name, "temperatures": now.temperatures, "offsets": now.offsets}
        new = self.base.model_copy(update=numbers)
        why = faults(rows, *remembered)
        return Outcome(
            self.plan.out,
            new,
            self.base,
            self.old,
            self.parts,
            self.untaught,
            now.fitted,
            rows,
            remembered,
            why,
            adopted=False,
        )

    def _remembered(self, numbers: Numbers, asked: _Asked) -> Remembered:
        urgent = self.thresholds_of(Labelled("", "")).urgent
        return Remembered.of(self.known.apart, numbers.answers(asked.apart), numbers.answers(asked.grave), urgent)


def retrain(
    posts: Sequence[Own], plan: Plan, known: Known, thresholds_of: ThresholdsOf, told: Told, say: Say
) -> Outcome:
    """The whole run, or the rest of one that was stopped.

    Raises ``WeightsError`` where the base cannot be used, ``TrainingError`` for the posts, and OSError where ``out``
    cannot be written; then nothing has changed but what the run goes on from.
    """
    base, old, parts = read(plan.base), read(plan.against), own.parted(posts, plan.keep)
    run = _Run(plan, known, thresholds_of, base, old, parts, own.untaught(parts.train))
    recipe = replace(plan.recipe, max_len=base.max_len)
    with shelf.at_work(plan.out) as running:
        before = run.asked(_load(plan.against, recipe), old.max_len)
        net = _load(plan.base, recipe)
        taught, mixed = run.taught(net, recipe)
        checkpoint = Checkpoint(running / shelf.STATE, _fingerprint(base, recipe, [*taught, *mixed]), say)
        for _ in loop.train(net, taught, mixed, recipe, told, checkpoint):
            pass
        say("Comparing the new version with the old one …")
        new = running / shelf.NEW
        _save(net, plan.base, new, base.model_copy(update={"name": plan.name}))
        # As it is stored, not as it was trained: half precision is part of what is compared.
        outcome = run.judge(before, run.asked(_load(new, recipe), base.max_len), taught)
        outcome = replace(outcome, new=saving.seal(new, outcome.new))
        card.write(new, plan.base, outcome, recipe, plan.command, plan.left_out)
        outcome = replace(outcome, folder=shelf.put(new, plan.out, outcome.new))
        if plan.adopt and not outcome.faults:
            shelf.adopt(outcome.folder)
            outcome = replace(outcome, adopted=True)
        shelf.done(running)
    return outcome


def _load(folder: Path, recipe: Recipe) -> Network:
    try:
        return loop.resume(folder, recipe)
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise WeightsError(f"the weights in {folder} do not load: {type(error).__name__}: {error}") from error


def _save(net: Network, base: Path, folder: Path, manifest: Manifest) -> None:
    from safetensors import SafetensorError

    try:
        saving.save(net, base, folder, manifest, CHANGED)
    except (SafetensorError, OSError) as error:
        raise NotWrittenError(f"{folder} cannot be written, is the disk full? {error}") from error


def _told(net: Network, examples: Sequence[Example], recipe: Recipe) -> list[Example]:
    """Each with what the base makes of it."""
    said = loop.predict(net, examples, recipe.max_len, recipe.bf16)
    rows = np.concatenate([said[head] for head in LABELS], axis=1).astype(np.float32)
    return [replace(one, soft=row) for one, row in zip(examples, rows, strict=True)]


def _fingerprint(base: Manifest, recipe: Recipe, examples: Iterable[Example]) -> str:
    """Of everything that the weights follow from, the number of threads and the machine excepted."""
    whole = hashlib.sha256(json.dumps([base.model_dump(mode="json"), asdict(recipe)]).encode())
    for one in examples:
        whole.update(json.dumps([one.brand, one.text, one.source, list(one.labels.values())]).encode())
    return whole.hexdigest()
