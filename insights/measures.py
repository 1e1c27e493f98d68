"""The measures of one channel, or of several that share their terms. What each means, ``insights.terms`` says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from insights.shares import Share
from insights.spans import Spread, Timing, Wait, spread, timing
from insights.story import Story, Way
from models.hours import Hours
from models.settings.page import Targets

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGES: Mapping[str, timedelta] = {
    "under 1 h": HOUR,
    "1 to 4 h": 4 * HOUR,
    "4 to 24 h": DAY,
    "1 to 3 d": 3 * DAY,
    "3 to 7 d": 7 * DAY,
}
OLDER = "over 7 d"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a channel aims at, and in which hours; channels are measured together only where these are the same."""

    targets: Targets = field(default_factory=Targets)
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Aim:
    """A share, with the share that it should be; ``enough`` is None where none is set or nothing can be said."""

    of: Share
    wanted: float | None = None
    enough: bool | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """The cases that were open at the end, by age, and the age of the oldest in seconds."""

    open: int
    ages: Mapping[str, int]
    oldest: float | None


@dataclass(frozen=True, slots=True)
class Speed:
    """The clocks."""

    discovery_lag: Spread
    claim: Timing
    first_response: Timing
    human_response: Timing
    resolve: Timing


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there was. ``mentions`` were heard in the span; all else is of the cases that were opened in it."""

    mentions: int
    cases: int
    resolved: int
    dismissed: int
    still_open: int
    reopened: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where cases were settled, and whether that held. ``may_return`` are those for which it is too early to say."""

    same_channel: Aim
    switched: Share
    by_itself: Share
    came_back: Share
    may_return: int
    visible_ending: Share


def counts(stories: Sequence[Story], mentions: int) -> Counts:
    """The numbers of cases by how they stand at the end."""
    done, dismissed = sum(one.done for one in stories), sum(one.dismissed for one in stories)
    return Counts(
        mentions=mentions,
        cases=len(stories),
        resolved=done,
        dismissed=dismissed,
        still_open=len(stories) - done - dismissed,
        reopened=sum(one.reopened > 0 for one in stories),
    )


def speed(stories: Sequence[Story], lags: Sequence[float], terms: Terms) -> Speed:
    """Every clock, with its target where there is one."""
    targets = terms.targets

    def clock(waits: Iterable[Wait | None], target: timedelta | None = None) -> Timing:
        return timing([wait for wait in waits if wait], terms.hours, target, targets.within)

    return Speed(
        discovery_lag=spread(lags),
        claim=clock((one.claim for one in stories), targets.claim),
        first_response=clock((one.response for one in stories), targets.first_response),
        human_response=clock(one.human for one in stories),
        resolve=clock((one.resolution for one in stories), targets.resolve),
    )


def outcome(stories: Sequence[Story], same_channel: float | None = None) -> Outcome:
    """Where the resolved cases were settled, against the share that should be where they began; and who came back."""
    done = [one for one in stories if one.done]
    ways = {way: Share.of_counts(sum(one.way is way for one in done), len(done)) for way in Way}
    back = [one.returned for one in stories if one.resolved]
    return Outcome(
        same_channel=aim(ways[Way.SAME_CHANNEL], same_channel),
        switched=ways[Way.SWITCHED],
        by_itself=ways[Way.BY_ITSELF],
        came_back=Share.of_counts(back.count(True), len(back) - back.count(None)),
        may_return=back.count(None),
        visible_ending=Share.of_counts(sum(one.ends_visibly for one in done), len(done)),
    )


def aim(of: Share, wanted: float | None) -> Aim:
    """A share against what it should be."""
    known = of.share is not None and wanted is not None
    return Aim(of, wanted, (of.share or 0.0) >= (wanted or 0.0) if known else None)


def backlog(stories: Sequence[Story]) -> Backlog:
    """The open ones by how long ago they were opened."""
    open_for = [one.until - one.case.opened_at for one in stories if one.closed_at is None]
    ages = dict.fromkeys([*AGES, OLDER], 0)
    for age in open_for:
        ages[next((name for name, most in AGES.items() if age < most), OLDER)] += 1
    return Backlog(len(open_for), ages, max(open_for).total_seconds() if open_for else None)
