"""The changes of channel of a case, rebuilt from its history alone; and how each of them ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from insights.spans import Wait
from models.events import EventType
from models.store.report import Event
from models.switch import EVENTS, LADDER, VOICE, Drop, Stage

STAGES: Mapping[str, Stage] = {event: stage for stage, event in EVENTS.items()}
SPARED = frozenset({Drop.NOT_NEEDED, Drop.ERASED})
"""Reasons for which nobody can say whether the other channel would have helped."""
TRIED = (Stage.ATTEMPTED, Stage.CONNECTED)


class Ending(StrEnum):
    """How a change of channel ended, for what it was for."""

    STOOD = "stood"
    """Settled there, and the customer did not come back in public in time to say otherwise."""
    FAILED = "failed"
    """Settled there, and the customer came back in public."""
    LOST = "lost"
    """Offered, and dropped on the way."""
    YOUNG = "young"
    """Settled there, so lately that the customer may still come back."""
    LIVE = "live"
    """Under way."""
    SPARED = "spared"
    """Dropped because it was not needed, or the person was forgotten."""
    NOT_OFFERED = "not_offered"
    """Dropped before the customer knew of it."""


@dataclass(slots=True)
class Hop:
    """One change of channel. ``moves`` are its stages in order with their moments; ``tried`` is the place of the first
    try in the case's history, and ``read_before`` says that somebody had opened the brief by then.
    """

    from_channel: str
    to_channel: str
    moves: list[tuple[Stage, datetime]] = field(default_factory=list)
    drop: str = ""
    dropped_at: str = ""
    skipped: int = 0
    back: int = 0
    tried: int | None = None
    read_before: bool = False
    failed: bool = False

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return self.moves[-1][0]

    @property
    def over(self) -> bool:
        """Whether a new one would be opened after it."""
        return self.settled_at is not None or self.stage is Stage.DROPPED

    @property
    def entered(self) -> frozenset[Stage]:
        """The stages that it was in."""
        return frozenset(stage for stage, _ in self.moves)

    @property
    def furthest(self) -> int:
        """The place of its highest stage on the ladder; -1 where only its end is known."""
        return max((LADDER.index(stage) for stage, _ in self.moves if stage in LADDER), default=-1)

    def reached(self, stage: Stage) -> bool:
        """Whether it came to a stage, or past it by skipping it."""
        return self.furthest >= LADDER.index(stage)

    def first(self, *stages: Stage) -> datetime | None:
        """When it was first in one of these."""
        return next((at for stage, at in self.moves if stage in stages), None)

    @property
    def settled_at(self) -> datetime | None:
        """When what it was about was settled there."""
        return self.first(Stage.RESOLVED, Stage.CLOSED)

    def stays(self, until: datetime) -> Iterator[tuple[Stage, Wait]]:
        """Its time in each stage, a wait for each time that it came there; that in its present one goes on."""
        for (stage, at), (_, end) in pairwise(self.moves):
            if stage is not Stage.DROPPED:
                yield stage, Wait(at, end)
        if self.stage is not Stage.DROPPED:
            yield self.stage, Wait(self.moves[-1][1], until, over=False)

    def ending(self, until: datetime, term: timedelta) -> Ending:
        """How it ended, as far as is known at a moment."""
        if self.failed:
            return Ending.FAILED
        if self.settled_at:
            return Ending.STOOD if self.settled_at + term < until else Ending.YOUNG
        if self.stage is not Stage.DROPPED:
            return Ending.LIVE
        if self.drop in SPARED:
            return Ending.SPARED
        return Ending.LOST if self.reached(Stage.OFFERED) else Ending.NOT_OFFERED


def hops(history: Sequence[Event], term: timedelta, channel: str = "") -> list[Hop]:
    """The changes of channel in a case's history; ``channel`` is the case's: those before the ledger name none."""
    found: dict[str, Hop] = {}
    unnamed = 0
    for place, event in enumerate(history):
        stage = STAGES.get(event.type)
        if stage is None:
            continue
        # Where the ledger says no more which one it was, it is the one under way, or another one.
        name = str(event.meta.get("switch", ""))
        if not name:
            last = found.get(f"unnamed {unnamed}")
            unnamed += last is None or (last.over and not (stage is Stage.CLOSED and last.settled_at))
            name = f"unnamed {unnamed}"
        if name not in found:
            found[name] = Hop(event.channel or channel, str(event.meta.get("to", "")) or VOICE)
        _move(found[name], event, stage, place)
    made = list(found.values())
    _read(made, history)
    _failures(made, [one for one in history if one.type == EventType.MENTION_POSTED], term)
    return made


def _move(hop: Hop, event: Event, stage: Stage, place: int) -> None:
    if not hop.moves or hop.stage is not stage:
        hop.moves.append((stage, event.at))
    if stage in TRIED and hop.tried is None:
        hop.tried = place
    hop.skipped += bool(event.meta.get("skipped"))
    hop.back += bool(event.meta.get("back"))
    if stage is Stage.DROPPED:
        hop.drop, hop.dropped_at = str(event.meta.get("reason", "")), str(event.meta.get("stage", ""))


def _read(made: Sequence[Hop], history: Sequence[Event]) -> None:
    """Find out who was tried by somebody who could know: the brief was opened since the try of the switch before."""
    since = 0
    for hop in made:
        if hop.tried is not None:
            hop.read_before = any(one.type == EventType.BRIEF_OPENED for one in history[since : hop.tried])
            since = hop.tried


def _failures(made: Sequence[Hop], posts: Sequence[Event], term: timedelta) -> None:
    """Who writes in public again soon after something was settled elsewhere: the last one before it has failed.

    Who goes on in the very channel to which they were led, such as by a letter, has not come back.
    """
    settled = [(hop.settled_at, hop) for hop in made if hop.settled_at]
    for post in posts:
        before = [(at, hop) for at, hop in settled if at < post.at]
        if before:
            at, hop = max(before, key=lambda one: one[0])
            hop.failed = hop.failed or (post.at <= at + term and post.channel != hop.to_channel)
