"""What the sender does about floods and about time: folds what comes too fast, says of a late card that it is late.

A digest's picture is drawn here too, at the moment it is sent; where it cannot be drawn or shown, its words go alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from models.decision import Kind, Message
from models.store import storms
from responders.base import Responder

log = logging.getLogger("overheard.send")

Draw = Callable[[Mapping[str, Any]], bytes]
"""The figures of a digest → a picture, as the bytes of a PNG file."""


@dataclass(frozen=True, slots=True)
class Storm:
    """More than ``most`` alerts a minute to one place fold, none if 0; one that is ``late`` says so, never if zero."""

    most: int = 0
    late: timedelta = timedelta(0)
    draw: Draw | None = None

    def claim(self, session: Session, sink: str, responder: Responder, now: datetime) -> Message | None:
        """The next message of a sink, after what is too much for people was folded."""
        # Where nobody can press a button, a card in a list would be out of reach.
        foldable = Kind.LIST in responder.kinds and getattr(responder, "pressable", True)
        return storms.claim(session, sink, self.most if foldable else 0, now)

    async def ready(self, message: Message, kinds: Collection[Kind], now: datetime) -> Message:
        """The message as it goes out now, to a responder that takes these ``kinds``."""
        if message.kind is Kind.PICTURE:
            return await self._pictured(message, kinds)
        late = self.late and message.queued_at and now - message.queued_at > self.late
        if message.kind is not Kind.ALERT or not late:
            return message
        assert message.queued_at
        came = message.queued_at.isoformat(timespec="seconds")
        return replace(message, body={**message.body, "late_by": came})

    async def _pictured(self, message: Message, kinds: Collection[Kind]) -> Message:
        words = replace(message, kind=Kind.NOTICE, body={"text": str(message.body.get("text") or "")})
        if self.draw is None or Kind.PICTURE not in kinds:
            return words
        try:
            drawn = await asyncio.to_thread(self.draw, message.body)
        except Exception:
            # Whatever the library stumbles over, the numbers stand in the words.
            log.exception("cannot draw", extra={"action": "send", "sink": message.sink, "key": message.key})
            return words
        return replace(message, body={**message.body, "png": drawn})
