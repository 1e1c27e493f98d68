"""What the store knows when a mention is decided, and what screening said of a post before that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.assessment import Assessment
from models.case import Case
from models.decision import Arm, Reason
from models.mention import Mention

SCREENED_OUT = frozenset(
    {
        Reason.OWN_POST,
        Reason.BOT_POST,
        Reason.REPOST,
        Reason.BLOCKED_AUTHOR,
        Reason.TOO_OLD,
        Reason.EMPTY,
        Reason.ADDRESSED,
        Reason.MUTED,
    }
)
"""What screening may say of a post: one of these alone is the whole decision on it, and nobody judged it."""


@dataclass(frozen=True, slots=True)
class Screened:
    """A post as one brand sees it. ``reason`` set: it is counted and goes no further.

    ``opt_out`` says that its author asks for no more automatic answers; ``danger``, that its words speak of danger.
    """

    mention: Mention
    reason: Reason | None = None
    opt_out: bool = False
    danger: bool = False


class Quote(StrEnum):
    """What a case's code in a post is worth."""

    NONE = ""
    OWN = "own"
    """The author of the case names it."""
    OTHER = "other"
    """Another account does: the same person elsewhere, or anybody who has read the code in public."""
    OVER = "over"
    """The code has ended."""
    FOREIGN = "foreign"
    """It is a code of another brand."""

    @property
    def joins(self) -> bool:
        """Whether the post belongs to the case of the code."""
        return self in (Quote.OWN, Quote.OTHER)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of the author, the thread and the day, at the moment of deciding.

    ``case`` is the open case that the mention belongs to; ``fresh_id`` and ``fresh_code`` serve a new one.
    ``replied_in_thread`` and ``last_reply_at`` are about this author; the counts are the brand's on this channel.
    ``quote`` says whether the post names a case by its code: if it ``joins``, then ``case`` is that one, open or not.
    ``spoken_at`` is when the author last heard from us before the post; ``said`` is then what the models said of their
    last post before that, and of those since. ``arm`` is the case's side of the win-back comparison.
    """

    fresh_id: str
    fresh_code: str
    case: Case | None = None
    replied_in_thread: bool = False
    last_reply_at: datetime | None = None
    replies_last_hour: int = 0
    replies_last_day: int = 0
    thanks_last_day: int = 0
    opted_out: bool = False
    quote: Quote = Quote.NONE
    spoken_at: datetime | None = None
    said: tuple[Assessment, ...] = ()
    arm: Arm | None = None
