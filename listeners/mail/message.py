"""What one mail says, as a mention. Pure: it asks nobody and keeps nothing."""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from collections.abc import Collection
from datetime import datetime
from email.message import EmailMessage
from email.utils import getaddresses

from listeners.mail.text import words_of
from models.mention import Author, Mention

CHANNEL = "email"
MISSHAPEN = (AttributeError, AssertionError, LookupError, RecursionError, TypeError, ValueError)
"""What the standard library's reader of mail raises for some that are broken."""
LONGEST_ID = 250
_ID = re.compile(r"<([^<>\s]{1,998})>")
_MACHINES = re.compile(r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)\b", re.IGNORECASE)
_AUTOMATIC = ("x-autoreply", "x-autorespond", "list-id", "list-unsubscribe", "feedback-id")


def mention_of(data: bytes, at: datetime, forms: Collection[str] = ()) -> Mention:
    """The mail as a mention; raises one of MISSHAPEN for what cannot be read.

    ``at`` is when the server got it: the date that a mail gives itself is its sender's to choose. Mails from one of
    the addresses in ``forms`` are of the person in Reply-To, for a form writes them.
    """
    mail = email.message_from_bytes(data, policy=email.policy.default)
    name, address = author_of(mail, forms)
    references = ids(mail, "references")
    answered = ids(mail, "in-reply-to")[:1] or references[-1:]
    own = ids(mail, "message-id")[:1]
    identifier = own[0] if own else _made_up(data)
    subject = " ".join(head(mail, "subject").split())
    return Mention(
        channel=CHANNEL,
        external_id=identifier,
        author=Author(address or "unknown", address, name, bot=is_automatic(mail, address)),
        text="\n\n".join(part for part in (subject, words_of(mail)) if part),
        posted_at=at,
        conversation_id=(references or answered or [identifier])[0],
        in_reply_to=answered[0] if answered else None,
        addressees=frozenset(found for _, found in _people(mail, "to", "cc", "delivered-to", "x-original-to") if found),
    )


def author_of(mail: EmailMessage, forms: Collection[str] = ()) -> tuple[str, str]:
    """The name and the address, in lower case, of who wrote it."""
    (name, address), *_ = _people(mail, "from") or [("", "")]
    if address in {form.lower() for form in forms}:
        (name, address), *_ = _people(mail, "reply-to") or [(name, address)]
    return name, address


def is_automatic(mail: EmailMessage, address: str) -> bool:
    """Whether a program or a list sent it, which must not be answered (RFC 3834, section 2)."""
    submitted = head(mail, "auto-submitted").strip().lower()
    return (
        submitted not in ("", "no")
        or head(mail, "precedence").strip().lower() in ("bulk", "list", "junk", "auto_reply")
        or any(name in mail for name in _AUTOMATIC)
        or mail.get_content_type() == "multipart/report"
        or head(mail, "return-path").strip() == "<>"
        or bool(_MACHINES.match(address))
    )


def ids(mail: EmailMessage, header: str) -> list[str]:
    """The message ids in a header, without their brackets."""
    return [_shortened(found) for found in _ID.findall(head(mail, header))]


def head(mail: EmailMessage, header: str) -> str:
    """A header as text, empty where there is none or it cannot be read."""
    try:
        return str(mail.get(header, ""))
    except MISSHAPEN:
        return ""


def _people(mail: EmailMessage, *headers: str) -> list[tuple[str, str]]:
    """Names and addresses, in lower case; what is no address is left out."""
    try:
        lines = [str(line) for header in headers for line in mail.get_all(header, [])]
    except MISSHAPEN:
        return []
    found = getaddresses(lines)
    return [(" ".join(name.split())[:200], address.lower()[:320]) for name, address in found if "@" in address]


def _made_up(data: bytes) -> str:
    """An id for a mail without one, the same whenever it is read."""
    return f"{hashlib.sha256(data).hexdigest()[:32]}@no-message-id"


def _shortened(identifier: str) -> str:
    if len(identifier) <= LONGEST_ID:
        return identifier
    return f"{hashlib.sha256(identifier.encode('utf-8', 'replace')).hexdigest()[:32]}@long-message-id"
