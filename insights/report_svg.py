"""Two kinds of diagrams as SVG, drawn by hand: bars of parts, and points with their ranges. No script, no outer file.

Colours are classes of the page's style, so that they follow light, dark and print. All numbers stand beside them too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LABEL, RIGHT, ROW, TOP, FOOT = 640, 172, 124, 26, 8, 26
PLOT = WIDTH - LABEL - RIGHT
TICKS = 4
STEPS = (60, 600, 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400)
STEP_NAMES = ("1 min", "10 min", "1 h", "6 h", "1 d", "7 d", "30 d")
LONGEST_LABEL = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of parts, one beside the other; ``text`` stands behind it."""

    label: str
    parts: tuple[float, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Range:
    """A row with a point and its range; an end that is None is not known. ``mark`` is what it should be."""

    label: str
    low: float | None
    point: float | None
    high: float | None
    text: str
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """From the least to the most, straight or logarithmic, with named ticks."""

    least: float
    most: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    def x(self, value: float) -> float:
        """Where a value lies, in the drawing's own units; beyond an end it lies at that end."""
        value = min(max(value, self.least), self.most)
        if self.log:
            place = math.log(value / self.least) / math.log(self.most / self.least)
        else:
            place = (value - self.least) / (self.most - self.least)
        return LABEL + PLOT * place


SHARES = Axis(0.0, 1.0, tuple((place / 4, f"{25 * place} %") for place in range(5)))
POINTS = Axis(-100.0, 100.0, tuple((float(place), f"{place:+d}") for place in (-100, -50, 0, 50, 100)))
SCORES = Axis(0.0, 100.0, tuple((float(place), str(place)) for place in (0, 25, 50, 75, 100)))


def counts_up_to(most: float) -> Axis:
    """An axis of whole numbers from none to a round one above ``most``."""
    round_ones = (part * 10**power for power in range(9) for part in (1, 2, 5))
    step = next(one for one in round_ones if one * TICKS >= most)
    return Axis(0.0, float(step * TICKS), tuple((float(step * place), str(step * place)) for place in range(TICKS + 1)))


def times(seconds: Sequence[float]) -> Axis:
    """An axis of time from a little below the shortest to above the longest, in steps that people know."""
    least = max([step for step in STEPS if step <= min(seconds)], default=STEPS[0])
    most = min([step for step in STEPS if step >= max(seconds)], default=STEPS[-1])
    if most <= least:
        least, most = (least, STEPS[STEPS.index(least) + 1]) if least != STEPS[-1] else (STEPS[-2], STEPS[-1])
    named = [(at, name) for at, name in zip(STEPS, STEP_NAMES, strict=True) if least <= at <= most]
    shorter = f"≤ {named[0][1]}" if min(seconds) < least else named[0][1]
    ticks = [(float(least), shorter), *((float(at), name) for at, name in named[1:])]
    return Axis(float(least), float(most), tuple(ticks), log=True)


def bars(name: str, title: str, rows: Sequence[Bar], axis: Axis) -> str:
    """Horizontal bars; the parts of each row follow each other in the page's colours 0, 1, 2 …"""
    return _drawing(name, title, axis, [row.label for row in rows], [row.text for row in rows], list(_bars(rows, axis)))


def _bars(rows: Sequence[Bar], axis: Axis) -> Iterator[str]:
    for number, row in enumerate(rows):
        at = 0.0
        for colour, part in enumerate(row.parts):
            left, right = axis.x(at), axis.x(at + part)
            at += part
            if right > left:
                # A hair's breadth of ground between two parts, for who cannot tell the colours.
                width = max(right - left - 1, 0.5)
                yield f'<rect class="c{colour}" x="{left:.1f}" y="{_y(number) + 4}" width="{width:.1f}" height="16"/>'


def ranges(name: str, title: str, rows: Sequence[Range], axis: Axis) -> str:
    """Points with a line from the low to the high end; an arrow where the high end is not known."""
    return _drawing(
        name, title, axis, [row.label for row in rows], [row.text for row in rows], list(_ranges(rows, axis))
    )


def _ranges(rows: Sequence[Range], axis: Axis) -> Iterator[str]:
    for number, row in enumerate(rows):
        y = _y(number) + 12
        if row.mark is not None:
            x = axis.x(row.mark)
            yield f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{y - 11}" y2="{y + 11}"/>'
        if row.point is None:
            continue
        point = axis.x(row.point)
        low = point if row.low is None else axis.x(row.low)
        high = axis.x(axis.most if row.high is None else row.high)
        yield f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'
        yield f'<line class="range" x1="{low:.1f}" x2="{low:.1f}" y1="{y - 5}" y2="{y + 5}"/>'
        if row.high is None:
            yield f'<path class="range" d="M{high - 7:.1f} {y - 5}L{high:.1f} {y}L{high - 7:.1f} {y + 5}" fill="none"/>'
        else:
            yield f'<line class="range" x1="{high:.1f}" x2="{high:.1f}" y1="{y - 5}" y2="{y + 5}"/>'
        yield f'<circle class="c0" cx="{point:.1f}" cy="{y}" r="5"/>'


def _drawing(name: str, title: str, axis: Axis, labels: Sequence[str], texts: Sequence[str], marks: list[str]) -> str:
    """The frame: title for who cannot see it, grid, labels on the left, numbers on the right."""
    height = TOP + ROW * len(labels) + FOOT
    told = "; ".join(f"{label}: {text}" for label, text in zip(labels, texts, strict=True))
    parts = [
        f'<svg role="img" aria-labelledby="{name}-t {name}-d" viewBox="0 0 {WIDTH} {height}">',
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(told)}</desc>',
        *_grid(axis, len(labels)),
        *marks,
    ]
    for number, (label, text) in enumerate(zip(labels, texts, strict=True)):
        y = _y(number) + 16
        short = label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
        parts.append(f'<text class="label" x="{LABEL - 8}" y="{y}">{escape(short)}</text>')
        parts.append(f'<text x="{WIDTH - RIGHT + 8}" y="{y}">{escape(text)}</text>')
    return "".join([*parts, "</svg>"])


def _grid(axis: Axis, rows: int) -> Iterator[str]:
    bottom = TOP + ROW * rows
    for value, said in axis.ticks:
        x = axis.x(value)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>'
        yield f'<text class="tick" x="{x:.1f}" y="{bottom + 16}">{escape(said)}</text>'


def _y(row: int) -> int:
    return TOP + ROW * row
