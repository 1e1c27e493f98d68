"""The report as tables of words: the same in the terminal and on the page, where they stand beside the diagrams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from insights import report_words as words
from insights.funnel import Funnel
from insights.measures import AGES, OLDER, Backlog, Counts, Outcome
from insights.paths import Said
from insights.report import Channel, Report
from insights.report_words import NOTHING
from insights.spans import Timing
from insights.terms import name_of
from models.switch import LADDER

ALL = "all"
CLOCKS = ("claim", "first_response", "human_response", "resolve")
PROMISED = ("claim", "first_response", "resolve")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. ``key`` names it for the page, ``terms`` are the measures in it; the first column names the rows."""

    key: str
    title: str
    terms: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def sheets(made: Report) -> Iterator[Sheet]:
    """All tables that have anything in them, in the order in which they are read."""
    every = (_volume(made), _speed(made), _promises(made), _backlog(made), _outcome(made), *_switches(made))
    yield from (sheet for sheet in (*every, *_paths(made), _winback(made)) if sheet.rows)


def called(one: Channel) -> str:
    """The channels of a row."""
    return " + ".join(one.channels)


def _names(*keys: str) -> tuple[str, ...]:
    return tuple(map(name_of, keys))


def _volume(made: Report) -> Sheet:
    keys = ("mentions", "cases", "resolved", "dismissed", "still_open", "reopened", "discovery_lag")

    def row(name: str, counts: Counts, lag: str) -> tuple[str, ...]:
        return name, *(str(getattr(counts, key)) for key in keys[:-1]), lag

    rows = [row(called(one), one.counts, words.both(one.speed.discovery_lag)) for one in made.channels]
    if rows:
        rows.append(row(ALL, made.total.counts, NOTHING))
    note = "Discovery lag: half / nine in ten of the posts."
    return Sheet("volume", "How much", keys, ("Channel", *_names(*keys)), tuple(rows), note)


def _speed(made: Report) -> Sheet:
    rows = []
    for one in (*made.channels, *made.together):
        clocks: list[Timing] = [getattr(one.speed, key) for key in CLOCKS]
        rows.append((called(one), *(words.both(clock.always) for clock in clocks)))
        if any(clock.hours for clock in clocks):
            in_hours = (words.both(clock.hours) if clock.hours else NOTHING for clock in clocks)
            rows.append((f"{called(one)}, in {one.aims['hours']}", *in_hours))
    note = "Half / nine in ten of the cases; what still waits counts as waiting, so that nobody looks fast by it."
    return Sheet("speed", "How fast", CLOCKS, ("Channel", *_names(*CLOCKS)), tuple(rows), note)


def _promises(made: Report) -> Sheet:
    rows = []
    for one in (*made.channels, *made.together):
        for key in PROMISED:
            clock: Timing = getattr(one.speed, key)
            if clock.kept:
                rows.append((f"{called(one)}: {name_of(key).lower()}", *words.kept(clock.kept)))
    columns = ("Promise", "Target", "In time", "Late", "Not due", "Share in time")
    note = "Only channels that have the same targets and hours are measured together."
    return Sheet("promises", "What was promised", ("kept",), columns, tuple(rows), note)


def _backlog(made: Report) -> Sheet:
    ages = (*AGES, OLDER)

    def row(name: str, one: Backlog) -> tuple[str, ...]:
        return name, str(one.open), *(str(one.ages[age]) for age in ages), words.took(one.oldest)

    rows = [row(called(one), one.backlog) for one in made.channels if one.backlog.open]
    if rows:
        rows.append(row(ALL, made.total.backlog))
    return Sheet("backlog", "What is open", ("backlog",), ("Channel", "Open", *ages, "Oldest"), tuple(rows))


def _outcome(made: Report) -> Sheet:
    keys = ("same_channel", "switched", "by_itself", "came_back", "visible_ending")

    def row(name: str, one: Outcome) -> tuple[str, ...]:
        early = f"; {one.may_return} too early to say" if one.may_return else ""
        shares = (words.share(one.switched), words.share(one.by_itself), f"{words.share(one.came_back)}{early}")
        return name, words.aim(one.same_channel), *shares, words.share(one.visible_ending)

    rows = [row(called(one), one.outcome) for one in made.channels if one.outcome.visible_ending.size]
    if rows:
        rows.append(row(ALL, made.total.outcome))
    note = "In brackets: the 95 % interval."
    return Sheet("outcome", "Where it was settled", keys, ("Channel", *_names(*keys)), tuple(rows), note)


