"""What can happen to a case, by one name each. Every measure is computed from these events and from nothing else.

The meta of a person's event holds ``name``, how people call them; a free text is always ``note`` or ``text``, so that
it can be taken out when its time has come.
"""

from __future__ import annotations

from enum import StrEnum


class EventType(StrEnum):
    """The type of an event; meta in brackets."""

    OPENED = "opened"
    """[route]"""
    MENTION_POSTED = "mention_posted"
    """A post of the case, at the platform's own time. [mention, seen_at]"""
    ALERT_SENT = "alert_sent"
    """A card reached people. [key]"""
    CLAIMED = "claimed"
    """Somebody took it on: the acknowledgement."""
    RELEASED = "released"
    REASSIGNED = "reassigned"
    """Handed over. [to, to_name, note]"""
    SNOOZED = "snoozed"
    """[until]"""
    WOKEN = "woken"
    """Its snooze ended, or a new post ended it."""
    ESCALATED = "escalated"
    """A person asked somebody else to look. [to, note]"""
    REMINDED = "reminded"
    """A clock told people that it waits. [step, round, to]"""
    DRAFTED = "drafted"
    """A public answer was written and kept."""
    APPROVED = "approved"
    """Somebody agreed to the draft. [author]"""
    ANSWER_QUEUED = "answer_queued"
    """A person pressed Send. [key]"""
    REPLY_SENT = "reply_sent"
    """Words reached the customer; the actor is the person who pressed Send, or the bot. [key]"""
    REPLY_FAILED = "reply_failed"
    """They did not, or nobody knows. [key]"""
    OPENED_PLATFORM = "opened_platform"
    """The platform was opened to answer by hand; nobody knows what was written there."""
    SWITCH_OFFERED = "switch_offered"
    """A call was recommended to the customer. [to]"""
    CALL_ATTEMPTED = "call_attempted"
    """[outcome, note]"""
    SWITCH_CONNECTED = "switch_connected"
    """Both spoke."""
    SWITCH_COMPLETED = "switch_completed"
    """The call settled it."""
    RETURNED_TO_PUBLIC = "returned_to_public"
    """A post after the customer had been spoken to. [mention]"""
    CORRECTED = "correction"
    """The model's answer was put right. [head: label]"""
    MUTED = "muted"
    """A rule was made from this case. [kind]"""
    RESOLVED = "resolved"
    """[reason, note]"""
    CLOSED_NO_ACTION = "closed_no_action"
    """Dismissed. [reason, note]"""
    REOPENED = "reopened"
    """[why]"""


FREE_TEXT = frozenset({"note", "text"})
"""The parts of an event's meta in which people write what they like."""
