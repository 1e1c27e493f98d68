"""A case: one issue of one person, across the mentions that belong to it; and its short code."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.decision import Route
from models.press import Person

ALPHABET = "23456789CFGHJMPQRVWX"
"""The 20 signs of Open Location Code: no vowels (so no words) and no look-alikes."""

CODE_LENGTH = 7


class CaseState(StrEnum):
    """Where a case stands. Open → claimed → resolved or dismissed."""

    OPEN = "open"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


class CallOutcome(StrEnum):
    """How a call ended. Every one of them is a first response: we have tried."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    RESOLVED = "resolved"
    """Reached, and nothing is left to do: the case is resolved with it."""
    NEEDS_FOLLOW_UP = "needs_follow_up"
    """Reached, and something is left to do."""


class Resolution(StrEnum):
    """Why a case is resolved."""

    ANSWERED = "answered"
    """In public, by the bot's account or by hand."""
    CALLED = "called"
    ELSEWHERE = "elsewhere"
    """In another channel: a shop, a ticket, a private message."""
    BY_ITSELF = "by_itself"


class Dismissal(StrEnum):
    """Why nothing is done about a case."""

    NOT_US = "not_us"
    NOT_NEEDED = "not_needed"
    """About us, but nobody had to see it."""
    DUPLICATE = "duplicate"
    SPAM = "spam"
    NO_REACTION = "no_reaction"
    """The customer does not react to us."""
    DELETED = "deleted"
    """Its author deleted the post."""
    ERASED = "erased"
    """Its text is gone: past its time, or its person asked to be forgotten."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A public answer that is being written; ``waiting`` for somebody's approval, or ``approved_by`` somebody.

    ``sent`` is the key of the message once Send was pressed.
    """

    text: str
    by: Person
    at: datetime
    waiting: bool = False
    approved_by: Person | None = None
    approved_at: datetime | None = None
    sent: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as the policy sees it. Its card stands at ``target`` of ``sink``, where ``card`` is its reference."""

    id: str
    code: str
    brand: str
    state: CaseState
    route: Route
    opened_at: datetime
    mentions: int
    card: str | None = None
    sink: str = ""
    target: str = ""
    version: int = 0
    holder: Person | None = None
    claimed_at: datetime | None = None
    answer_by: datetime | None = None
    resolve_by: datetime | None = None
    answered_at: datetime | None = None
    snoozed_until: datetime | None = None
    closed_at: datetime | None = None
    reason: str = ""
    draft: Draft | None = None
    turned_at: datetime | None = None
    """When the customer's tone turned after our reply; from then on people alone speak to them."""

    @property
    def live(self) -> bool:
        """Whether people still have to do something about it."""
        return self.state in (CaseState.OPEN, CaseState.CLAIMED)

    def rests(self, now: datetime) -> bool:
        """Whether it is snoozed at a moment."""
        return self.snoozed_until is not None and self.snoozed_until > now

    @property
    def due(self) -> datetime | None:
        """What is promised next: a claim or an answer, and after that the end; None where nothing is."""
        if not self.live:
            return None
        return self.resolve_by if self.holder or self.answered_at else self.answer_by


def new_code() -> str:
    """Six random signs and a check sign; 64 million codes, none guessable from another."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH - 1))
    return body + _check_sign(body)


def read_code(text: str) -> str | None:
    """The code as we write it, or None where a sign is wrong or missing; blanks, dashes and case do not matter."""
    code = "".join(sign for sign in text.upper() if sign not in " -")
    valid = len(code) == CODE_LENGTH and all(sign in ALPHABET for sign in code) and _check_sign(code[:-1]) == code[-1]
    return code if valid else None


def _check_sign(body: str) -> str:
    """Luhn mod N (ISO/IEC 7812-1, generalised): any single wrong sign is found, and most swaps of neighbours."""
    total, factor, size = 0, 2, len(ALPHABET)
    for sign in reversed(body):
        product = factor * ALPHABET.index(sign)
        total += product // size + product % size
        factor = 3 - factor
    return ALPHABET[-total % size]
