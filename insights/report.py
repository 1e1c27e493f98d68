"""The report of a span: every measure per channel and per pair of channels, from the history of the cases alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from insights.funnel import Funnel, funnel, funnels, hop_counts
from insights.measures import Backlog, Counts, Outcome, Speed, Terms, backlog, counts, outcome, speed
from insights.paths import Comparison, Said, Winback, said, surveys, winback
from insights.story import Story, story
from models.settings import Settings
from models.settings.page import Targets
from models.store.report import Answers, Material

VERSION = 1
"""Of the shape of what ``as_dict`` gives."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel, or several that share their terms. ``aims`` are its targets as they stand in the file."""

    channels: tuple[str, ...]
    aims: Mapping[str, Any]
    counts: Counts
    speed: Speed
    backlog: Backlog
    outcome: Outcome
    said: Said


@dataclass(frozen=True, slots=True)
class Total:
    """All channels: only what means the same on each of them, so no clocks and no promises."""

    counts: Counts
    backlog: Backlog
    outcome: Outcome
    switched_cases: int
    hops: Mapping[str, int]
    switches: Funnel


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. ``together`` are groups of channels with the same targets and hours."""

    since: datetime
    until: datetime
    brand: str
    channel: str
    failed_within: float
    total: Total
    channels: tuple[Channel, ...]
    together: tuple[Channel, ...]
    pairs: tuple[Funnel, ...]
    said: tuple[Said, ...]
    compared: tuple[Comparison, ...]
    winback: Winback

    @property
    def names(self) -> list[str]:
        """The channels that are in it."""
        return [name for one in self.channels for name in one.channels]


def report(material: Material, settings: Settings) -> Report:
    """Compute every measure of a span, with the targets and hours that are set now."""
    span, term = material.span, settings.callback.failed_within
    stories = [story(case, span.until, term) for case in material.cases]
    new = [one for one in stories if not one.case.from_before]
    names = sorted({one.case.channel for one in stories} | set(material.lags))
    told, compared = surveys(material.answers)
    wanted = {name: settings.channel(name).targets.held for name in names}
    return Report(
        since=span.since,
        until=span.until,
        brand=span.brand,
        channel=span.channel,
        failed_within=term.total_seconds(),
        total=_total(material, stories, new, settings),
        channels=tuple(_channel((name,), material, stories, settings) for name in names),
        together=tuple(_channel(group, material, stories, settings) for group in _groups(names, settings)),
        pairs=tuple(funnels(new, material.answers, span.until, term, wanted)),
        said=told,
        compared=compared,
        winback=winback(material.leavers),
    )


def as_dict(made: Report) -> dict[str, Any]:
    """The report as plain JSON: spans of time in seconds, moments in UTC."""
    moments = {"since": made.since.isoformat(), "until": made.until.isoformat()}
    return {"version": VERSION, **asdict(made), **moments}


def terms_of(channel: str, settings: Settings) -> Terms:
    """What a channel aims at, and when its people are there."""
    targets = settings.channel(channel).targets
    return Terms(targets, settings.hours[targets.hours].hours if targets.hours else None)


def _groups(names: Sequence[str], settings: Settings) -> list[tuple[str, ...]]:
    """Channels that share what they aim at, where there are two or more; those that aim at nothing share nothing."""
    groups: dict[str, list[str]] = {}
    for name in names:
        targets = settings.channel(name).targets
        if targets != Targets():
            groups.setdefault(targets.model_dump_json(), []).append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _channel(names: tuple[str, ...], material: Material, stories: Sequence[Story], settings: Settings) -> Channel:
    terms = terms_of(names[0], settings)
    theirs = [one for one in stories if one.case.channel in names]
    new = [one for one in theirs if not one.case.from_before]
    lags = [lag for name in names for lag in material.lags.get(name, ())]
    return Channel(
        channels=names,
        aims=terms.targets.model_dump(mode="json", exclude_none=True) if terms.targets != Targets() else {},
        counts=counts(new, len(lags)),
        speed=speed(new, lags, terms),
        backlog=backlog(theirs),
        outcome=outcome(new, terms.targets.same_channel),
        said=said(" + ".join(names), _of(new, material.answers)),
    )


def _of(stories: Sequence[Story], answers: Sequence[Answers]) -> list[Answers]:
    ids = {one.case.id for one in stories}
    return [one for one in answers if one.case_id in ids]


def _total(material: Material, stories: Sequence[Story], new: Sequence[Story], settings: Settings) -> Total:
    hops = [hop for one in new for hop in one.hops]
    until, term = material.span.until, settings.callback.failed_within
    switched = [one for one in material.answers if one.to_channel != one.from_channel]
    return Total(
        counts=counts(new, sum(map(len, material.lags.values()))),
        backlog=backlog(stories),
        outcome=outcome(new),
        switched_cases=sum(bool(one.hops) for one in new),
        hops={str(number): cases for number, cases in hop_counts(new).items()},
        switches=funnel(("", ""), hops, switched, until, term, {}),
    )
