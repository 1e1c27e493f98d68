"""The ladder of the change of channel, for one pair of channels or for all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import geometric_mean

from insights.hops import Ending, Hop
from insights.measures import Aim, aim
from insights.shares import Share
from insights.spans import Spread, Wait, spread
from insights.story import Story
from models.store.report import Answers
from models.switch import LADDER, Stage

LEAST = 10
"""A part of the score that is made of fewer would say more of chance than of us."""
RESTED = tuple(stage for stage in LADDER if stage is not Stage.CLOSED)
"""The stages in which a switch waits for the next one."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage: how many ``reached`` it, or passed it by (``skipped``), and how long they were in it."""

    stage: str
    reached: int
    skipped: int
    stay: Spread


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 100: ``value`` is None where nothing can be said; ``parts`` names what it is made of."""

    value: float | None
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """The switches of a pair. ``endings`` counts them by how they ended, ``dropped`` those given up by reason."""

    from_channel: str
    to_channel: str
    switches: int
    rungs: tuple[Rung, ...]
    endings: Mapping[str, int]
    dropped: Mapping[str, int]
    with_skips: int
    went_back: int
    offer_to_call: Spread
    held: Aim
    failed: Share
    context_kept: Share
    explained_again: Share
    score: Score


def funnels(
    stories: Sequence[Story],
    answers: Sequence[Answers],
    until: datetime,
    term: timedelta,
    wanted: Mapping[str, float | None],
) -> list[Funnel]:
    """One for each pair of channels, the largest first; ``wanted`` is the share that should hold, by channel."""
    pairs: dict[tuple[str, str], list[Hop]] = {}
    for hop in (hop for one in stories for hop in one.hops):
        pairs.setdefault((hop.from_channel, hop.to_channel), []).append(hop)
    ordered = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [
        funnel(pair, found, [one for one in answers if (one.from_channel, one.to_channel) == pair], until, term, wanted)
        for pair, found in ordered
    ]


def funnel(
    pair: tuple[str, str],
    found: Sequence[Hop],
    answers: Sequence[Answers],
    until: datetime,
    term: timedelta,
    wanted: Mapping[str, float | None],
) -> Funnel:
    """All that is measured of these switches; ``answers`` are those of the customers who took this way."""
    endings = Counter(hop.ending(until, term) for hop in found)
    stood, failed, lost = (endings[ending] for ending in (Ending.STOOD, Ending.FAILED, Ending.LOST))
    tried = [hop for hop in found if hop.tried is not None]
    said = [one.again for one in answers if one.again is not None]
    held = Share.of_counts(stood, stood + failed + lost)
    kept = Share.of_counts(sum(hop.read_before for hop in tried), len(tried))
    again = Share.of_counts(said.count(True), len(said))
    return Funnel(
        *pair,
        switches=len(found),
        rungs=tuple(_rungs(found, until)),
        endings={ending.value: endings[ending] for ending in Ending},
        dropped=dict(sorted(Counter(hop.drop or "unknown" for hop in found if hop.stage is Stage.DROPPED).items())),
        with_skips=sum(hop.skipped > 0 for hop in found),
        went_back=sum(hop.back > 0 for hop in found),
        offer_to_call=_offer_to_call(found, until),
        held=aim(held, wanted.get(pair[0])),
        failed=Share.of_counts(failed, stood + failed),
        context_kept=kept,
        explained_again=again,
        score=score(held, kept, again),
    )


def score(held: Share, kept: Share, again: Share) -> Score:
    """The geometric mean of what a hand-over must keep: the person twice, the story once from either side.

    100 * (held² * context kept * (1 - explained again))^¼. A part of which fewer than ``LEAST`` are known is left out,
    with its weight; without ``held`` there is no score.
    """
    if held.share is None or held.size < LEAST:
        return Score(None, ())
    parts = {"context_kept": (kept, kept.share), "not_again": (again, 1 - (again.share or 0.0))}
    known = {name: share for name, (of, share) in parts.items() if share is not None and of.size >= LEAST}
    values = [held.share, held.share, *known.values()]
    return Score(100 * geometric_mean(values) if all(values) else 0.0, ("held", *known))


def hop_counts(stories: Iterable[Story]) -> dict[int, int]:
    """How many cases had one switch, two, and so on."""
    counted = Counter(len(one.hops) for one in stories if one.hops)
    return dict(sorted(counted.items()))


def _rungs(found: Sequence[Hop], until: datetime) -> Iterable[Rung]:
    stays: dict[Stage, list[Wait]] = {stage: [] for stage in LADDER}
    for hop in found:
        for stage, wait in hop.stays(until):
            stays[stage].append(wait)
    for stage in LADDER:
        reached = [hop for hop in found if hop.reached(stage)]
        waits = stays[stage] if stage in RESTED else []
        yield Rung(stage, len(reached), sum(stage not in hop.entered for hop in reached), _spread(waits))


def _offer_to_call(found: Sequence[Hop], until: datetime) -> Spread:
    """From the offer until both spoke. One that ended without that went on until its end, and no longer."""
    waits = []
    for hop in found:
        offered, spoke = hop.first(Stage.OFFERED), hop.first(Stage.CONNECTED)
        if offered:
            ended = hop.moves[-1][1] if hop.over else until
            waits.append(Wait(offered, spoke or ended, over=spoke is not None))
    return _spread(waits)


def _spread(waits: Sequence[Wait]) -> Spread:
    lengths = [(wait.seconds(), wait.over) for wait in waits]
    return spread([length for length, over in lengths if over], [length for length, over in lengths if not over])
