"""`train`: a new version of the model from a lead's own posts and the agents' corrections, beside the one in force."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.evaluation.labelled import Labelled
from engine.labelled import given, thresholds_for, truth_in
from engine.tune import labelled
from models.errors import SettingsError
from models.settings import Loaded, Settings

if TYPE_CHECKING:
    from sqlmodel import Session

    from classifiers.training.own import Known
    from classifiers.training.retrain import Outcome, Plan

REFUSED, STOPPED = 3, 130
"""Exit codes."""
FOLDER = "weights"
"""Beside the configuration: the versions."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the lead asked for; ``out`` and ``base`` are None for the usual ones, ``threads`` 0 for all."""

    epochs: int = 3
    keep: float = 0.2
    out: Path | None = None
    base: Path | None = None
    adopt: bool = True
    threads: int = 0
    command: str = "python bot.py train"

    def __post_init__(self) -> None:
        if not 0.05 <= self.keep <= 0.5:
            raise SettingsError(["--keep must be from 0.05 to 0.5: the share of posts to compare by"])


@dataclass(frozen=True, slots=True)
class Corrected:
    """Corrected posts that may be trained on, and how many may not, by channel; ``verdicts`` have no label."""

    posts: Sequence[Labelled] = ()
    barred: Mapping[str, int] = field(default_factory=dict)
    verdicts: int = 0


def corrected(session: Session, also: Collection[str]) -> Corrected:
    """For ``store.do``; ``also`` are the channels that gave permission."""
    from models.store import corrections

    every = {post.mention_id: post.channel for post in corrections.labelled(session) if post.labels}
    allowed = list(corrections.trainable(session, include=also))
    posts = [replace(labelled(post), p=None) for post in allowed if post.labels]
    barred = Counter(every.values()) - Counter(post.channel for post in posts)
    return Corrected(posts, dict(barred), len(allowed) - len(posts))


def train(loaded: Loaded, file: Path | None, corrections: Corrected | None, wishes: Wishes, today: date) -> int:
    """Train, compare, and adopt what is no worse; the exit code."""
    if file is None and corrections is None:
        raise SettingsError(["give a FILE of labelled posts (docs/training.md), or --corrections"])
    settings, posts = loaded.settings, list[Labelled]()
    if file:
        found = given(file, settings)
        if found.exit_code:
            return found.exit_code
        posts += found.posts
    if corrections is not None and file is None and not truth_in(corrections.posts, "what was corrected"):
        _say(*_left_out(corrections))
        return 2
    notes = [*_left_out(corrections), *_from_barred(posts, loaded)]
    _say(*notes)
    from classifiers.manifest import WeightsError
    from classifiers.training.own import Known, TrainingError

    try:
        outcome = _run(loaded, posts, corrections or Corrected(), wishes, today, notes, Known.shipped())
    except (WeightsError, TrainingError) as error:
        raise SettingsError([str(error)]) from error
    except KeyboardInterrupt:
        _say("\nStopped. The same command goes on after the last whole epoch.")
        return STOPPED
    _tell(outcome, settings, wishes)
    return 0 if outcome.adopted or not (wishes.adopt or outcome.faults) else REFUSED


def plan_of(loaded: Loaded, wishes: Wishes, today: date, notes: Sequence[str] = ()) -> Plan:
    """Where it begins, where it ends, what it is held against, and how; raises ``WeightsError``."""
    from classifiers.linear import has_matrix_units
    from classifiers.manifest import CURRENT, resolve
    from classifiers.training.retrain import RECIPE, Plan
    from classifiers.versions import folders

    in_force, out = folders(loaded.settings.classifier)[0], wishes.out or loaded.path.parent / FOLDER
    if (out / "triage.json").exists():
        raise SettingsError([f"--out {out} is itself a folder of weights: name one for the versions"])
    recipe = replace(RECIPE, epochs=wishes.epochs, bf16=has_matrix_units())
    name = f"overheard-own-{today:%Y%m%d}"
    # What lies in `current` is replaced, whether this configuration names it or not.
    against = resolve(out) if (out / CURRENT).exists() else in_force
    base = resolve(wishes.base) if wishes.base else in_force
    return Plan(base, against, out, name, recipe, wishes.keep, wishes.adopt, wishes.command, notes)


def _run(
    loaded: Loaded,
    posts: Sequence[Labelled],
    corrections: Corrected,
    wishes: Wishes,
    today: date,
    notes: Sequence[str],
    known: Known,
) -> Outcome:
    from classifiers import network
    from classifiers.training.bar import Bar
    from classifiers.training.own import usable
    from classifiers.training.retrain import retrain

    settings = loaded.settings
    thresholds = cache(lambda brand, channel: thresholds_for(settings, brand, channel))
    names = {key: brand.name for key, brand in settings.brands.items()}
    own = usable(posts, corrections.posts, names)
    if wishes.threads:
        network.set_threads(wishes.threads)
    plan = plan_of(loaded, wishes, today, notes)
    _say(f"Training on {len(own)} posts from {plan.base} …")
    with Bar() as bar:
        return retrain(own, plan, known, lambda post: thresholds(post.brand, post.channel), bar, bar.say)


def _left_out(corrections: Corrected | None) -> Iterator[str]:
    if corrections is None:
        return
    for channel, count in corrections.barred.items():
        yield (
            f"{count} corrected posts of {channel} are left out: its terms forbid to train a model on them "
            "(corrections.also_train_on, if you have its permission)"
        )
    if corrections.verdicts:
        yield f"{corrections.verdicts} corrections are left out: they have a verdict and no label"


def _from_barred(posts: Sequence[Labelled], loaded: Loaded) -> Iterator[str]:
    from models.manifests import manifest_of

    permitted = loaded.settings.corrections.also_train_on
    counts = Counter(post.channel for post in posts if post.channel not in permitted)
    for channel, count in counts.items():
        if not manifest_of(channel, loaded.manifests).training:
            yield (
                f"{count} posts of the file are of {channel}, whose terms forbid to train a model on its posts: "
                "they are used, because you named them; take them out if you have no permission"
            )


def _tell(outcome: Outcome, settings: Settings, wishes: Wishes) -> None:
    from classifiers.evaluation.sheet import show
    from classifiers.training.told import sheets

    show(sheets(outcome))
    if outcome.faults:
        print(f"\nNot adopted: {'; '.join(outcome.faults)}.\nIt lies in {outcome.folder}; nothing has changed.")
        return
    if not outcome.adopted:
        name = f"its name, {outcome.folder.name}, into {outcome.folder.parent / 'current'}"
        print(f"\nNot adopted, as you asked. It is no worse. It lies in {outcome.folder}; to adopt it, write {name}.")
        return
    print(f"\nAdopted: {outcome.folder}")
    name = "accurate" if settings.classifier.mode == "accurate" else "weights"
    asked: Path | None = getattr(settings.classifier, name)
    if asked is None or asked.resolve() != outcome.folder.parent.resolve():
        print(f'To use it, put this under [classifier] in the configuration: {name} = "{outcome.folder.parent}"')
    else:
        print("A running bot takes it when it gets SIGHUP (systemctl reload), a new one at once.")


def _say(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.stderr, end="\n" if lines else "", flush=True)
