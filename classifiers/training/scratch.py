"""The shipped weights from nothing: a small student learns what people labelled. Then a large teacher learns the same,
both read what nobody has labelled, and the student learns from what they say together.
``python -m classifiers.training.scratch --help``; docs/model.md says what it needs and how long it takes.

Every stage leaves its result in ``--work``; a run that was stopped goes on with the first stage that is not there.
Without ``--large`` there is no teacher, and the first stage is the last. Where ``--small`` and ``--large`` are weights
that this wrote before, the run goes on from them: for labels that came in since, at half the time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from classifiers.linear import has_matrix_units
from classifiers.manifest import FILE, Manifest
from classifiers.training import calibration, choice, loop, opinions, saving, sets
from classifiers.training.checkpoint import Checkpoint
from classifiers.training.data import UMSAB, Example
from classifiers.training.loop import Network, Recipe
from classifiers.training.sets import Sets

log = logging.getLogger(__name__)

STUDENT, TEACHER = "overheard-minilm-5", "overheard-mpnet-5"
SERVED_LEN, SERVED_TAIL = 128, 48
ENGLISH = ("en",)
LABELS_ALONE = Recipe(epochs=4, batch=48, rate=1.5e-4, head_rate=6e-4)
TEACH = Recipe(epochs=2, batch=64, rate=5e-5, head_rate=4e-4, max_len=72, freeze=4, decay=0.92)
SHARPEN = Recipe(epochs=2, batch=64, rate=5e-5, head_rate=2e-4, max_len=80, freeze=4, decay=0.92)
"""At the end the teacher sees the posts with all labels and few others."""
BESIDE = 10_000
"""So many posts with a sentiment alone go along, so that it is not forgotten."""
DISTIL = Recipe(epochs=3, batch=48, rate=1e-4, head_rate=3e-4, max_len=112, soft=0.8, heat=1.0)
KEPT = 0.1
"""The share of the student's weights that stay as they were before it was taught: what it lost of other languages comes
back, and nothing of what it was taught is lost (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""
POOL = 2
"""So many times the unlabelled posts that the teacher reads are drawn, to choose from."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains the student, and with ``--large`` its teacher; the same seed, data and bases give the same run."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    import torch

    torch.set_num_threads(options.threads)
    found = sets.read(options.data, options.silent * POOL, options.seed)
    student, teacher = options.work / "student", options.work / "teacher"
    if not (student / FILE).exists():
        if _trained(options.small):
            shutil.copytree(options.small, student)
        else:
            _learn(found, options, student)
    if options.large and not (teacher / FILE).exists():
        _teach(found, options, teacher)
    if options.large and not opinions.path(options.work).exists():
        _ask(found, options, student, teacher)
    if options.large:
        _distil(found, options, student)
    else:
        shutil.copytree(student, options.out, dirs_exist_ok=True)
    if options.large and options.accurate:
        saving.shrink(teacher, options.accurate)
    for folder in filter(None, (options.out, options.accurate if options.large else None)):
        figures = calibration.fit_and_measure(folder, found.parts, found.checks)
        (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        log.info("%s: %s", folder.name, json.dumps(figures["final"]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with triage/ and the public sets")
    parser.add_argument(
        "--large", type=Path, help="the teacher's base: all-mpnet-base-v2; without it there is no teacher"
    )
    parser.add_argument("--small", type=Path, required=True, help="the student's base: all-MiniLM-L6-v2")
    parser.add_argument("--work", type=Path, required=True, help="folder for what the stages leave")
    parser.add_argument("--out", type=Path, required=True, help="folder for the student's weights")
    parser.add_argument("--accurate", type=Path, help="folder for the teacher's weights, in int8")
    parser.add_argument("--silent", type=int, default=14_000, help="unlabelled posts that the teacher reads")
    parser.add_argument("--general", type=int, default=12_000, help="posts with a sentiment that the teacher reads")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fp32", action="store_true", help="do not compute in bf16")
    return parser


def _recipe(recipe: Recipe, options: argparse.Namespace) -> Recipe:
    return replace(recipe, seed=options.seed, bf16=has_matrix_units() and not options.fp32)


def _learn(found: Sets, options: argparse.Namespace, out: Path) -> None:
    """All that people labelled; the other languages twice, as they are few."""
    recipe = _recipe(LABELS_ALONE, options)
    noise = sets.with_prior(found.parts.train, 600, options.seed)
    net = loop.start(options.small, recipe)
    others = [*found.general, *found.foreign, *found.foreign, *noise]
    _run(net, found.parts.train, others, recipe, options.work / "student.part")
    saving.save(net, options.small, out, _manifest(STUDENT, tuple(UMSAB)))


def _teach(found: Sets, options: argparse.Namespace, out: Path) -> None:
    recipe = _recipe(TEACH, options)
    if _trained(options.large):
        net = loop.resume(options.large, recipe)
    else:
        net = loop.start(options.large, recipe)
        _run(net, found.parts.train, found.general, recipe, options.work / "teacher.part")
    sharpen = _recipe(SHARPEN, options)
    _run(net, found.parts.train, found.general[:BESIDE], sharpen, options.work / "sharpen.part")
    saving.save(net, options.large, out, _manifest(TEACHER, ENGLISH))


def _ask(found: Sets, options: argparse.Namespace, student: Path, teacher: Path) -> None:
    nets, most = [loop.resume(folder, TEACH) for folder in (student, teacher)], LABELS_ALONE.max_len
    silent = choice.worth_asking(nets[0], found.silent, options.silent, most)
    posts = [*found.parts.train, *silent, *found.general[: options.general]]
    opinions.ask(nets, found.parts, posts, opinions.path(options.work), most)


def _distil(found: Sets, options: argparse.Namespace, student: Path) -> None:
    """What a teacher has read is varied as labelled posts are, for its opinion must not depend on the typing either.

    Posts in other languages keep their labels alone: the teacher speaks English. Ours have all heads, so twice.
    """
    recipe, told = _recipe(DISTIL, options), opinions.load(opinions.path(options.work))
    labelled = [opinions.with_opinion(one, told) for one in found.parts.train]
    silent, general = (
        [one for one in (opinions.with_opinion(post, told) for post in posts) if one.soft is not None]
        for posts in (found.silent, found.general)
    )
    ours = [one for one in found.foreign if one.source.startswith("invented_")]
    noise = sets.with_prior(found.parts.train, 900, options.seed)
    net = loop.resume(student, recipe)
    triage, others = [*labelled, *labelled, *silent], [*general, *found.foreign, *ours, *noise]
    _run(net, triage, others, recipe, options.work / "distil.part")
    loop.blend(net, loop.resume(student, recipe), KEPT)
    saving.save(net, options.small, options.out, _manifest(STUDENT, tuple(UMSAB)))


def _trained(base: Path) -> bool:
    """Whether these are weights of ours, whose first stage is behind them."""
    return (base / FILE).exists()


def _manifest(name: str, languages: tuple[str, ...]) -> Manifest:
    return saving.plain(name, languages, ENGLISH, SERVED_LEN, SERVED_TAIL)


def _run(net: Network, triage: Sequence[Example], others: Sequence[Example], recipe: Recipe, kept: Path) -> None:
    """Kept after every epoch, so that a stopped run loses one at most."""
    read = (json.dumps(asdict(recipe)), *map(opinions.key, (*triage, *others)))
    keeper = Checkpoint(kept, hashlib.sha256("\0".join(read).encode()).hexdigest(), log.info)
    for epoch in loop.train(net, triage, others, recipe, keeper=keeper):
        log.info("epoch %d of %d is done", epoch, recipe.epochs)
    kept.unlink()


if __name__ == "__main__":
    main()
