"""The card: what an agent must see of a mention in five seconds, as data. Each sink draws it in its own way.

It holds masked text only: private data that the author gave away does not travel further.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Card:
    """Everything on a card is text made for people, except the ids and links.

    ``why`` are the reasons in words; ``scores`` the two or three probabilities that mattered, as (name, share).
    ``reply_link`` opens the platform with ``draft`` filled in.
    """

    title: str
    brand: str
    channel: str
    author: str
    author_link: str
    text: str
    link: str
    posted_at: str
    reach: str
    why: tuple[str, ...]
    scores: tuple[tuple[str, float], ...]
    urgency: str
    private_data: str
    recommendation: str
    eligibility: str
    draft: str
    reply_link: str
    code: str
    route: str
    mentions: int = 1
    case_id: str = ""
    mention_id: str = ""
    state: str = "open"
    version: int = 0
    """Counts the case's moves, so that an older drawing never replaces a newer one."""
    holder: str = ""
    """Who has claimed it, by name; ``holder_id`` is their id in the sink."""
    holder_id: str = ""
    answer_by: str = ""
    """When somebody should have claimed or answered it: ISO 8601; empty where nothing is due."""
    hours: str = ""
    """The IANA time zone of the team whose hours the deadline counts in."""
    snoozed_until: str = ""
    outcome: str = ""
    """How it ended, in one line: the whole card folds into that."""
    before: tuple[tuple[str, str, str], ...] = ()
    """What the person said earlier in this case, on any channel: (posted_at, channel, masked text), newest first."""
    trail: tuple[tuple[str, str], ...] = ()
    """The last things that happened to the case: (at, words), newest first."""
    waiting: str = ""
    """A draft that waits for somebody's approval, and whose it is."""
    sends_as: str = ""
    """The account that would answer if a person presses Send; empty where the bot may not send at all."""
    late_by: str = ""
    """When it came in, if it is shown much later than that: ISO 8601; empty where it is in time."""
    grave: bool = False
    """Harm is happening or close, so it never waits in a list with others."""
    call: str = ""
    """How far the call to the customer is: empty, ``offered`` or ``ended``."""

    def to_body(self) -> dict[str, Any]:
        """Plain JSON for the outbox."""
        return asdict(self)

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Card:
        """The card that ``to_body`` wrote."""
        pairs = {name: tuple(tuple(pair) for pair in body.get(name, ())) for name in ("scores", "before", "trail")}
        return cls(**(dict(body) | {"why": tuple(body["why"])} | pairs))
