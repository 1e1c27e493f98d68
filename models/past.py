"""What the store knows when a mention is decided, and what screening said of a post before that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.case import Case
from models.decision import Reason
from models.mention import Mention


@dataclass(frozen=True, slots=True)
class Screened:
    """A post as one brand sees it. ``reason`` set: it is counted and goes no further.

    ``opt_out`` says that its author asks for no more automatic answers.
    """

    mention: Mention
    reason: Reason | None = None
    opt_out: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of the author, the thread and the day, at the moment of deciding.

    ``case`` is the open case that the mention belongs to; ``fresh_id`` and ``fresh_code`` serve a new one.
    ``replied_in_thread`` and ``last_reply_at`` are about this author; the counts are the brand's on this channel.
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
