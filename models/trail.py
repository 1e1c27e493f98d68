"""What happened to a case, in words for its card: short, with names, without private data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from models.case import Case, CaseState, Draft
from models.events import EventType
from models.mask import mask_name

UNTOLD = frozenset(
    {
        EventType.OPENED,
        EventType.MENTION_POSTED,
        EventType.ALERT_SENT,
        EventType.SWITCH_CONNECTED,
        EventType.SWITCH_COMPLETED,
        EventType.RETURNED_TO_PUBLIC,
        EventType.CORRECTED,
    }
)
"""What the card shows in another way, or only the measures need."""

LONGEST_NOTE = 120

_WORDS: Mapping[str, str] = {
    EventType.CLAIMED: "{who} claimed it",
    EventType.RELEASED: "{who} gave it back",
    EventType.REASSIGNED: "{who} handed it over to {to}",
    EventType.SNOOZED: "{who} snoozed it",
    EventType.WOKEN: "the snooze is over",
    EventType.ESCALATED: "{who} asked {to} to look",
    EventType.REMINDED: "people were reminded",
    EventType.DRAFTED: "{who} wrote a draft",
    EventType.APPROVED: "{who} approved the draft",
    EventType.ANSWER_QUEUED: "{who} pressed Send",
    EventType.REPLY_SENT: "the answer was posted",
    EventType.REPLY_FAILED: "the answer was not posted",
    EventType.OPENED_PLATFORM: "{who} opened the platform to answer",
    EventType.SWITCH_OFFERED: "{who} recommended a call",
    EventType.CALL_ATTEMPTED: "{who} called: {outcome}",
    EventType.MUTED: "{who} made a rule that mutes it",
    EventType.RESOLVED: "{who} resolved it: {reason}",
    EventType.CLOSED_NO_ACTION: "{who} dismissed it: {reason}",
    EventType.REOPENED: "{who} opened it again",
}

REASONS: Mapping[str, str] = {
    "answered": "answered",
    "called": "settled by a call",
    "elsewhere": "settled in another channel",
    "by_itself": "it settled itself",
    "not_us": "not about us",
    "not_needed": "nobody had to see it",
    "duplicate": "the same as another case",
    "spam": "spam",
    "no_reaction": "the customer does not react",
    "erased": "its text was erased",
    "reached": "reached",
    "no_answer": "no answer",
    "wrong_number": "wrong number",
    "resolved": "reached, and it is settled",
    "needs_follow_up": "reached, something is left to do",
}
"""The reasons and outcomes of ``models.case``, as people read them."""


class Happened(Protocol):
    """An event, as a value or as a row."""

    @property
    def type(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def actor_id(self) -> str: ...
    @property
    def meta(self) -> dict[str, Any]: ...


def told(event: Happened) -> str:
    """One event in one line."""
    meta = event.meta
    words = _WORDS.get(event.type, event.type.replace("_", " ")).format(
        who=who(event),
        to=meta.get("to_name") or meta.get("to") or "somebody",
        outcome=worded(meta.get("outcome", "")),
        reason=worded(meta.get("reason", "")),
    )
    note = str(meta.get("note") or "")
    return f"{words} ({short(note)})" if note else words


def who(event: Happened) -> str:
    """By name who did it; somebody without a name by their id."""
    if event.type == EventType.REOPENED and "mention" in event.meta:
        return "a new post"
    return str(event.meta.get("name") or event.actor_id or "the bot")


def worded(reason: str) -> str:
    """A reason or outcome for people; one that a team made up is shown as it is."""
    return REASONS.get(reason, reason)


def outcome_of(case: Case, trail: Sequence[Happened]) -> str:
    """How a closed case ended, in one line."""
    word = "Resolved" if case.state is CaseState.RESOLVED else "Dismissed"
    ends = (EventType.RESOLVED, EventType.CLOSED_NO_ACTION)
    by = next((f" by {who(event)}" for event in trail if event.type in ends), "")
    return f"{word}{by}: {worded(case.reason)}" if case.reason else f"{word}{by}"


def waits_for(draft: Draft | None) -> str:
    """Whose draft waits for an approval; empty where none does."""
    if draft is None or not draft.waiting or draft.sent or draft.approved_by:
        return ""
    return f"The draft of {draft.by.name or draft.by.id} waits for approval"


def short(note: str) -> str:
    """A note on one line, without telephone numbers and addresses, cut to what a card has room for."""
    line = mask_name(" ".join(note.split()))
    return line if len(line) <= LONGEST_NOTE else f"{line[: LONGEST_NOTE - 1]}…"
