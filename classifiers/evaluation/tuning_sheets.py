"""Advice on thresholds as tables, as lines of TOML to paste, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from classifiers.evaluation.choose import Advice, Check
from classifiers.evaluation.sheet import Sheet
from classifiers.evaluation.sweep import Candidate, Costs

BESIDE = 0.015
STEPS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""The candidates that are printed beside those that matter."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """All advice of a run; ``table`` is where its lines belong; ``per_day`` how many posts are heard, 0 if unknown."""

    advice: Sequence[Advice]
    costs: Costs
    table: str
    per_day: float
    folds: str

    def toml(self) -> str:
        """The lines to paste; empty where nothing is to be changed."""
        lines = [
            f"{one.question.name} = {{ at = {one.chosen.at:g}, doubt = {one.chosen.doubt:g} }}"
            for one in self.advice
            if one.chosen
        ]
        return "\n".join([self.table, *lines]) if lines else ""

    def as_json(self) -> dict[str, Any]:
        """Every number of every candidate."""
        return {
            "costs": asdict(self.costs),
            "posts_a_day": self.per_day or None,
            "folds": self.folds,
            "toml": self.toml(),
            "thresholds": {one.question.name: _json(one) for one in self.advice},
        }


def sheets(tuning: Tuning) -> Iterator[Sheet]:
    """What it is about, and a table for each threshold that the posts can judge."""
    costs = tuning.costs
    yield Sheet(
        f"Thresholds where one missed post costs {costs.missed:g} and one needless look {costs.needless:g}",
        notes=(
            "Precision and recall in percent, with Wilson's 95 % interval. calibration alone: the threshold that",
            "follows from the costs if probabilities mean what they say. Shares are right for what you hear only",
            "if the posts were picked from it at random.",
        ),
    )
    yield from (_sheet(one, tuning) for one in tuning.advice)


def _sheet(one: Advice, tuning: Tuning) -> Sheet:
    title = f"{one.question.name} ({one.question.says}): true of {one.positives} of {one.posts} posts"
    if one.check is None:
        return Sheet(title, notes=(f"{one.why[0].upper()}{one.why[1:]}.",))
    shown = [candidate for candidate in one.candidates if _worth_a_row(one, candidate)]
    daily = f"{'left out' if one.question.quiet else 'alerts'}{'/day' if tuning.per_day else ''}"
    columns = ("at", "precision", "recall", daily, "missed", "needless", "cost", "")
    rows = [_row(one, candidate, tuning) for candidate in shown]
    strong = frozenset(number for number, candidate in enumerate(shown) if _marks(one, candidate))
    return Sheet(title, columns, rows, tuple(_notes(one, one.check, tuning)), left=frozenset({7}), strong=strong)


def _worth_a_row(one: Advice, candidate: Candidate) -> bool:
    """The marked ones, and the steps that are not beside one of those."""
    marked = [other.at for other in one.candidates if _marks(one, other)]
    return candidate.at in marked or (candidate.at in STEPS and min(abs(candidate.at - at) for at in marked) > BESIDE)


def _row(one: Advice, candidate: Candidate, tuning: Tuning) -> tuple[str, ...]:
    alarms, misses = candidate.alarms, candidate.misses
    missed, needless = (alarms, misses) if one.question.quiet else (misses, alarms)
    share = f"{candidate.share * tuning.per_day:.1f}" if tuning.per_day else f"{candidate.share:.1%}"
    return (
        f"{candidate.at:g}", candidate.precision.percent(), candidate.recall.percent(), share,
        f"{missed}", f"{needless}", f"{candidate.cost:g}", ", ".join(_marks(one, candidate)),
    )  # fmt: skip


def _marks(one: Advice, candidate: Candidate) -> list[str]:
    marks = {
        "in force": one.in_force.at,
        "calibration alone": one.calibrated,
        "least cost": one.check.least if one.check else None,
        "proposed": one.chosen.at if one.chosen else None,
    }
    return [mark for mark, at in marks.items() if at == candidate.at]


def _notes(one: Advice, check: Check, tuning: Tuning) -> Iterator[str]:
    if one.question.quiet:
        yield "Nobody looks at posts above it, so a post there of which it is not true counts as missed."
    chose = " to ".join(f"{at:g}" for at in dict.fromkeys((check.folds_chose[0], check.folds_chose[-1])))
    yield f"Least cost, on posts that it was not chosen on: {check.crossed:g} ({tuning.folds} chose {chose})."
    yield (
        f"In force costs {one.cost(one.in_force.at):g}; "
        f"a change would save {check.saving:g} (from {check.saving_low:.0f} to {check.saving_high:.0f})."
    )
    if one.chosen is None:
        yield f"{one.why[0].upper()}{one.why[1:]}."
        return
    low = round(one.chosen.at - one.chosen.doubt, 6)
    between = (
        f": people also read from {low:g} to {one.chosen.at:g}" if one.question.doubted and one.chosen.doubt else ""
    )
    yield f"Proposed: at {one.chosen.at:g}, doubt {one.chosen.doubt:g}{between}."


def _json(one: Advice) -> dict[str, Any]:
    return {
        "asks": one.question.says,
        "posts": one.posts,
        "positives": one.positives,
        "in_force": one.in_force.model_dump(),
        "calibrated": one.calibrated,
        "check": asdict(one.check) if one.check else None,
        "proposed": one.chosen.model_dump() if one.chosen else None,
        "why": one.why,
        "candidates": [
            asdict(candidate) | {"precision": asdict(candidate.precision), "recall": asdict(candidate.recall)}
            for candidate in one.candidates
        ],
    }
