"""Pictures for a lead, drawn with matplotlib without a screen: SVG or PNG, by the file's suffix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifiers.evaluation.intervals import wilson
from classifiers.evaluation.scores import BINS, Bin

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, BLUE, ORANGE, GREEN, GREY = "#222222", "#0072b2", "#d55e00", "#009e73", "#9a9a9a"
"""Colours that people with any colour vision tell apart (Okabe and Ito)."""
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "overheard",  # the same numbers give the same file
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.edgecolor": GREY,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
}


def panels(count: int, height: float = 3.0) -> tuple[Figure, Sequence[Axes]]:
    """A figure with so many panels, three in a row at most."""
    from matplotlib.figure import Figure

    across = min(3, count)
    down = -(-count // across)
    figure = Figure(figsize=(4.2 * across, height * down + 0.5), layout="constrained")
    return figure, [figure.add_subplot(down, across, number + 1) for number in range(count)]


def save(figure: Figure, path: Path) -> None:
    """Write it; raises OSError where that cannot be, and ValueError for a suffix that is no picture's."""
    if path.suffix == ".svg":
        figure.savefig(path, metadata={"Date": None})
    else:
        figure.savefig(path, dpi=150)


def reliability(heads: Mapping[str, Sequence[Bin]], errors: Mapping[str, float], path: Path) -> None:
    """A panel a head: how often the top label was right against how sure the model was, with the posts of each bin."""
    from matplotlib import rc_context

    with rc_context(STYLE):
        figure, axes = panels(len(heads))
        for (head, bins), ax in zip(heads.items(), axes, strict=True):
            _reliability(ax, head, bins, errors[head])
        figure.supxlabel("how sure the model was of its label", fontsize=10)
        figure.supylabel("share that was right, with its 95 % interval", fontsize=10)
        figure.suptitle("Above the line the model is too modest, below it too sure", fontsize=10)
        save(figure, path)


def _reliability(ax: Axes, head: str, bins: Sequence[Bin], error: float) -> None:
    posts = sum(one.posts for one in bins)
    counts = ax.twinx()
    counts.bar([one.confidence for one in bins], [one.posts for one in bins], width=0.8 / BINS, color=GREY, alpha=0.25)
    counts.set(ylim=(0, 3 * max(one.posts for one in bins)), yticks=[])
    counts.spines["right"].set_visible(False)
    ax.set_zorder(counts.get_zorder() + 1)
    ax.patch.set_visible(False)
    ax.spines["right"].set_visible(False)
    ax.plot((0, 1), (0, 1), color=GREY, linewidth=1, linestyle="--")
    shares = [wilson(round(one.right * one.posts), one.posts) for one in bins]
    ends = [
        (one.right - (share.low or 0), (share.high or 0) - one.right) for one, share in zip(bins, shares, strict=True)
    ]
    ax.errorbar(
        [one.confidence for one in bins],
        [one.right for one in bins],
        yerr=[[low for low, _ in ends], [high for _, high in ends]],
        color=BLUE,
        fmt="o",
        markersize=4,
        elinewidth=1,
    )
    for one in bins:
        counts.annotate(f"{one.posts}", (one.confidence, one.posts), fontsize=6, color=INK, ha="center", va="bottom")
    ax.set(xlim=(0, 1.02), ylim=(0, 1.05), title=f"{head}: error {error:.3f} on {posts} posts")
