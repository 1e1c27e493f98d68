"""What happened to a case, in words for its card: short, with names, without private data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from models.case import Case, CaseState, Draft
from models.events import EventType, Happened
from models.mask import mask_name
from models.switch import CUSTOMER, ELSEWHERE

UNTOLD = frozenset(
    {
        EventType.OPENED,
        EventType.MENTION_POSTED,
        EventType.ALERT_SENT,
        EventType.SWITCH_RECOMMENDED,
        EventType.SWITCH_ACCEPTED,
        EventType.SWITCH_ATTEMPTED,
        EventType.SWITCH_CONNECTED,
        EventType.SWITCH_COMPLETED,
        EventType.SWITCH_CLOSED,
        EventType.WINBACK_OPENED,
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
    EventType.SWITCH_OFFERED: "{who} offered {way}",
    EventType.SWITCH_OPENED: "the customer opened the page",
    EventType.SWITCH_DROPPED: "{way} came to nothing: {reason}",
    EventType.CALL_ATTEMPTED: "{who} called: {outcome}",
    EventType.CONTACT_GIVEN: "{who} gave {kind}",
    EventType.CONTACT_SHOWN: "{who} looked at the number",
    EventType.CONTACT_ERASED: "the number was erased",
    EventType.CONSENT_WITHDRAWN: "{who} withdrew the consent",
    EventType.BRIEF_OPENED: "{who} read the brief",
    EventType.DIALLED: "the contact centre was asked to dial",
    EventType.CODE_QUOTED: "the case's code was quoted",
    EventType.TURNED: "the customer's tone turned, so people alone answer",
    EventType.CLOSED_IN_PUBLIC: "{who} ended it in public",
    EventType.SURVEY_SENT: "the customer was asked how it was",
    EventType.SURVEY_ANSWERED: "the customer said how it was",
    EventType.WINBACK_ENDED: "{who} said how it ended: {outcome}",
    EventType.MUTED: "{who} made a rule that mutes it",
    EventType.RESOLVED: "{who} resolved it: {reason}",
    EventType.CLOSED_NO_ACTION: "{who} dismissed it: {reason}",
    EventType.REOPENED: "{who} opened it again",
    EventType.POST_EDITED: "the customer edited the post",
    EventType.POST_DELETED: "the customer deleted a post",
}

_ELSEWHERE: Mapping[str, str] = {**_WORDS, EventType.REPLY_SENT: "{who} wrote to them in private"}
"""What was not said in public."""

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
    "deleted": "its author deleted the post",
    "reached": "reached",
    "no_answer": "no answer",
    "wrong_number": "wrong number",
    "resolved": "reached, and it is settled",
    "needs_follow_up": "reached, something is left to do",
    "declined": "the customer does not want it",
    "withdrawn": "the customer took the consent back",
    "expired": "its time was over",
    "superseded": "another way was taken",
    "retained": "the customer stays",
    "lost": "the customer has left",
    "unknown": "nobody knows",
}
"""The reasons and outcomes of ``models.case``, ``models.switch`` and ``models.winback``, as people read them."""

WAYS: Mapping[str, str] = {
    "voice": "a call",
    "phone": "a call",
    "email": "an e-mail",
    "private": "a private message",
    "elsewhere": "another way",
}
"""Where a switch leads, and what kind of contact was given, as people read them."""

KINDS: Mapping[str, str] = {"phone": "a number", "email": "an e-mail address", "private": "leave to write in private"}


class Told(Happened, Protocol):
    """An event of which people are told who did it."""

    @property
    def actor_id(self) -> str: ...


def told(event: Told) -> str:
    """One event in one line."""
    meta = event.meta
    known = _ELSEWHERE if meta.get("how") == ELSEWHERE else _WORDS
    words = known.get(event.type, event.type.replace("_", " ")).format(
        who=who(event),
        to=meta.get("to_name") or meta.get("to") or "somebody",
        outcome=worded(meta.get("outcome", "")),
        reason=worded(meta.get("reason", "")),
        way=WAYS.get(meta.get("to", ""), "another way"),
        kind=KINDS.get(meta.get("kind", ""), "a way to be reached"),
    )
    note = str(meta.get("note") or "")
    return f"{words} ({short(note)})" if note else words


def who(event: Told) -> str:
    """By name who did it; somebody without a name by their id."""
    if event.type == EventType.REOPENED and "mention" in event.meta:
        return "a new post"
    if event.actor_kind == CUSTOMER:
        return "the customer"
    return str(event.meta.get("name") or event.actor_id or "the bot")


def worded(reason: str) -> str:
    """A reason or outcome for people; one that a team made up is shown as it is."""
    return REASONS.get(reason, reason)


def outcome_of(case: Case, trail: Sequence[Told]) -> str:
    """How a closed case ended, in one line."""
    word = "Resolved" if case.state is CaseState.RESOLVED else "Dismissed"
    ends = (EventType.RESOLVED, EventType.CLOSED_NO_ACTION)
    by = next((f" by {who(event)}" for event in trail if event.type in ends), "")
    return f"{word}{by}: {worded(case.reason)}" if case.reason else f"{word}{by}"


def waits_for(draft: Draft | None) -> str:
    """Whose draft waits for an approval; empty where none does."""
    if draft is None or not draft.waiting or draft.sent or draft.approved_by:
        return ""
    return f"The draft of {draft.by.called} waits for approval"


def short(note: str) -> str:
    """A note on one line, without telephone numbers and addresses, cut to what a card has room for."""
    line = mask_name(" ".join(note.split()))
    return line if len(line) <= LONGEST_NOTE else f"{line[: LONGEST_NOTE - 1]}…"
