"""The card: what an agent must see of a mention in five seconds, as data. Each sink draws it in its own way.

It holds masked text only: private data that the author gave away does not travel further.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

ERASURES: Mapping[str, str] = {
    "": "[erased at the author's request]",
    "deleted": "[its author deleted the post]",
    "edited": "[its author edited the post: see below]",
}
"""What is left of a message that was blanked, by the ``why`` of the order to blank it."""


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
    """How far the change to another channel is: empty, ``offered``, ``tried`` (nobody reached yet) or ``ended``."""
    contacts: tuple[tuple[str, ...], ...] = ()
    """How the customer can be reached, never by what number: (kind, given at, consent at, windows, zone, language,
    who wrote it down, what became of it), the newest first. The last is empty, ``withdrawn`` or ``erased``."""
    calling: str = ""
    """When calls are allowed on the customer's clock, such as ``09:00-20:00``; empty where nobody has said."""
    attempts: tuple[tuple[str, str], ...] = ()
    """The calls that were tried: (at, how each ended), newest first."""
    turned: str = ""
    """When the customer's tone turned after our reply, so that only people write to them: ISO 8601."""
    closing: str = ""
    """The public line that ends the visible thread: empty (none is due), ``due``, ``waiting``, ``sent``, ``by_hand``
    or ``failed``."""
    winback: str = ""
    """Whether somebody who is leaving stayed: empty (nobody is), ``open``, ``retained``, ``lost`` or ``unknown``."""
    parent: tuple[str, ...] = ()
    """The post that this one answers: (author, masked text, link, why it is missing); empty where it answers none."""
    edited: str = ""
    """When its author changed it last: ISO 8601; empty where they did not."""
    alike: int = 0
    """How many more people say the same, and are counted here instead of having a card of their own."""
    like: str = ""
    """The code of the case that it looks like, as far as nobody has joined or parted the two."""

    def to_body(self) -> dict[str, Any]:
        """Plain JSON for the outbox."""
        return asdict(self)

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Card:
        """The card that ``to_body`` wrote."""
        parent = {"parent": tuple(body.get("parent", ()))}
        pairs = parent | {
            name: tuple(tuple(pair) for pair in body.get(name, ()))
            for name in ("scores", "before", "trail", "contacts", "attempts")
        }
        return cls(**(dict(body) | {"why": tuple(body["why"])} | pairs))
