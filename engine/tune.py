"""`tune`: what each threshold would cost on labelled posts, and the lines to paste. Nothing is stored or sent."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.evaluation.asked import QUESTIONS
from classifiers.evaluation.labelled import Labelled
from engine.labelled import NO_TRUTH, NONE_USABLE, given, judged, thresholds_for, truth_in
from engine.thinking import Thinking
from models.correction import CorrectedPost
from models.errors import SettingsError
from models.settings import Settings

if TYPE_CHECKING:
    from sqlmodel import Session

    from classifiers.evaluation.tuning_sheets import Tuning

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the lead asked for; ``only``: names of thresholds with commas between, or all; ``per_day``: 0 if unknown."""

    missed: float = 20.0
    needless: float = 1.0
    per_day: float = 0.0
    only: str = ""
    brand: str = ""
    channel: str = ""
    out: Path | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.names if name not in QUESTIONS]
        if unknown:
            raise SettingsError([f"--only: no such threshold: {', '.join(unknown)}; known: {', '.join(QUESTIONS)}"])
        if not all(0 < cost < math.inf for cost in (self.missed, self.needless)):
            raise SettingsError(["--missed and --needless must be above 0"])
        if self.brand and self.channel:
            raise SettingsError(["give --brand or --channel, not both: a brand's thresholds hold on all its channels"])

    @property
    def names(self) -> Sequence[str]:
        """The thresholds to look at."""
        return [name.strip() for name in self.only.split(",") if name.strip()] or list(QUESTIONS)


def tune(settings: Settings, file: Path | None, corrections: Iterable[CorrectedPost] | None, wishes: Wishes) -> int:
    """Print the tables and the lines of TOML, and write them and their picture to ``wishes.out``; the exit code."""
    if wishes.out:
        wishes.out.mkdir(parents=True, exist_ok=True)
    if file is None and corrections is None:
        raise SettingsError(["give a FILE of labelled posts, or --corrections"])
    posts: list[Labelled] = []
    if file:
        found = given(file, settings)
        if found.exit_code:
            return found.exit_code
        posts += found.posts
    if corrections is not None:
        posts += map(labelled, corrections)
        print(
            "Corrections tell of mistakes above all: add a labelled file or wait for the audit sample.", file=sys.stderr
        )
    posts = [post for post in posts if _wanted(post, wishes)]
    if not posts:
        print(
            "error: there is no such post: nothing was corrected yet, or not of that brand or channel", file=sys.stderr
        )
        return NONE_USABLE
    if not truth_in(posts, "what was chosen"):
        return NO_TRUTH
    _tell(_tuning(settings, posts, wishes), wishes)
    return 0


def corrected(session: Session) -> list[CorrectedPost]:
    """What people corrected, for ``store.do``. Posts of every channel: to choose a threshold is not to train."""
    from models.store import corrections

    return list(corrections.labelled(session))


def labelled(post: CorrectedPost) -> Labelled:
    """A corrected post with what the model had said; judged again where that was not kept."""
    return Labelled(
        post.mention_id, post.text, post.brand, post.channel, post.lang, post.posted_at, post.labels, post.p or None
    )


def _wanted(post: Labelled, wishes: Wishes) -> bool:
    return (not wishes.brand or post.brand == wishes.brand) and (not wishes.channel or post.channel == wishes.channel)


def _tuning(settings: Settings, posts: Sequence[Labelled], wishes: Wishes) -> Tuning:
    found, _ = judged(posts, Thinking().panel(settings), settings.classifier.batch)
    from classifiers.evaluation.arrays import Judged
    from classifiers.evaluation.choose import advise
    from classifiers.evaluation.folds import by_brand, folds
    from classifiers.evaluation.sweep import Costs
    from classifiers.evaluation.tuning_sheets import Tuning

    table, whole = Judged.of(found), folds(found)
    costs = Costs(wishes.missed, wishes.needless)
    in_force = thresholds_for(settings, wishes.brand, wishes.channel)
    advice = [
        advise(table, question, costs, getattr(in_force, name), whole)
        for name, question in QUESTIONS.items()
        if name in wishes.names and len(table.known(question.head))
    ]
    parts = "five parts by brand" if by_brand(found) else "five parts by text"
    return Tuning(advice, costs, _table(wishes), wishes.per_day or _per_day(found), parts)


def _table(wishes: Wishes) -> str:
    if wishes.brand or wishes.channel:
        kind, name = ("brands", wishes.brand) if wishes.brand else ("channels", wishes.channel)
        return f"[{kind}.{json.dumps(name)}.thresholds]"
    return "[thresholds]"


def _per_day(posts: Sequence[Labelled]) -> float:
    """By the posts' own times, where all have one and they span a day at least; else 0."""
    times = [post.at.timestamp() for post in posts if post.at]
    if len(times) < len(posts) or max(times) - min(times) < DAY:
        return 0.0
    return len(times) * DAY / (max(times) - min(times))


def _tell(tuning: Tuning, wishes: Wishes) -> None:
    from classifiers.evaluation.sheet import show
    from classifiers.evaluation.tuning_sheets import sheets

    show(sheets(tuning))
    toml = tuning.toml()
    print(f"\nPaste this into config.toml, then try it with `replay`:\n\n{toml}" if toml else "\nNothing to change.")
    if not wishes.out:
        return
    from classifiers.evaluation.curves import curves

    if tuning.advice:
        curves(tuning.advice, wishes.out / "tune.svg")
    (wishes.out / "tune.json").write_text(json.dumps(tuning.as_json(), indent=1) + "\n", "utf-8")
    print(f"Written to {wishes.out}: tune.svg, tune.json", file=sys.stderr)
