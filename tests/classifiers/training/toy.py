"""A toy to train in a second: a tiny encoder, and posts of a few words that say plainly which labels they have."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from classifiers import network
from classifiers.evaluation.labelled import Labelled
from classifiers.manifest import CHECKED, FILE, HEADS, Manifest, digest
from classifiers.training.data import Example
from classifiers.training.loop import Recipe
from classifiers.training.own import Known, Own, usable
from classifiers.training.retrain import Plan
from models.assessment import LABELS, Head
from models.settings.sections import Thresholds

Tiny = Callable[..., Path]

PROBLEM = {
    Head.INTENT: "problem", Head.SENTIMENT: "negative", Head.URGENCY: "critical", Head.SENSITIVE: "account",
    Head.CHURN: "no",
}  # fmt: skip
PRAISE = {
    Head.INTENT: "praise", Head.SENTIMENT: "positive", Head.URGENCY: "low", Head.SENSITIVE: "none", Head.CHURN: "yes",
}  # fmt: skip
RECIPE = Recipe(epochs=3, repeat=2, batch=32, rate=0.01, head_rate=0.05, decay=1.0, soft=0.1, heat=1.0, bf16=False)
LETTERS = "a e i o u s t"
BAD, GOOD = ("down", "bad"), ("good", "thanks")


def weights(tiny: Tiny, name: str = "base") -> Path:
    """A folder with random weights that loads."""
    import torch

    folder = tiny(name=name)
    torch.manual_seed(3)
    network.save_heads(network.heads(16), folder / HEADS)
    manifest = Manifest(
        name=name, labels=dict(LABELS), temperatures=dict.fromkeys(LABELS, 1.0), languages=("en",),
        full_languages=("en",), max_len=32, sha256={file: digest(folder / file) for file in CHECKED},
    )  # fmt: skip
    (folder / FILE).write_text(manifest.model_dump_json())
    (folder / "NOTICE").write_text("Made by somebody.\n")
    return folder


def posts(count: int = 600, brands: int = 0, seed: int = 1, **changes: Any) -> list[Labelled]:
    """Half of them problems, half praise; no two are alike. ``changes`` are fields of each."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        words, truth = (BAD, PROBLEM) if number % 2 else (GOOD, PRAISE)
        text = " ".join([rng.choice(words), *rng.choices(LETTERS.split(), k=5), str(number)])
        fields: dict[str, Any] = {"brand": f"b{rng.randrange(brands)}" if brands else "", "truth": truth} | changes
        found.append(Labelled(f"{seed}-{number}", text, **fields))
    return found


def own(*given: Labelled) -> list[Own]:
    """As training reads them."""
    return usable(given, [], {})


def examples(count: int, seed: int) -> list[Example]:
    """Others of the same kind."""
    return [one.example for one in own(*posts(max(count, 60), seed=seed))][:count]


def known() -> Known:
    """What is asked of it besides its own posts: the same."""
    grave = [one for one in examples(40, seed=3) if one.labels[Head.URGENCY] == LABELS[Head.URGENCY].index("critical")]
    return Known(examples(20, seed=5), examples(40, seed=4), grave)


def plan(base: Path, out: Path, **changes: Any) -> Plan:
    """A plan that learns this in three epochs."""
    fields: dict[str, Any] = {"base": base, "against": base, "out": out, "name": "overheard-own-20260302"}
    return Plan(**fields | {"recipe": RECIPE} | changes)


def thresholds(post: Labelled) -> Thresholds:
    """The usual ones everywhere."""
    return Thresholds()


def swapped(truth: Mapping[Head, str]) -> Mapping[Head, str]:
    """The labels of the other kind."""
    return PRAISE if truth == PROBLEM else PROBLEM
