"""What became of one case, as far as its history tells at the end of the span that is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from insights.hops import Hop, hops
from insights.spans import Wait
from models.case import Resolution
from models.events import EventType
from models.milestones import ENDINGS, Firsts, firsts
from models.store.report import History
from models.switch import Stage

SEEN_ENDING = (EventType.CLOSED_IN_PUBLIC, EventType.SWITCH_CLOSED)
ELSEWHERE = (Resolution.CALLED, Resolution.ELSEWHERE)


class Way(StrEnum):
    """Where a resolved case was settled."""

    SAME_CHANNEL = "same_channel"
    SWITCHED = "switched"
    BY_ITSELF = "by_itself"


@dataclass(frozen=True, slots=True)
class Story:
    """A case. ``closed_at`` is None while it is open, ``reason`` that of its last ending, and ``resolved`` are the
    moments at which it was; ``returned`` says whether the customer came back: None where that may still happen.
    """

    case: History
    until: datetime
    first: Firsts
    posts: tuple[datetime, ...]
    closed_at: datetime | None
    dismissed: bool
    reason: str
    resolved: tuple[datetime, ...]
    reopened: int
    seen_ending: bool
    hops: tuple[Hop, ...]
    returned: bool | None

    @property
    def posted_at(self) -> datetime:
        """When the customer wrote: all clocks that they would look at start then."""
        return self.first.posted or self.case.opened_at

    @property
    def done(self) -> bool:
        """Whether it is resolved, and was not opened again."""
        return self.closed_at is not None and not self.dismissed

    @property
    def way(self) -> Way | None:
        """Where it was settled; None while it is not."""
        if not self.done:
            return None
        if self.reason in ELSEWHERE or any(hop.reached(Stage.CONNECTED) for hop in self.hops):
            return Way.SWITCHED
        return Way.SAME_CHANNEL if self.reason == Resolution.ANSWERED else Way.BY_ITSELF

    @property
    def ends_visibly(self) -> bool:
        """Whether who reads the complaint can read how it ended."""
        return self.seen_ending or (self.done and self.reason == Resolution.ANSWERED)

    @property
    def claim(self) -> Wait | None:
        """From the card until a person had it; None where it ended before, such as by a deleted post."""
        return self._owed(self.first.claimed, self.first.shown or self.case.opened_at)

    @property
    def response(self) -> Wait | None:
        """From the post until the customer heard from us; None where it was closed without, so that none is owed."""
        return self._owed(self.first.heard, self.posted_at)

    @property
    def human(self) -> Wait | None:
        """The same until a person answered."""
        return self._owed(self.first.person, self.posted_at)

    @property
    def resolution(self) -> Wait | None:
        """From the post until the case was closed for good; None where it was dismissed."""
        return None if self.dismissed else self._until(self.posted_at, self.closed_at)

    def _owed(self, at: datetime | None, start: datetime) -> Wait | None:
        return None if at is None and self.closed_at is not None else self._until(start, at)

    def _until(self, start: datetime, end: datetime | None) -> Wait:
        return Wait(start, end or self.until, over=end is not None)


def story(case: History, until: datetime, term: timedelta) -> Story:
    """What became of a case; ``term`` is how soon somebody must come back for it to have failed."""
    events = case.events
    posts = tuple(event.at for event in events if event.type == EventType.MENTION_POSTED)
    resolved = tuple(event.at for event in events if event.type == EventType.RESOLVED)
    closed_at, dismissed, reason, seen = case.erased_at, case.erased_at is not None, "", False
    for event in events:
        if event.type == EventType.REOPENED:
            # A line that ended what was before it does not end what follows.
            closed_at, dismissed, reason, seen = case.erased_at, case.erased_at is not None, "", False
        elif event.type in SEEN_ENDING:
            seen = True
        elif event.type in ENDINGS:
            closed_at, dismissed = event.at, event.type == EventType.CLOSED_NO_ACTION
            reason = str(event.meta.get("reason", ""))
    return Story(
        case=case,
        until=until,
        first=firsts(events),
        posts=posts,
        closed_at=closed_at,
        dismissed=dismissed,
        reason=reason,
        resolved=resolved,
        reopened=sum(event.type == EventType.REOPENED for event in events),
        seen_ending=seen,
        hops=tuple(hops(events, term, case.channel)),
        returned=_returned(resolved, posts, until, term),
    )


def _returned(
    resolved: tuple[datetime, ...], posts: tuple[datetime, ...], until: datetime, term: timedelta
) -> bool | None:
    """Whether the customer wrote again soon after it was resolved."""
    if any(at < post <= at + term for at in resolved for post in posts):
        return True
    return False if resolved and resolved[-1] + term < until else None
