"""A case: one issue of one person, across the mentions that belong to it; and its short code."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.decision import Route

ALPHABET = "23456789CFGHJMPQRVWX"
"""The 20 signs of Open Location Code: no vowels (so no words) and no look-alikes."""

CODE_LENGTH = 7


class CaseState(StrEnum):
    """Where a case stands. Open → claimed → resolved or dismissed."""

    OPEN = "open"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


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
