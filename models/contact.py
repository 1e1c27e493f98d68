"""How a customer wants to be reached, and what they agreed to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.switch import EMAIL, PRIVATE, VOICE

MOST_WINDOWS = 12
"""A customer names so many times of day at most."""

LONGEST_EMAIL = 254
"""RFC 5321: longer ones cannot be written to."""

# Our own reading, and narrow: what cannot be written to has no use, and quotes and comments are for tricks.
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_WINDOW = re.compile(r"(\d{4}-\d\d-\d\d) ([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class ContactKind(StrEnum):
    """What we were given."""

    PHONE = "phone"
    EMAIL = "email"
    PRIVATE = "private"
    """A private message on the platform: nothing is given but the wish."""

    @property
    def channel(self) -> str:
        """Where a switch goes with it."""
        return {self.PHONE: VOICE, self.EMAIL: EMAIL, self.PRIVATE: PRIVATE}[self]


class Why(StrEnum):
    """Why something about a contact was not done; each has its words below."""

    CLOSED = "closed"
    ERASED = "erased"
    FULL = "full"
    NO_KEY = "no_key"
    NO_ADDRESS = "no_address"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    GONE = "gone"
    NOT_CLAIMED = "not_claimed"
    NOT_YOURS = "not_yours"
    UNSEALABLE = "unsealable"


WORDS = {
    Why.CLOSED: "this case is closed",
    Why.ERASED: "this case was erased: its person asked to be forgotten, or its time was over",
    Why.FULL: "several numbers were given for this case already: more are taken by an agent only",
    Why.NO_KEY: "there is no key to seal it with: set callback.key (`python bot.py keys new` makes one)",
    Why.NO_ADDRESS: "there is no number or address in it",
    Why.UNKNOWN: "there is no such contact",
    Why.WITHDRAWN: "the customer took the consent back: do not call",
    Why.GONE: "it was erased: the case was closed, or its time was over",
    Why.NOT_CLAIMED: "claim the case first: only who holds it sees the number",
    Why.NOT_YOURS: "only who holds the case sees the number; it is held by {holder}",
    Why.UNSEALABLE: "it cannot be opened with the keys in callback.key: ask whoever runs the bot, or the customer",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it was not done, in plain words."""

    why: Why
    holder: str = ""

    @property
    def words(self) -> str:
        """What to tell people."""
        return WORDS[self.why].format(holder=self.holder)


@dataclass(frozen=True, slots=True)
class NewContact:
    """What a customer gives. ``address`` is a number as ``Number.e164`` or an e-mail address, checked by the caller.

    ``windows`` are times on the customer's clock (``read_windows``); none means any allowed time. ``lang`` is the
    language in which they want to speak, ``zone`` their time zone; each may be empty.
    """

    kind: ContactKind
    address: str = ""
    region: str = ""
    lang: str = ""
    zone: str = ""
    windows: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the number."""
        return f"NewContact(kind={self.kind.value!r})"


@dataclass(frozen=True, slots=True)
class NewConsent:
    """What a customer agreed to: for what, in which words and language, and ``how``: ``page`` or ``agent``."""

    purpose: str
    text: str
    lang: str
    how: str


@dataclass(frozen=True, slots=True)
class Given:
    """A contact that is kept now. ``repeated``: the same was kept before, so nothing was changed."""

    receipt_token: str
    contact_id: str
    repeated: bool = False

    def __repr__(self) -> str:
        """Without the token."""
        return f"Given({self.contact_id!r})"


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to be reached that was given for a case; never with the number itself."""

    id: str
    case_id: str
    kind: ContactKind
    lang: str
    zone: str
    windows: tuple[str, ...]
    given_at: datetime
    erase_at: datetime
    withdrawn: datetime | None
    erased: datetime | None
    by: str
    """The id of the agent who wrote it down; empty where the customer gave it on the page."""

    @property
    def usable(self) -> bool:
        """Whether somebody may be reached with it."""
        return self.withdrawn is None and self.erased is None


@dataclass(frozen=True, slots=True)
class Calling:
    """Whether somebody may be called at a moment.

    ``local`` is the customer's clock then; None where it is not known, and then nothing is said about the hours.
    ``wanted`` is False outside of the times that the customer named.
    """

    local: datetime | None
    allowed: bool = True
    wanted: bool = True


def calling(contact: Contact, earliest: str, latest: str, now: datetime) -> Calling:
    """Whether a contact may be called now, between two times of day such as 09:00 and 20:00 on the customer's clock."""
    local = local_time(contact.zone, now)
    if local is None:
        return Calling(None)
    allowed = time.fromisoformat(earliest) <= local.time() < time.fromisoformat(latest)
    wall = local.replace(tzinfo=None)
    spans = [_span(window) for window in contact.windows]
    return Calling(local, allowed, not spans or any(start <= wall < end for start, end in spans))


def local_time(zone: str, now: datetime) -> datetime | None:
    """A moment on the clock of a zone; None where the zone is not known."""
    try:
        return now.astimezone(ZoneInfo(zone)) if zone else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def read_email(text: str) -> str | None:
    """An e-mail address as it is written to, or None where it is none; the domain in small letters."""
    text = text.strip()
    if len(text) > LONGEST_EMAIL or not _EMAIL.fullmatch(text) or ".." in text or text[0] == "." or ".@" in text:
        return None
    name, _, domain = text.rpartition("@")
    return f"{name}@{domain.lower()}"


def read_windows(texts: Iterable[str]) -> tuple[str, ...]:
    """Times such as ``2026-11-21 09:00-12:00`` in their order, each once; raises ValueError that says what is wrong."""
    windows = sorted({text.strip() for text in texts})
    if len(windows) > MOST_WINDOWS:
        raise ValueError(f"more than {MOST_WINDOWS} times")
    for window in windows:
        _span(window)
    return tuple(windows)


def _span(window: str) -> tuple[datetime, datetime]:
    """From and to, on a wall clock."""
    match = _WINDOW.fullmatch(window)
    if match is None:
        raise ValueError('a time must be written as "2026-11-21 09:00-12:00"')
    day = datetime.fromisoformat(match[1])
    start, end = (day + timedelta(hours=int(match[at]), minutes=int(match[at + 1])) for at in (2, 4))
    if start >= end:
        raise ValueError("a time ends after it begins")
    return start, end
