"""Which diagrams stand beside which table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from insights import report_words as words
from insights.measures import AGES, OLDER
from insights.report import Channel, Report
from insights.report_sheets import ALL, CLOCKS, PROMISED, called
from insights.report_svg import POINTS, SCORES, SHARES, Bar, Range, bars, counts_up_to, ranges, times
from insights.shares import Gap, Share
from insights.shares import Score as Promoters
from insights.spans import Spread, Timing
from insights.terms import name_of

MOST_PAIRS = 3
"""So many pairs of channels have a diagram of their own; the table has all."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A diagram with its caption; ``legend`` names the colours in their order."""

    caption: str
    svg: str
    legend: tuple[str, ...] = ()


def figures(made: Report) -> Mapping[str, list[Figure]]:
    """The diagrams by the key of their table."""
    drawn: Sequence[tuple[str, Callable[[Report], Iterator[Figure]]]] = (
        ("volume", _volume),
        ("speed", _speed),
        ("promises", _promises),
        ("backlog", _backlog),
        ("outcome", _outcome),
        ("funnel", _funnel),
        ("stays", _stays),
        ("score", _score),
        ("surveys", _surveys),
        ("compared", _compared),
        ("winback", _winback),
    )
    return {key: list(draw(made)) for key, draw in drawn}


def _volume(made: Report) -> Iterator[Figure]:
    rows = [(called(one), one.counts) for one in made.channels if one.counts.cases]
    parts = [(name, (one.resolved, one.dismissed, one.still_open)) for name, one in rows]
    if parts:
        yield _stacked("volume", "Cases by how they stand", parts, ("resolved", "dismissed", "open"))


def _stacked(name: str, title: str, rows: Sequence[tuple[str, tuple[int, ...]]], legend: tuple[str, ...]) -> Figure:
    drawn = [Bar(label, tuple(map(float, parts)), " · ".join(map(str, parts))) for label, parts in rows]
    axis = counts_up_to(max((sum(parts) for _, parts in rows), default=1))
    return Figure(title, bars(name, title, drawn, axis), legend)


def _speed(made: Report) -> Iterator[Figure]:
    for key in CLOCKS:
        rows = [(one, getattr(one.speed, key)) for one in (*made.channels, *made.together)]
        if figure := _clock(f"speed-{key}", name_of(key), rows):
            yield figure


def _clock(name: str, title: str, rows: Sequence[tuple[Channel, Timing]]) -> Figure | None:
    """In the hours of the channel where it has some, because that is what its target counts in."""
    shown = []
    for one, clock in rows:
        spread, target = clock.hours or clock.always, clock.kept.target if clock.kept else None
        label = f"{called(one)}{' (its hours)' if clock.hours else ''}"
        shown.append((label, spread, target))
    return _spreads(name, f"{title}: half (point), nine in ten (end); the upright line is the target", shown)


def _spreads(name: str, title: str, rows: Sequence[tuple[str, Spread, float | None]]) -> Figure | None:
    drawn = [
        Range(label, None, spread.p50, spread.p90, words.both(spread), target)
        for label, spread, target in rows
        if spread.ended + spread.going_on
    ]
    known = [value for row in drawn for value in (row.point, row.high, row.mark) if value is not None]
    return Figure(title, ranges(name, title, drawn, times(known))) if known else None


def _promises(made: Report) -> Iterator[Figure]:
    rows = []
    for one in (*made.channels, *made.together):
        for key in PROMISED:
            clock: Timing = getattr(one.speed, key)
            if clock.kept:
                rows.append(_share(f"{called(one)}: {SHORT[key]}", clock.kept.attained, clock.kept.wanted))
    if rows:
        title = "Share in time with its 95 % interval; the upright line is what was promised"
        yield Figure(title, ranges("promises", title, rows, SHARES))


SHORT = {"claim": "claim", "first_response": "response", "resolve": "resolve"}


def _share(label: str, one: Share, wanted: float | None = None) -> Range:
    text = words.NOTHING if one.share is None else f"{words.percent(one.share)} of {one.size}"
    return Range(label, one.low, one.share, one.high if one.share is not None else 0.0, text, wanted)


def _backlog(made: Report) -> Iterator[Figure]:
    ages = (*AGES, OLDER)
    rows = [(called(one), tuple(one.backlog.ages[age] for age in ages)) for one in made.channels if one.backlog.open]
    if rows:
        yield _stacked("backlog", "Open cases by age", rows, ages)


