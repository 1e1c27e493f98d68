"""The links that customers get: to a case's page, signed, and to what one of them gave there.

A link to a case is ``URL/c/CODE-SIGNATURE``. The signature is ten signs of the code's own alphabet, 43 bits of an
HMAC-SHA256, so that nobody finds a page by trying codes, and it can still be typed from a screen.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from models.case import ALPHABET, CODE_LENGTH, read_code

if TYPE_CHECKING:
    from models.vault import Vault

SIGNS = 10
LINK, SURVEY = "link", "survey"
"""What a signature is good for."""


class Links:
    """Writes and reads links. Without ``url`` none is written, without a vault none is read."""

    def __init__(self, url: str, vault: Vault | None) -> None:
        self._url = url.rstrip("/")
        self._keys = vault.signing("link") if vault else ()

    def of(self, code: str) -> str:
        """The link to the page of a case; empty where there is no page."""
        return self._written("c", LINK, code)

    def survey(self, code: str) -> str:
        """The link to ask how it went: another signature, because every reader of the post may have the page's."""
        return self._written("s", SURVEY, code)

    def receipt(self, token: str) -> str:
        """The link with which whoever gave a number changes it or takes it back; empty where there is no page."""
        return f"{self._url}/r/{token}" if self._url else ""

    def read(self, path_part: str, purpose: str = LINK) -> str | None:
        """The code of a link's last part if one of the keys has signed it; case and blanks do not matter."""
        text = "".join(path_part[:40].upper().split()).replace("-", "")
        code, given = read_code(text[:CODE_LENGTH]), text[CODE_LENGTH:].encode("utf-8", "replace")
        # All keys, each in constant time, and also for what is no code: the time tells nothing.
        right = [hmac.compare_digest(_signature(key, purpose, code or "").encode(), given) for key in self._keys]
        return code if any(right) else None

    def _written(self, page: str, purpose: str, code: str) -> str:
        if not (self._url and self._keys):
            return ""
        return f"{self._url}/{page}/{code}-{_signature(self._keys[0], purpose, code)}"


def new_token() -> str:
    """A secret for a link that only one person gets."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is kept of a token: it proves it, and cannot be made into it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _signature(key: bytes, purpose: str, code: str) -> str:
    number = int.from_bytes(hmac.digest(key, f"{purpose}:{code}".encode(), hashlib.sha256))
    signs = []
    for _ in range(SIGNS):
        number, sign = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[sign])
    return "".join(signs)
