"""What a member of the team asked for, whatever program they asked in: a button, a submitted form, a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Verb(StrEnum):
    """What can be asked. The part before the dot is a button or command; after it, the form that it opened."""

    CLAIM = "claim"
    RELEASE = "release"
    HAND_OVER = "hand_over"
    HANDED_OVER = "hand_over.submit"
    OFFER_CALL = "offer_call"
    """The agent recommends a call to the customer; the ledger of switches begins."""
    BRIEF = "brief"
    """Read what is known, and see the number: who presses takes the case on, and calls."""
    DIAL = "dial"
    """Ask the contact centre to dial."""
    GIVE = "give"
    """Write down a number or an address that the customer has given on the phone or in a private message."""
    GIVEN = "give.submit"
    DECLINED = "declined"
    """The customer wants no other channel."""
    WITHDRAWN = "withdrawn"
    """The customer takes the consent back: what they gave is erased at once."""
    CALL_DONE = "call_done"
    CALL_ENDED = "call_done.submit"
    DRAFT = "draft"
    """Open the draft to be edited."""
    PREVIEW = "draft.submit"
    """Show the exact final text and account."""
    SEND = "preview.submit"
    """The way that words reach a customer; the line that closes a case has its own, CLOSED_OUT."""
    APPROVE = "approve"
    """Open the preview of a draft that somebody else wrote."""
    OPENED_PLATFORM = "opened_platform"
    """A link to the platform was followed: the answer is written there by hand."""
    RETAG = "retag"
    RETAGGED = "retag.submit"
    NOT_US = "not_us"
    MUTE = "mute"
    """Open the form of a rule: author, word or thread."""
    MUTE_PREVIEW = "mute.submit"
    """Show what the rule would have caught in the last 90 days."""
    MUTED = "mute_preview.submit"
    SNOOZE = "snooze"
    SNOOZED = "snooze.submit"
    ESCALATE = "escalate"
    ESCALATED = "escalate.submit"
    RESOLVE = "resolve"
    RESOLVED = "resolve.submit"
    DISMISS = "dismiss"
    DISMISSED = "dismiss.submit"
    REOPEN = "reopen"
    CLOSE_OUT = "close_out"
    """Write the public line that ends a thread whose case was settled elsewhere."""
    CLOSED_OUT = "close_out.submit"
    """Send it, or say that it was written by hand."""
    WINBACK = "winback"
    """Say whether somebody who was leaving has stayed."""
    WINBACK_ENDED = "winback.submit"
    SHOW_CARD = "show_card"
    """The full card of a case that was folded into a list."""
    SHOW_LIST = "show_list"
    """The cards of a list that found no room in its message."""
    NEEDED = "needed"
    """The audit sample: yes, a person had to see it."""
    NOT_NEEDED = "not_needed"
    ADD = "add"
    """A mention that the listeners missed."""
    ADDED = "add.submit"
    COMMAND = "command"
    """``/overheard``; its words are in ``fields["text"]``."""
    HOME = "home"
    """Somebody opened the App Home."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the team, by the id and name that the program in which they work gives them."""

    id: str
    name: str = ""

    @property
    def called(self) -> str:
        """What people call them; the id of somebody without a name."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Press:
    """One thing asked, once: ``id`` is the same however often the program delivers it.

    ``fields`` are the values of a submitted form, by the names in ``models.form``, or ``{"text": …}`` of a command.
    ``place`` is where it was asked, such as ``CHANNEL_ID:TS`` of the card; ``sink`` the responder that it came through.
    """

    id: str
    verb: Verb
    by: Person
    at: datetime
    sink: str = ""
    case_id: str = ""
    mention_id: str = ""
    place: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
