"""A change of channel: from the public post to a call, or to any other way, as a ladder of stages that is a ledger.

recommended → offered → opened → accepted → attempted → connected → resolved → closed, or dropped with a reason at any
stage. A stage is skipped or gone back to only with a reason, and both are written down (``models.store.switches``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from models.events import EventType
from models.press import Person

VOICE, EMAIL, PRIVATE, ELSEWHERE = "voice", "email", "private", "elsewhere"
"""Where a switch may lead: a call, an e-mail, a private message on the platform, a shop or a ticket; besides any
channel's own name."""

CUSTOMER: Final = "customer"

Actor = Person | Literal["customer"] | None
"""Who did it: a member of the team, the customer, or (None) the bot."""


class Stage(StrEnum):
    """How far a switch has come. Each name has one meaning, in tables, events, Slack, reports and docs."""

    RECOMMENDED = "recommended"
    """The card tells people that this person should be helped elsewhere."""
    OFFERED = "offered"
    """The customer was told of the other way, in public or in private."""
    OPENED = "opened"
    """The customer opened the page."""
    ACCEPTED = "accepted"
    """The customer said yes: gave a number or an address with consent, or told an agent so."""
    ATTEMPTED = "attempted"
    """We tried the other channel: dialled, wrote."""
    CONNECTED = "connected"
    """Both spoke."""
    RESOLVED = "resolved"
    """What it was about is settled there."""
    CLOSED = "closed"
    """The visible complaint has a visible ending."""
    DROPPED = "dropped"


LADDER = tuple(stage for stage in Stage if stage is not Stage.DROPPED)
"""The stages in their order."""


class Drop(StrEnum):
    """Why a switch ended without a solution."""

    DECLINED = "declined"
    """The customer does not want it."""
    WITHDRAWN = "withdrawn"
    """The customer took the consent back."""
    NO_ANSWER = "no_answer"
    """We tried as often as we may, and nobody answered."""
    WRONG_NUMBER = "wrong_number"
    EXPIRED = "expired"
    """The code or the number's term ended first."""
    NOT_NEEDED = "not_needed"
    """The case ended without it: answered in public, dismissed, settled by itself."""
    SUPERSEDED = "superseded"
    """Another way was taken instead."""
    ERASED = "erased"
    """The person asked to be forgotten."""


GIVEN_UP = frozenset({Drop.DECLINED, Drop.WITHDRAWN, Drop.ERASED, Drop.NO_ANSWER, Drop.WRONG_NUMBER, Drop.EXPIRED})
"""After these nobody tries again until somebody offers it anew, or the customer says yes once more."""

EVENTS: Mapping[Stage, EventType] = {
    Stage.RECOMMENDED: EventType.SWITCH_RECOMMENDED,
    Stage.OFFERED: EventType.SWITCH_OFFERED,
    Stage.OPENED: EventType.SWITCH_OPENED,
    Stage.ACCEPTED: EventType.SWITCH_ACCEPTED,
    Stage.ATTEMPTED: EventType.SWITCH_ATTEMPTED,
    Stage.CONNECTED: EventType.SWITCH_CONNECTED,
    Stage.RESOLVED: EventType.SWITCH_COMPLETED,
    Stage.CLOSED: EventType.SWITCH_CLOSED,
    Stage.DROPPED: EventType.SWITCH_DROPPED,
}
"""The event by which each stage stands in the case's history."""

ENDED = frozenset({Stage.RESOLVED, Stage.CLOSED, Stage.DROPPED})
"""A case may have one switch that is in none of these."""


class Why(StrEnum):
    """Why a stage was skipped or gone back to. These words name nobody, so they stay as long as the ledger does."""

    CODE_SAID = "code_said"
    """An answer carried the case's code, and nobody had recommended it."""
    AGENT = "agent"
    """An agent did it in one step, by hand."""
    CUSTOMER = "customer"
    """The customer came by a way of their own."""
    CALLED = "called"
    """We called without waiting for the page: the number was known, or the customer called us."""
    AGAIN = "again"
    """It was tried once more."""
    OTHER_WAY = "other_way"
    """Another way was taken instead of the one before."""
    CASE_RESOLVED = "case_resolved"
    """The whole case was said to be settled there."""
    SAID = "said"
    """In somebody's own words, which are the event's ``note`` and go when its time has come."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One change of channel. ``hop`` counts the case's switches from 1."""

    id: str
    case_id: str
    brand: str
    from_channel: str
    to_channel: str
    stage: Stage
    hop: int
    opened_at: datetime
    moved_at: datetime
    why: str = ""
    drop: Drop | None = None
    ended_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether it is still under way."""
        return self.stage not in ENDED


@dataclass(frozen=True, slots=True)
class Step:
    """What a move from one stage to another is: ``skipped`` stages, ``back`` on the ladder, or ``again`` the same."""

    skipped: tuple[Stage, ...] = ()
    back: bool = False
    again: bool = False

    @property
    def needs_reason(self) -> bool:
        """Whether it may not happen in silence."""
        return bool(self.skipped) or self.back


def step(now: Stage, to: Stage) -> Step:
    """What moving from ``now`` to ``to`` is; raises ValueError from or to dropped, which is no place on the ladder."""
    if Stage.DROPPED in (now, to):
        raise ValueError("a dropped switch is over: open another one")
    here, there = LADDER.index(now), LADDER.index(to)
    return Step(LADDER[here + 1 : there], back=there < here, again=there == here)


def took(start: datetime, end: datetime) -> timedelta:
    """How long a stage lasted; no time at all where a clock jumped back meanwhile."""
    return max(end - start, timedelta())
