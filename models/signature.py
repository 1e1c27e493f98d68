"""Signed messages between programs: HMAC-SHA256 over id, moment and body, as Standard Webhooks 1.0 has it.

The scheme: www.standardwebhooks.com, "Webhook authenticity". A message has the headers ``webhook-id``,
``webhook-timestamp`` (seconds since 1970) and ``webhook-signature`` (one or more ``v1,BASE64``, parted by blanks).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

PREFIX = "whsec_"
SHORTEST = 24
"""Bytes; a shorter secret can be guessed from one message."""
TOLERANCE = timedelta(minutes=5)
"""A message that was signed longer ago, or so far in the future, is refused."""
_ID = re.compile(r"[!-~]{1,256}")


def key_of(secret: str) -> bytes:
    """The key of a secret: base64 after ``whsec_``, else the secret's own bytes. Raises ValueError with the fix."""
    if secret.startswith(PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            raise ValueError(f"the secret is not base64 after {PREFIX}: copy the whole of it") from None
    else:
        key = secret.encode()
    if len(key) < SHORTEST:
        raise ValueError(f"the secret is shorter than {SHORTEST} bytes: make one with `openssl rand -base64 32`")
    return key


def signed(key: bytes, identifier: str, now: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message that is sent ``now``."""
    moment = str(int(now.timestamp()))
    return {
        "webhook-id": identifier,
        "webhook-timestamp": moment,
        "webhook-signature": _signature(key, identifier, moment, body),
    }


def verified(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a message that one of the keys has signed at about ``now``; raises ValueError with what is wrong."""
    identifier, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split()
    if not _ID.fullmatch(identifier) or not given:
        raise ValueError("the headers webhook-id and webhook-signature are needed")
    if not re.fullmatch(r"[0-9]{1,12}", moment) or abs(now.timestamp() - int(moment)) > TOLERANCE.total_seconds():
        raise ValueError("webhook-timestamp is not within 5 minutes of our clock")
    right = [_signature(key, identifier, moment, body).encode() for key in keys]
    # All are compared, each in constant time, so that the time tells nothing about any.
    matches = [hmac.compare_digest(one, each.encode("utf-8", "replace")) for one in right for each in given[:8]]
    if not any(matches):
        raise ValueError("webhook-signature does not fit the secret")
    return identifier


def _signature(key: bytes, identifier: str, moment: str, body: bytes) -> str:
    content = f"{identifier}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
