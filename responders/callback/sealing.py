"""That a form comes from our own page: a signed token in it that fits a cookie (double submit), and its place."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from models.vault import Vault

LASTS = timedelta(hours=12)
"""A form that was open for longer is asked for once more, with all that was typed."""
SKEW = timedelta(minutes=5)
"""So far ahead of our clock a form may be: clocks are put back."""
_VISIT = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Form:
    """What a token says. ``id`` is a secret of this one form; ``good``: ours, for this visitor, and not too old."""

    id: str
    good: bool


class Seals:
    """Makes and reads the tokens."""

    def __init__(self, vault: Vault, secure: bool) -> None:
        # itsdangerous signs with the last key, the vault with the first.
        self._serializer = URLSafeSerializer(list(reversed(vault.signing("form"))), salt="overheard.form")
        self.cookie = "__Host-visit" if secure else "visit"

    def visit(self, cookies: Mapping[str, str]) -> str:
        """The visitor's cookie; a new one where there is none."""
        known = cookies.get(self.cookie, "")
        return known if _VISIT.fullmatch(known) else secrets.token_urlsafe(32)

    def token(self, visit: str, place: str, now: datetime, form: str = "") -> str:
        """For a form at a place; ``form`` is its id where it was sent before."""
        body = [_hash(visit), place, form or secrets.token_urlsafe(16), int(now.timestamp())]
        written = self._serializer.dumps(body)
        return written if isinstance(written, str) else written.decode()

    def read(self, token: str, visit: str, place: str, now: datetime) -> Form:
        """Of a form that was sent; one that is not good has no id."""
        try:
            owner, where, form, made = self._serializer.loads(token)
        except (BadData, ValueError, TypeError):
            return Form("", False)
        age = now.timestamp() - made
        fresh = -SKEW.total_seconds() <= age <= LASTS.total_seconds()
        ours = hmac.compare_digest(owner, _hash(visit)) and where == place
        return Form(form, True) if ours and fresh else Form("", False)


def _hash(visit: str) -> str:
    return hashlib.sha256(visit.encode()).hexdigest()[:32]