def _switches(made: Report) -> Iterator[Sheet]:
    # One row for all of them only where there are several.
    total = (made.total.switches,) if len(made.pairs) > 1 else ()
    every = (*total, *made.pairs)
    stages = tuple(LADDER)
    rows = tuple((_pair(one), *(_reached(one, place) for place in range(len(stages)))) for one in every)
    note = "Reached, and in brackets how many of them had passed the stage by."
    yield Sheet("funnel", "The change of channel", ("reached", "skipped"), ("From → to", *stages), rows, note)
    rested = stages[:-1]
    stays = tuple((_pair(one), *(words.both(rung.stay) for rung in one.rungs[:-1])) for one in every)
    yield Sheet(
        "stays", "Time in each stage", ("stay",), ("From → to", *rested), stays, "Half / nine in ten of the switches."
    )
    keys = ("held", "failed", "context_kept", "explained_again", "offer_to_call", "score")
    yield Sheet("score", "How well it went", keys, ("From → to", *_names(*keys)), tuple(map(_score, every)))
    yield from _ends(every)
    counted = tuple(
        (f"{hops} switch{'es' if hops != '1' else ''}", str(cases)) for hops, cases in made.total.hops.items()
    )
    yield Sheet("hops", "Hops", ("hops",), ("Cases with", "Cases"), counted)


def _pair(one: Funnel) -> str:
    return words.pair(one.from_channel, one.to_channel)


def _reached(one: Funnel, place: int) -> str:
    rung = one.rungs[place]
    return f"{rung.reached} ({rung.skipped})" if rung.skipped else str(rung.reached)


def _score(one: Funnel) -> tuple[str, ...]:
    shares = (words.share(share) for share in (one.failed, one.context_kept, one.explained_again))
    return _pair(one), words.aim(one.held), *shares, words.both(one.offer_to_call), words.score(one.score)


def _ends(every: Sequence[Funnel]) -> Iterator[Sheet]:
    endings = list(every[0].endings) if every else []
    rows = tuple((_pair(one), *(str(one.endings[name]) for name in endings)) for one in every)
    note = "Young: settled so lately that the customer may still come back. Spared: not needed after all, or forgotten."
    yield Sheet("ends", "How switches ended", (), ("From → to", *map(_plain, endings)), rows, note)
    reasons = sorted({reason for one in every for reason in one.dropped})
    rows = tuple((_pair(one), *(str(one.dropped.get(reason, 0)) for reason in reasons)) for one in every if one.dropped)
    yield Sheet("dropped", "Why switches were dropped", (), ("From → to", *map(_plain, reasons)), rows)


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _paths(made: Report) -> Iterator[Sheet]:
    keys = ("answered", "satisfied", "nps", "explained_again")
    told = [one for one in made.said if one.answered.size]
    told += [one.said for one in made.channels if one.said.answered.size]
    columns = ("Path", *_names(*keys)[:2], "CSAT, mean", *_names(*keys)[2:])
    note = (
        "The path is where the case ended: by voice or in text, switched or not. Below, by the channel where it began."
    )
    yield Sheet("surveys", "What customers said", keys, columns, tuple(map(_said, told)), note)
    rows = tuple(
        (
            f"{one.path} against {one.against}",
            words.gap(one.satisfied),
            words.gap(one.nps, 1.0),
            words.gap(one.explained_again),
        )
        for one in made.compared
        if told
    )
    columns = ("Compared", *_names("satisfied", "nps", "explained_again"))
    note = "With the 95 % interval. Customers chose their way, so a difference is not yet an effect of it."
    yield Sheet("compared", "Does a call do better", (), columns, rows, note)


def _said(one: Said) -> tuple[str, ...]:
    mean = NOTHING if one.csat_mean is None else f"{one.csat_mean:.2f}"
    answers = (words.share(one.answered), words.share(one.satisfied), mean)
    return one.path, *answers, words.points(one.nps), words.share(one.explained_again)


def _winback(made: Report) -> Sheet:
    columns = ("Arm", "Opened", "Retained", "Lost", "Unknown", "Pending", *_names("stayed", "at_least"))
    rows = [
        (_plain(one.arm), *map(str, (one.opened, one.retained, one.lost, one.unknown, one.pending)),
         words.share(one.stayed), words.share(one.at_least))
        for one in made.winback.arms
        if one.opened
    ]  # fmt: skip
    if rows:
        lifts = (words.gap(one) for one in (made.winback.lift, made.winback.lift_at_least))
        rows.append((name_of("lift"), *[""] * 5, *lifts))
    keys = ("stayed", "at_least", "lift")
    return Sheet("winback", "The win-back lane", keys, columns, tuple(rows))
