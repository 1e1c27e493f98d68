"""Chooses a threshold and its doubt band from what candidates cost, and says when the posts do not allow a choice.

**The threshold** is the candidate of least cost; of several, the one nearest to what calibration alone would give.
What was chosen on posts looks too cheap on them, so its price is found by cross-fitting: chosen on four fifths of the
posts, paid on the fifth, five times. That of calibration was not chosen on these posts: where it costs no more than
that price, it is taken instead. Either is proposed only if it surely saves something: if the 95 % interval of the
saving, post by post against the threshold in force, lies above zero. Where a change lets more posts go unseen, one
more is counted as missed than was seen to be: that none of a few was, is no promise.
**The doubt band** is what people must read below the threshold to see 95 % of what is true. It ends sooner where too
little is found there: where of the posts in the band less than half of the calibrated threshold's share is true.
Thresholds whose band the policy does not read keep its proportion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.evaluation.arrays import Floats, Ints, Judged
from classifiers.evaluation.asked import Question
from classifiers.evaluation.folds import FOLDS
from classifiers.evaluation.intervals import Z
from classifiers.evaluation.sweep import Candidate, Costs, Scored, grid, sweep
from models.settings.types import Band

LEAST = 20
"""Fewer posts of which it is true, or of which it is not, are too few to choose by."""
WANTED = 0.95
"""The recall that a doubt band should reach."""


@dataclass(frozen=True, slots=True)
class Check:
    """``crossed`` is what the ``least`` costs on posts that it was not chosen on; ``saving`` that of the proposal."""

    least: float
    crossed: float
    folds_chose: tuple[float, ...]
    saving: float
    saving_low: float
    saving_high: float


@dataclass(frozen=True, slots=True)
class Advice:
    """``chosen`` is the band to set, or None with ``why``; ``check`` is None where the posts are too few."""

    question: Question
    posts: int
    positives: int
    in_force: Band
    calibrated: float
    candidates: Sequence[Candidate]
    check: Check | None = None
    chosen: Band | None = None
    why: str = ""

    def cost(self, at: float) -> float:
        """Of the candidate at exactly this threshold."""
        return next(one.cost for one in self.candidates if one.at == at)


def advise(judged: Judged, question: Question, costs: Costs, in_force: Band, folds: Ints) -> Advice:
    """Sweep, choose, and check the choice; ``folds`` has a number of each post."""
    scored, calibrated = Scored.of(judged, question), costs.calibrated(question)
    candidates = sweep(scored, question, costs, grid(in_force.at, calibrated))
    positives = int(scored.truth.sum())
    known = (question, len(scored.truth), positives, in_force, calibrated, candidates)
    few = min(positives, len(scored.truth) - positives)
    if few < LEAST:
        of_what = "of which it is true" if few == positives else "of which it is not true"
        return Advice(*known, why=f"too few to choose: {few} posts {of_what}, and {LEAST} are needed; keep")
    least = cheapest(candidates, calibrated).at
    crossed = crossfit(scored, question, costs, in_force.at, folds[judged.known(question.head)])
    price = costs.each(question, scored, crossed)
    alone = costs.each(question, scored, calibrated)
    at, price_at = (calibrated, alone) if alone.sum() <= price.sum() else (least, price)
    unseen = at < in_force.at if question.quiet else at > in_force.at
    saving = _saving(costs.each(question, scored, in_force.at) - price_at, costs.missed if unseen else 0.0)
    check = Check(least, float(price.sum()), tuple(sorted({float(one) for one in crossed})), *saving)
    if at == in_force.at:
        return Advice(*known, check, why="the threshold in force is the best that is known; keep")
    if check.saving_low <= 0:
        why = "that may be chance" if check.saving > 0 else "no change is sure to save anything"
        return Advice(*known, check, why=f"{why}; keep")
    return Advice(*known, check, Band(at=at, doubt=_doubt(scored, question, at, calibrated, in_force)))


def cheapest(candidates: Sequence[Candidate], near: float) -> Candidate:
    """The one of least cost; of several the one nearest to ``near``, and of two such the lower."""
    return min(candidates, key=lambda one: (one.cost, round(abs(one.at - near), 6), one.at))


def crossfit(scored: Scored, question: Question, costs: Costs, in_force: float, folds: Ints) -> Floats:
    """For each post the threshold that is cheapest on the other folds."""
    calibrated, chose = costs.calibrated(question), np.zeros(len(folds))
    for fold in range(FOLDS):
        rest = folds != fold
        other = Scored(scored.truth[rest], scored.score[rest], scored.score[rest])
        chose[~rest] = cheapest(sweep(other, question, costs, grid(in_force, calibrated)), calibrated).at
    return chose


def _saving(saved: Floats, reserve: float) -> tuple[float, float, float]:
    """The sum over posts less ``reserve``, with its 95 % interval by the normal distribution of a sum."""
    half = Z * float(saved.std()) * len(saved) ** 0.5
    total = float(saved.sum()) - reserve
    return total, total - half, total + half


def _doubt(scored: Scored, question: Question, at: float, calibrated: float, in_force: Band) -> float:
    if question.doubted:
        return band_below(scored, at, calibrated)
    return round(min(in_force.doubt * at / in_force.at, at), 2) if in_force.at else 0.0


def band_below(scored: Scored, at: float, calibrated: float) -> float:
    """How far the doubt band reaches below ``at``, in hundredths; 0 where nothing is to be gained."""
    positives = scored.score[scored.truth]
    if np.mean(positives >= at) >= WANTED:
        return 0.0
    reach = 0.0
    for doubt in (step / 100 for step in range(1, int(at * 100 + 1e-6) + 1)):
        low = round(at - doubt, 6)
        inside = (scored.score >= low) & (scored.score < at)
        if inside.any() and scored.truth[inside].mean() >= calibrated / 2:
            reach = doubt
        if np.mean(positives >= low) >= WANTED:
            break
    return reach
