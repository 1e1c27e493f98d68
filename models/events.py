"""What can happen to a case, by one name each. Every measure is computed from these events and from nothing else.

The meta of a person's event holds ``name``, how people call them; a free text is always ``note`` or ``text``, so that
it can be taken out when its time has come.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


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
    """Words reached the customer; the actor is the person who pressed Send, or the bot. [key, or how: elsewhere]"""
    REPLY_FAILED = "reply_failed"
    """They did not, or nobody knows. [key]"""
    OPENED_PLATFORM = "opened_platform"
    """The platform was opened to answer by hand; nobody knows what was written there."""
    SWITCH_RECOMMENDED = "switch_recommended"
    """Every event of a switch says [switch, to], and as it happens [why, skipped, back]; ``models.switch``."""
    SWITCH_OFFERED = "switch_offered"
    SWITCH_OPENED = "switch_opened"
    SWITCH_ACCEPTED = "switch_accepted"
    SWITCH_ATTEMPTED = "switch_attempted"
    SWITCH_CONNECTED = "switch_connected"
    """Both spoke."""
    SWITCH_COMPLETED = "switch_completed"
    """What it was about is settled there: the stage ``resolved``."""
    SWITCH_CLOSED = "switch_closed"
    """The visible complaint has a visible ending."""
    SWITCH_DROPPED = "switch_dropped"
    """[stage, reason]"""
    CALL_ATTEMPTED = "call_attempted"
    """[outcome, note]"""
    CONTACT_GIVEN = "contact_given"
    """A way to be reached, with consent. [contact, kind, how]"""
    CONTACT_SHOWN = "contact_shown"
    """The number was shown to who holds the case. [contact]"""
    CONTACT_ERASED = "contact_erased"
    """[contact, why]"""
    CONSENT_WITHDRAWN = "consent_withdrawn"
    """[contact, how]"""
    BRIEF_OPENED = "brief_opened"
    """Who is to call has read what is known."""
    DIALLED = "dialled"
    """The contact centre was asked to dial. [key]"""
    CODE_QUOTED = "code_quoted"
    """Somebody named the case's code. [mention, or how]"""
    TURNED = "turned"
    """The customer's tone turned after our reply, so automation stops here. [mention]"""
    CLOSED_IN_PUBLIC = "closed_in_public"
    """A line that ends it is visible where the complaint is. [key, or by hand]"""
    SURVEY_SENT = "survey_sent"
    """[via]"""
    SURVEY_ANSWERED = "survey_answered"
    """[via, csat, nps, again]"""
    WINBACK_OPENED = "winback_opened"
    """[arm]"""
    WINBACK_ENDED = "winback_ended"
    """[outcome]"""
    POST_EDITED = "post_edited"
    """The customer changed a post. [mention]"""
    POST_DELETED = "post_deleted"
    """The customer deleted a post. [mention]"""
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


class Happened(Protocol):
    """An event of a case, as a value or as a row, as far as measures ask about it."""

    @property
    def type(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def actor_kind(self) -> str: ...
    @property
    def meta(self) -> Mapping[str, Any]: ...
