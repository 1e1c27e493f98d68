"""Words to the operator about the bot itself: always in the log, and as a message where one is set up."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlmodel import Session

from models.decision import Kind, Message, message_key
from models.settings.sections import Target
from models.store import effects

log = logging.getLogger("overheard.operator")


def notice(target: Target | None, text: str, subject: str, purpose: str) -> list[Message]:
    """The message for one piece of trouble; the same subject and purpose are told once. No target: the log only."""
    log.warning("operator notice: %s", text, extra={"action": "notice", "subject": subject, "purpose": purpose})
    if target is None:
        return []
    key = message_key(Kind.NOTICE, target.sink, subject, purpose)
    return [Message(key, target.sink, Kind.NOTICE, target.to, {"text": text}, purpose="notice", priority=60)]


def tell(session: Session, target: Target | None, text: str, subject: str, purpose: str, now: datetime) -> None:
    """Queue the notice."""
    effects.queue(session, notice(target, text, subject, purpose), now)
