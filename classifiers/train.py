"""Trains the triage model: ``python -m classifiers.train --data DIR --base DIR --out DIR``. See the weights' README."""

from __future__ import annotations

import argparse
import json
import logging
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

from classifiers import network
from classifiers.manifest import CHECKED, ENCODER, FILE, HEADS, Manifest, digest
from classifiers.text import own_key
from classifiers.training import data, loop, scores
from classifiers.training.data import Example
from models.assessment import LABELS, Head

log = logging.getLogger(__name__)

NAME = "overheard-minilm-1"
SERVED_LEN = 128


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the sets, trains, measures on the held-out brands, writes a weights folder."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    import torch

    torch.set_num_threads(options.threads)
    recipe = loop.Recipe(
        epochs=options.epochs, batch=options.batch, rate=options.rate, head_rate=5 * options.rate, seed=options.seed,
        rare=options.rare, smoothing=options.smoothing, bf16=not options.fp32,
    )  # fmt: skip
    train, validation = data.triage(options.data / "triage" / "train.jsonl.gz")
    train = data.without([*train, *(data.invented() if options.invented else [])], validation)
    checks = _checks(options.data)
    others = data.without(_others(options.data, options.general), [*validation, *train, *checks])
    random.Random(options.seed).shuffle(others)  # noqa: S311  (a repeatable sample, no secret)
    others = others[: options.limit]
    log.info("triage %d to train on, %d held out; %d others with a sentiment", len(train), len(validation), len(others))
    net = loop.start(options.base, recipe)
    for epoch in loop.train(net, train, others, recipe):
        figures = _measure(net, {"held_out": validation})
        log.info("epoch %d %s", epoch, json.dumps(figures["held_out"]))
        if options.save_every_epoch or epoch == recipe.epochs:
            _save(net, validation, options.out, options.base)
    sets: dict[str, list[Example]] = {"held_out": validation}
    for check in checks:
        sets.setdefault(check.source, []).append(check)
    figures = _measure(net, sets)
    (options.out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    for name, numbers in figures.items():
        log.info("%s %s", name, json.dumps(numbers))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with triage/train.jsonl.gz and the public sets"
    )
    parser.add_argument("--base", type=Path, required=True, help="folder of the pretrained encoder (safetensors)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the weights to")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--rare", type=float, default=0.0, help="power of the weights of rare labels")
    parser.add_argument("--smoothing", type=float, default=0.0)
    parser.add_argument("--general", type=float, default=0.5, help="weight of the general sentiment sets; 0 is without")
    parser.add_argument("--limit", type=int, default=30_000, help="at most so many posts of the general sets")
    parser.add_argument("--invented", action=argparse.BooleanOptionalAction, default=True, help="add our own posts")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fp32", action="store_true", help="do not compute in bf16")
    parser.add_argument("--save-every-epoch", action="store_true")
    return parser


def _others(folder: Path, weight: float) -> list[Example]:
    """The public sets with a sentiment alone, as far as they are in ``folder``."""
    if not weight:
        return []
    found: list[Example] = []
    path = folder / "tweeteval" / "sentiment_train.jsonl.gz"
    if path.exists():
        found += data.sentiment(path, "tweeteval", weight, "text_clean", "in_tweeteval_train")
    for language, name in data.UMSAB.items():
        path = folder / "xlmt_umsab" / f"{name}_train.jsonl.gz"
        if path.exists():
            found += data.sentiment(path, f"umsab_{language}", weight)
    return found


def _checks(folder: Path) -> list[Example]:
    """The validation parts of the public sets: measured, never trained on. UMSAB's English is part of TweetEval's."""
    found: list[Example] = []
    path = folder / "tweeteval" / "sentiment_val.jsonl.gz"
    if path.exists():
        found += data.sentiment(path, "tweeteval_val", 1.0, "text_clean")
    for language, name in data.UMSAB.items():
        path = folder / "xlmt_umsab" / f"{name}_val.jsonl.gz"
        if language != "en" and path.exists():
            found += data.sentiment(path, f"umsab_{language}_val", 1.0)
    return found


def _measure(net: loop.Network, sets: dict[str, list[Example]]) -> dict[str, dict[str, float]]:
    return {
        name: scores.report(
            loop.truth(examples),
            loop.predict(net, examples, SERVED_LEN),
            [own_key(one.brand) or str(number) for number, one in enumerate(examples)],
        )
        for name, examples in sets.items()
        if examples
    }


def _save(net: loop.Network, validation: list[Example], out: Path, base: Path) -> None:
    """Writes the weights folder: encoder in fp16, heads in fp32, tokeniser, manifest."""
    import torch

    out.mkdir(parents=True, exist_ok=True)
    logits, right = loop.predict(net, validation, SERVED_LEN), loop.truth(validation)
    half = network.load_encoder(base).to(torch.float16)
    half.load_state_dict(net.encoder.state_dict())
    half.save_pretrained(out)
    net.tokenizer.save_pretrained(out)
    network.save_heads(net.layer, out / HEADS)
    for name in CHECKED:
        (out / name).chmod(0o644)
    _licences(base, out)
    manifest = Manifest(
        name=NAME,
        labels=dict(LABELS),
        temperatures={Head(head): scores.temperature(right[head], logits[head]) for head in LABELS},
        languages=tuple(data.UMSAB),
        full_languages=("en",),
        max_len=SERVED_LEN,
        sha256={name: digest(out / name) for name in CHECKED},
    )
    (out / FILE).write_text(manifest.model_dump_json(indent=1) + "\n")
    log.info("written: %s %s (%s)", manifest.version, out.name, ENCODER)


def _licences(base: Path, out: Path) -> None:
    """The base's licence goes with its weights, and a word that they were changed."""
    if (base / "LICENSE").exists():
        shutil.copyfile(base / "LICENSE", out / "LICENSE")
    if (base / "NOTICE").exists():
        notice = (base / "NOTICE").read_text(encoding="utf-8").rstrip()
        changed = "The weights here were changed by the Overheard project: fine-tuned for triage and stored as float16."
        (out / "NOTICE").write_text(f"{notice}\n\n{changed} See README.md.\n", encoding="utf-8")


if __name__ == "__main__":
    main()
