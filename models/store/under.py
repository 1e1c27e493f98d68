"""A line under a case's card. An edited card tells nobody; a line in its thread, with a name, does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models.decision import Kind, Message, message_key
from models.store import happened
from models.store.queueing import queue

PRIORITY = 45
"""As a card that is drawn anew: somebody waits to be called."""


def tell(
    session: Session,
    case_id: str,
    title: str,
    text: str,
    purpose: str,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> bool:
    """Queue it where the case's card stands, to who holds the case; the same purpose is told once a case.

    False where there is no card, or it was told before.
    """
    row = happened.lock(session, case_id)
    if row is None or not row.author_key or not row.sink:
        return False
    # Nobody watches the thread of a case that nobody has.
    calls = {"mention": [row.holder]} if row.holder else {"broadcast": True}
    body = {"title": title, "text": text, "author": "", "link": "", "why": [], **calls, **(more or {})}
    note = Message(
        key=message_key(Kind.NOTE, row.sink, case_id, purpose),
        sink=row.sink,
        kind=Kind.NOTE,
        target=row.target,
        body=body,
        case_id=case_id,
        brand=row.brand,
        channel=row.channel,
        purpose=purpose,
        author_key=row.author_key,
        thread_key=row.thread_key,
        priority=PRIORITY,
    )
    return bool(queue(session, [note], now))


GIVEN = {
    "phone": ("Call now", "The customer gave a number and agreed to be called. “Brief & call” shows what is known."),
    "email": ("Write an e-mail", "The customer gave an e-mail address. “Brief & call” shows it, and what is known."),
    "private": ("Write in private", "The customer wants a private message where they posted."),
}


def given(session: Session, case_id: str, contact_id: str, kind: str, now: datetime) -> None:
    """The customer gave a way to be reached; one that they change again and again is told once an hour."""
    title, text = GIVEN.get(kind, GIVEN["private"])
    tell(session, case_id, title, text, f"given-{contact_id[:12]}-{now:%Y%m%d%H}", now)


def taken_back(session: Session, case_id: str, contact_id: str, now: datetime, others: bool) -> None:
    """They took it back. Where ``others`` stand it was perhaps a stranger, because the page's link is public."""
    title, text = "Do not call", "The customer took the consent back, and what they gave is erased: do not call."
    if others:
        title = "One of several was taken back"
        text = "It is erased. What else was given for this case stands: ask first who you speak with."
    tell(session, case_id, title, text, f"taken-back-{contact_id[:12]}-{now:%Y%m%d%H}", now)
