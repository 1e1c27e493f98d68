"""What customers said afterwards, by the way that their case took; and whether the win-back lane keeps people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from insights.shares import Gap, Score, Share, gap, promoters
from models.store.report import Answers, Leaver
from models.switch import VOICE

ARMS = ("offered", "held_out")
SATISFIED = 4


@dataclass(frozen=True, slots=True)
class Said:
    """The answers of some customers. ``csat_mean`` is out of five; ``satisfied`` are those who gave four or five."""

    path: str
    answered: Share
    satisfied: Share
    csat_mean: float | None
    nps: Score
    explained_again: Share


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much more the customers of ``path`` liked it than those of ``against``; the gaps of shares are shares."""

    path: str
    against: str
    satisfied: Gap
    nps: Gap
    explained_again: Gap


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of the win-back lane. ``stayed`` is of those whose outcome is known; ``at_least`` of all that ended."""

    arm: str
    opened: int
    retained: int
    lost: int
    unknown: int
    pending: int
    stayed: Share
    at_least: Share


@dataclass(frozen=True, slots=True)
class Winback:
    """Both arms, and what the lane adds to what happens without it, as far as outcomes are known and at least."""

    arms: tuple[Arm, ...]
    lift: Gap
    lift_at_least: Gap


def by_voice(one: Answers) -> bool:
    """Whether it ended in a call."""
    return one.to_channel == VOICE


def by_switch(one: Answers) -> bool:
    """Whether it ended elsewhere than it began."""
    return one.to_channel != one.from_channel


PATHS: Sequence[tuple[str, str, Callable[[Answers], bool]]] = (
    ("voice", "text", by_voice),
    ("switched", "not switched", by_switch),
)


def surveys(answers: Sequence[Answers]) -> tuple[tuple[Said, ...], tuple[Comparison, ...]]:
    """What was said by path, and each pair of paths compared."""
    told, compared = [said("all", answers)], []
    for name, other, chosen in PATHS:
        one = said(name, [answer for answer in answers if chosen(answer)])
        against = said(other, [answer for answer in answers if not chosen(answer)])
        told += [one, against]
        compared.append(
            Comparison(
                path=name,
                against=other,
                satisfied=gap(one.satisfied, against.satisfied),
                nps=gap(one.nps, against.nps),
                explained_again=gap(one.explained_again, against.explained_again),
            )
        )
    return tuple(told), tuple(compared)


def said(path: str, answers: Sequence[Answers]) -> Said:
    """Each question by itself: who leaves one out is in the others."""
    csat = [one.csat for one in answers if one.csat is not None]
    again = [one.again for one in answers if one.again is not None]
    return Said(
        path=path,
        answered=Share.of_counts(sum(one.answered for one in answers), len(answers)),
        satisfied=Share.of_counts(sum(given >= SATISFIED for given in csat), len(csat)),
        csat_mean=sum(csat) / len(csat) if csat else None,
        nps=promoters([one.nps for one in answers if one.nps is not None]),
        explained_again=Share.of_counts(again.count(True), len(again)),
    )


def winback(leavers: Sequence[Leaver]) -> Winback:
    """Both arms of the lane, compared."""
    offered, held_out = (_arm(name, [one.outcome for one in leavers if one.arm == name]) for name in ARMS)
    return Winback(
        arms=(offered, held_out),
        lift=gap(offered.stayed, held_out.stayed),
        lift_at_least=gap(offered.at_least, held_out.at_least),
    )


def _arm(name: str, outcomes: Sequence[str]) -> Arm:
    count = Counter(outcomes)
    retained, lost, unknown = (count[outcome] for outcome in ("retained", "lost", "unknown"))
    return Arm(
        arm=name,
        opened=len(outcomes),
        retained=retained,
        lost=lost,
        unknown=unknown,
        pending=count[""],
        stayed=Share.of_counts(retained, retained + lost),
        at_least=Share.of_counts(retained, retained + lost + unknown),
    )
