"""A digest's figures as a picture, drawn with matplotlib without a screen. All its numbers stand in the words too."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, GREY = "#222222", "#9a9a9a"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
"""Colours that people with any colour vision tell apart (Okabe and Ito); hatches tell the late ones apart as well."""
SIZE, DOTS = (9.0, 6.4), 100
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "text.parse_math": False,
}


def draw(body: Mapping[str, Any]) -> bytes:
    """A PNG of what ``insights.digest.digest`` made: 900 × 640 points. Raises KeyError where a figure is missing."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=SIZE, dpi=DOTS, layout="constrained")
        grid = figure.add_gridspec(2, 2)
        figure.suptitle(str(body["title"]), fontsize=12, color=INK, x=0.01, ha="left")
        _bars(figure.add_subplot(grid[0, :]), body["bars"])
        _times(figure.add_subplot(grid[1, 0]), body["times"])
        _backlog(figure.add_subplot(grid[1, 1]), body["backlog"])
        file = io.BytesIO()
        # Without a date or a version in the file: the same figures give the same picture.
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _bars(ax: Axes, bars: Mapping[str, Any]) -> None:
    labels: Sequence[str] = bars["labels"]
    below = [0] * len(labels)
    for (name, counts), colour in zip(bars["routes"].items(), COLOURS, strict=False):
        ax.bar(range(len(labels)), counts, bottom=below, color=colour, label=f"{name} ({sum(counts)})", width=0.8)
        below = [low + count for low, count in zip(below, counts, strict=True)]
    ax.set_xticks(range(len(labels)), labels)
    ax.set_title("Posts for people, by when they were judged")
    _whole(ax, max(below, default=0))
    if bars["routes"]:
        ax.legend(loc="upper left", frameon=False, ncols=3)
    else:
        ax.text(0.5, 0.5, "none", transform=ax.transAxes, ha="center", color=GREY)


def _times(ax: Axes, times: Mapping[str, Any]) -> None:
    labels, kept, late = times["labels"], times["kept"], times["late"]
    places = range(len(labels))
    ax.bar(places, kept, color=COLOURS[2], label=f"in time, or not due yet ({sum(kept)})", width=0.8)
    ax.bar(places, late, bottom=kept, color=COLOURS[1], hatch="//", label=f"late ({sum(late)})", width=0.8)
    ax.set_xticks(places, labels, rotation=30, ha="right")
    ax.set_title("New cases, by when somebody claimed them")
    _whole(ax, max((one + other for one, other in zip(kept, late, strict=True)), default=0))
    ax.legend(loc="upper left", frameon=False, ncols=2)


def _backlog(ax: Axes, backlog: Mapping[str, Any]) -> None:
    labels, counts = backlog["labels"], backlog["open"]
    ax.fill_between(range(len(counts)), counts, step="mid", color=COLOURS[0], alpha=0.2)
    ax.step(range(len(counts)), counts, where="mid", color=COLOURS[0])
    ticks = range(0, len(labels), max(1, len(labels) // 4))
    ax.set_xticks(ticks, [labels[tick] for tick in ticks])
    ax.set_title(f"Open cases: {counts[-1]} at the end" if counts else "Open cases")
    _whole(ax, max(counts, default=0))


def _whole(ax: Axes, most: int) -> None:
    """Cases are counted in whole ones, and the legend has room above the highest."""
    from matplotlib.ticker import MaxNLocator

    ax.set_ylim(0, max(most * 1.35, 1.35))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
