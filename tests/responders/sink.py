"""One sink for the sender's tests: its outbox in a real store, a scripted responder and a clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from models.decision import Kind, Message
from models.errors import EdgeError
from models.settings.sections import Target
from models.store import Store, effects
from responders.fallback import Fallback
from responders.rules import rules_from
from responders.sender import Sender
from tests.build import settings
from tests.fakes.clock import FakeClock
from tests.fakes.responder import FakeResponder, Outcome
from tests.responders.cards import message
from tests.responders.situations import templates
from tests.stores import rows

REPLY = {"text": "We are sorry, zebra.", "author": "@anna_l", "channel": "telegram", "link": "https://t.me/c/1"}


class Sink:
    """One sink with its outbox, a scripted responder and the clock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FakeClock()
        self.stopping = asyncio.Event()
        self.responder = FakeResponder()
        self.woken: list[tuple[str, str]] = []
        store.on_wake = self.woken.extend
        self.restart()

    def restart(self) -> None:
        """A fresh sender, as after a restart."""
        operator = Target(sink="console", to="ops")
        fallback = Fallback(rules_from(settings(), templates()), operator)
        self.sender = Sender("team", self.responder, self.store, fallback, self.clock, self.stopping, operator)

    def script(self, *outcomes: EdgeError, finds: tuple[Outcome, ...] = ()) -> None:
        """What the responder will do from now on."""
        self.responder.outcomes, self.responder.finds = [*outcomes], [*finds]

    def queue(self, kind: Kind = Kind.ALERT, **fields: Any) -> Message:
        """Put a message into the outbox."""
        fields = {"brand": "kestrelo", "channel": "telegram"} | fields
        queued = message(kind, REPLY if kind is Kind.REPLY else None, **fields)
        self.store.do(effects.queue, [queued], self.clock())
        return queued

    async def send(self) -> timedelta | None:
        """Send what is due; how long until the next look."""
        again = await self.sender.send("team")
        return again - self.clock() if again else None

    async def reconcile(self) -> timedelta | None:
        """Ask about what is in doubt; how long until the next look."""
        again = await self.sender.reconcile("team")
        return again - self.clock() if again else None

    def states(self) -> dict[str, str]:
        """The state of each message by its key."""
        return dict(rows(self.store, "SELECT key, state FROM effect WHERE sink = 'team'"))  # type: ignore[arg-type]

    def told(self) -> list[str]:
        """What people are told instead, as it stands in the outbox of another sink."""
        return [
            str(body) for (body,) in rows(self.store, "SELECT CAST(body AS TEXT) FROM effect WHERE sink = 'console'")
        ]

    def keys(self) -> list[str]:
        """What the responder was given to send, in order."""
        return [one.key for one in self.responder.sent]