def _outcome(made: Report) -> Iterator[Figure]:
    named = [(called(one), one.outcome) for one in made.channels if one.outcome.visible_ending.size]
    named.append((ALL, made.total.outcome))
    legend = tuple(name_of(key).lower() for key in ("same_channel", "switched", "by_itself"))
    parts = [(name, (one.same_channel.of.hits, one.switched.hits, one.by_itself.hits)) for name, one in named]
    yield _stacked("outcome", "Resolved cases by where they were settled", parts, legend)
    rows = [_share(f"{name}: came back", one.came_back) for name, one in named]
    rows += [_share(f"{name}: visible ending", one.visible_ending) for name, one in named]
    title = "Came back, and visible ending, with the 95 % interval"
    yield Figure(title, ranges("outcome-b", title, rows, SHARES))


def _funnel(made: Report) -> Iterator[Figure]:
    total = (made.total.switches,) if len(made.pairs) > 1 else ()
    for number, one in enumerate((*total, *made.pairs[:MOST_PAIRS])):
        title = f"{words.pair(one.from_channel, one.to_channel)}: how far switches came"
        rows = [
            Bar(
                rung.stage,
                (rung.reached - rung.skipped, rung.skipped),
                f"{rung.reached} ({_of(rung.reached, one.switches)})",
            )
            for rung in one.rungs
        ]
        svg = bars(f"funnel-{number}", title, rows, counts_up_to(one.switches))
        yield Figure(title, svg, ("were in the stage", "passed it by"))


def _of(part: int, whole: int) -> str:
    return words.percent(part / whole) if whole else words.NOTHING


def _stays(made: Report) -> Iterator[Figure]:
    total = made.total.switches
    title = "All pairs: time in each stage, half (point) and nine in ten (end)"
    if figure := _spreads("stays", title, [(rung.stage, rung.stay, None) for rung in total.rungs[:-1]]):
        yield figure


def _score(made: Report) -> Iterator[Figure]:
    scored = [one for one in made.pairs if one.score.value is not None]
    if scored:
        title = "Switch score by pair, 0 to 100"
        values = [(words.pair(one.from_channel, one.to_channel), one.score.value or 0.0) for one in scored]
        rows = [Bar(label, (value,), f"{value:.0f}") for label, value in values]
        yield Figure(title, bars("score", title, rows, SCORES))
        title = "Held, with the 95 % interval; the upright line is the channel's target"
        held = [_share(words.pair(one.from_channel, one.to_channel), one.held.of, one.held.wanted) for one in scored]
        yield Figure(title, ranges("held", title, held, SHARES))


def _surveys(made: Report) -> Iterator[Figure]:
    told = [one for one in made.said if one.answered.size]
    if told:
        title = "CSAT: gave 4 or 5 of 5, with the 95 % interval"
        yield Figure(title, ranges("csat", title, [_share(one.path, one.satisfied) for one in told], SHARES))
        title = "NPS with the 95 % interval"
        yield Figure(title, ranges("nps", title, [_points(one.path, one.nps) for one in told], POINTS))
        title = "Had to explain it again, with the 95 % interval"
        yield Figure(title, ranges("again", title, [_share(one.path, one.explained_again) for one in told], SHARES))


def _points(label: str, one: Promoters) -> Range:
    if one.score is None:
        return Range(label, None, None, None, words.NOTHING)
    return Range(label, one.low, one.score, one.high, f"{one.score:+.0f} of {one.size}")


def _compared(made: Report) -> Iterator[Figure]:
    rows = []
    for one in made.compared:
        for what, gap, scale in (
            ("CSAT", one.satisfied, 100.0),
            ("NPS", one.nps, 1.0),
            ("again", one.explained_again, 100.0),
        ):
            if gap.gap is not None:
                rows.append(_gap(f"{one.path}: {what}", gap, scale))
    if rows:
        title = "How much higher, in points, with the 95 % interval; at 0 there is no difference"
        yield Figure(title, ranges("compared", title, rows, POINTS))


def _gap(label: str, one: Gap, scale: float) -> Range:
    low, value, high = (scale * (part or 0.0) for part in (one.low, one.gap, one.high))
    return Range(label, low, value, high, f"{value:+.0f}")


def _winback(made: Report) -> Iterator[Figure]:
    rows = [_share(one.arm.replace("_", " "), one.stayed) for one in made.winback.arms if one.opened]
    if rows:
        title = "Stayed, of those known, with the 95 % interval"
        yield Figure(title, ranges("winback", title, rows, SHARES))
