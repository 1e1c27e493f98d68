"""The picture of a tuning: precision, recall and cost against the threshold, a panel for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.evaluation.choose import Advice
from classifiers.evaluation.intervals import Figure
from classifiers.evaluation.pictures import BLUE, GREEN, GREY, INK, ORANGE, STYLE, panels, save

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def curves(advice: Sequence[Advice], path: Path) -> None:
    """Draw it; ``advice`` must not be empty."""
    from matplotlib import rc_context

    with rc_context(STYLE):
        figure, axes = panels(len(advice))
        known: dict[str, Artist] = {}
        for one, ax in zip(advice, axes, strict=True):
            for drawn in (ax, _panel(ax, one)):
                known |= {str(line.get_label()): line for line in (*drawn.get_lines(), *drawn.patches) if _named(line)}
        figure.legend(list(known.values()), list(known), loc="outside upper center", ncols=len(known), frameon=False)
        figure.supxlabel("threshold (at)", fontsize=10)
        save(figure, path)


def _named(line: Artist) -> bool:
    return not str(line.get_label()).startswith("_")


def _panel(ax: Axes, one: Advice) -> Axes:
    """Draws it; returns the axes of the cost."""
    ats = [candidate.at for candidate in one.candidates]
    _share(ax, ats, [candidate.precision for candidate in one.candidates], "precision", BLUE)
    _share(ax, ats, [candidate.recall for candidate in one.candidates], "recall", GREEN)
    ax.axvline(one.in_force.at, color=GREY, linestyle="--", linewidth=1.2, label="in force")
    if one.chosen:
        ax.axvline(one.chosen.at, color=INK, linewidth=1.2, label="proposed")
    if one.chosen and one.chosen.doubt:
        ax.axvspan(one.chosen.at - one.chosen.doubt, one.chosen.at, color=GREY, alpha=0.2, label="doubt band")
    kept = "" if one.chosen else " (keep)"
    ax.set(xlim=(0, 1), ylim=(0, 1.02), title=f"{one.question.name}{kept}: {one.positives} of {one.posts}")
    return _cost(ax, ats, one)


def _share(ax: Axes, ats: Sequence[float], figures: Sequence[Figure], name: str, colour: str) -> None:
    value, low, high = (
        [float("nan") if one is None else one for one in line]
        for line in zip(*((one.value, one.low, one.high) for one in figures), strict=True)
    )
    ax.plot(ats, value, color=colour, label=name)
    ax.fill_between(ats, low, high, color=colour, alpha=0.12, linewidth=0)


def _cost(ax: Axes, ats: Sequence[float], one: Advice) -> Axes:
    """On its own scale, cut where it is three times that in force: the place of the least is what matters."""
    cost = ax.twinx()
    values = [candidate.cost for candidate in one.candidates]
    cost.plot(ats, values, color=ORANGE, label="cost (right)")
    cost.set_ylim(0, 3 * max(one.cost(one.in_force.at), sorted(values)[len(values) // 4], 1))
    cost.tick_params(axis="y", labelcolor=ORANGE, labelsize=7)
    return cost
