"""After a change of the configuration: what waits for a responder that is gone finds another place."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from models.decision import PUBLIC, Kind, Route
from models.store import edits, effects, folds
from responders.rules import RulesFor
from responders.sender import FallbackFor

log = logging.getLogger("overheard.send")


def rehome(
    session: Session, sinks: Collection[str], rules_for: RulesFor, fallback_for: FallbackFor, now: datetime
) -> int:
    """Cards go where calls go now; what only the one that is gone could say or dial is given to people.

    Returns how many messages that concerned.
    """
    folds.leave(session, sinks, now)
    edits.leave(session, sinks)
    messages = effects.homeless(session, sinks)
    for message in messages:
        if message.kind in PUBLIC or message.kind is Kind.DIAL:
            why = f"the responder {message.sink} is no longer configured"
            effects.reject(session, message, "needs_human", why, fallback_for(message, why), now)
        else:
            target = rules_for(message.brand, message.channel).target(Route.CALL)
            effects.move(session, message, target.sink, target.to, now)
    if messages:
        log.warning("moved to another responder", extra={"action": "start", "messages": len(messages)})
    return len(messages)
