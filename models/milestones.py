"""What counts as taken up and as heard from us, and when each happened first in a case.

The one meaning of both: the day's figures, the digest and the report all ask here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models.case import Resolution
from models.events import EventType, Happened

CLAIMS = (EventType.CLAIMED, EventType.REASSIGNED)
ENDINGS = (EventType.RESOLVED, EventType.CLOSED_NO_ACTION)
RESPONSES = (EventType.REPLY_SENT, EventType.CALL_ATTEMPTED)
RESPONDED = (Resolution.ANSWERED, Resolution.CALLED)
"""A resolution is a first response only if it says that the customer was answered."""

TYPES = (EventType.OPENED, EventType.MENTION_POSTED, EventType.ALERT_SENT, *CLAIMS, *ENDINGS, *RESPONSES)
"""Of these the first in a case is looked for."""

AGENT = "agent"


@dataclass(slots=True)
class Firsts:
    """When each thing happened first. ``carded`` is when a card reached people, ``person`` when a person answered,
    and ``ended`` when it was closed, by whomever.
    """

    opened: datetime | None = None
    posted: datetime | None = None
    carded: datetime | None = None
    claimed: datetime | None = None
    heard: datetime | None = None
    person: datetime | None = None
    ended: datetime | None = None

    @property
    def shown(self) -> datetime | None:
        """Since when people could know of it: their card, or where none arrived the case's own beginning."""
        return self.carded or self.opened


def claims(one: Happened) -> bool:
    """Whether a person has the case from then on: claimed it, was handed it, or closed it at once."""
    return one.type in CLAIMS or (one.type in ENDINGS and one.actor_kind == AGENT)


def responds(one: Happened) -> bool:
    """Whether the customer heard from us: words that arrived, a try to call, or a case closed as answered or called."""
    answered = one.type == EventType.RESOLVED and one.meta.get("reason") in RESPONDED
    return one.type in RESPONSES or answered


def firsts(history: Iterable[Happened]) -> Firsts:
    """The first of each thing in a case's history, which is given in its order."""
    found = Firsts()
    for one in history:
        if one.type == EventType.MENTION_POSTED:
            found.posted = found.posted or one.at
        elif one.type == EventType.ALERT_SENT:
            found.carded = found.carded or one.at
        elif one.type == EventType.OPENED:
            found.opened = found.opened or one.at
        elif one.type in ENDINGS:
            found.ended = found.ended or one.at
        if claims(one):
            found.claimed = found.claimed or one.at
        if responds(one):
            found.heard = found.heard or one.at
            if one.actor_kind == AGENT:
                found.person = found.person or one.at
    return found
