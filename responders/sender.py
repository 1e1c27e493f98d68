"""The send and reconcile stages of one sink, with the two promises of delivery.

The claim is durable before the first byte goes out. After that there are four ways: carried out; certainly not
carried out, so again later; refused, so people are told; or unknown. What is unknown is asked of the sink: an alert
that cannot be found is sent again and says that it may be a duplicate, a public reply never is.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from models.decision import PUBLIC, Delivery, Kind, Message, Receipt
from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed
from models.failpoint import failpoint
from models.notice import tell
from models.progress import Progress
from models.settings.sections import Target
from models.store import Store, controls, effects
from responders.base import Responder
from responders.shadow import Barred, barred_by
from responders.storm import Storm

log = logging.getLogger("overheard.send")

FallbackFor = Callable[[Message, str], Sequence[Message]]
"""A message that we will not carry out, and why → what people are told instead."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
AUTH_PAUSE = timedelta(minutes=5)
REFUSED_PAUSE = timedelta(minutes=15)
REFUSALS = 100
"""A card that nobody takes is given up after about a day."""
PERSISTENT = frozenset({Kind.ALERT, Kind.NOTE})
PAUSED_LOOK = timedelta(seconds=1)


class Sender:
    """Carries one sink's outbox out, a message at a time. ``barred`` has the last word on a public reply."""

    def __init__(
        self,
        name: str,
        responder: Responder,
        store: Store,
        fallback_for: FallbackFor,
        clock: Callable[[], datetime],
        stopping: asyncio.Event,
        operator: Target | None = None,
        progress: Progress | None = None,
        storm: Storm | None = None,
        barred: Barred | None = None,
    ) -> None:
        self.name = name
        self._responder = responder
        self._store = store
        self._fallback_for = fallback_for
        self._clock = clock
        self._stopping = stopping
        self._operator = operator
        self._progress = progress or Progress(clock)
        self._storm = storm or Storm()
        self._barred = barred or barred_by()
        self._failures = 0
        self._unanswered = 0
        self._rest_until: datetime | None = None

    async def send(self, sink: str) -> datetime | None:
        """Send all that is due; when to come back."""
        # A defect or a full disk may have ended the last run between claim and settlement.
        await self._store.run(effects.doubt_unfinished, sink, self._clock())
        while not self._stopping.is_set():
            if self._resting(self._clock()):
                return self._rest_until
            now = self._clock()
            message = await self._store.run(self._storm.claim, sink, self._responder, now)
            if message is None:
                return await self._next(sink, now)
            failpoint("send.claimed")
            await self._carry_out(message)
            self._progress.made("send")
        return None

    async def reconcile(self, sink: str) -> datetime | None:
        """Ask the sink about everything that may have been carried out."""
        for message in await self._store.run(effects.uncertain, sink):
            if self._stopping.is_set():
                return None
            try:
                receipt = await self._responder.find(message)
            except (Unavailable, AuthFailed) as error:
                log.warning("cannot ask", extra={"action": "find", "sink": sink, "error": type(error).__name__})
                self._unanswered += 1
                return self._clock() + _pause(error, self._unanswered)
            except EdgeError:
                receipt = None
            except Exception:
                # A responder's defect must not keep the other messages in doubt.
                log.exception("responder failed", extra={"action": "find", "sink": sink, "key": message.key})
                receipt = None
            self._unanswered = 0
            failpoint("reconcile.found")
            await self._settle_doubt(message, receipt)
            self._progress.made("reconcile")
        return None

    def _resting(self, now: datetime) -> bool:
        """Whether the sink rests. A rest that ends too far off was set before the clock jumped back."""
        return self._rest_until is not None and now < self._rest_until <= now + effects.LONGEST_PAUSE

    async def _next(self, sink: str, now: datetime) -> datetime | None:
        """When to look again, seen from the moment of the claim: a pause that ends between the two is not missed."""
        if await self._store.run(controls.pause_at, now):
            return now + PAUSED_LOOK
        return await self._store.run(effects.next_due, sink)

    async def _carry_out(self, message: Message) -> None:
        now = self._clock()
        if message.expires_at and message.expires_at <= now:
            return await self._give_up(message, "expired", "too late to be of use")
        if message.kind in PUBLIC and (why := self._barred(message.channel)):
            return await self._give_up(message, "rejected", why)
        ready = await self._storm.ready(message, self._responder.kinds, now)
        if ready.kind not in self._responder.kinds:
            return await self._give_up(message, "rejected", f"{self.name} cannot send a {message.kind}")
        try:
            receipt = await self._responder.send(ready)
        except (Unavailable, AuthFailed) as error:
            await self._again(message, error)
        except Refused as error:
            await self._refused(message, error)
        except Unconfirmed as error:
            log.warning("unconfirmed", extra={"action": "send", "sink": self.name, "key": message.key})
            await self._store.run(effects.doubt, message, str(error), self._clock())
        except Exception as defect:
            # A responder's defect says nothing about how far the message got, so it is in doubt like any other.
            log.exception("responder failed", extra={"action": "send", "sink": self.name, "key": message.key})
            await self._store.run(effects.doubt, message, type(defect).__name__, self._clock())
        else:
            failpoint("send.sent")
            await self._sent(message, receipt)

    async def _sent(self, message: Message, receipt: Receipt) -> None:
        await self._store.run(effects.sent, message, receipt, self._clock())
        failpoint("send.settled")
        if self._failures:
            log.info("recovered", extra={"action": "send", "sink": self.name})
        self._failures = 0
        extra = {"action": "send", "sink": self.name, "kind": message.kind.value, "key": message.key}
        log.info("sent", extra=extra | {"mention": message.mention_id or ""})

    async def _refused(self, message: Message, error: Refused) -> None:
        """A refused card finds another place, or is tried again now and then: the channel may be mended by a person."""
        follow = self._fallback_for(message, str(error))
        lonely = message.kind in PERSISTENT and not any(other.kind is message.kind for other in follow)
        if not lonely or message.attempt >= REFUSALS:
            await self._give_up(message, "rejected", str(error))
            return
        now = self._clock()
        extra = {"action": "send", "sink": self.name, "key": message.key, "why": str(error)[:200]}
        log.warning("refused", extra=extra)
        await self._store.run(effects.again, message, now + REFUSED_PAUSE, str(error))
        await self._store.run(effects.queue, follow, now)

    async def _again(self, message: Message, error: EdgeError) -> None:
        if self._failures == 0:
            extra = {"action": "send", "sink": self.name, "error": type(error).__name__, "why": str(error)[:200]}
            log.warning("cannot send", extra=extra)
        if isinstance(error, AuthFailed):
            await self._tell(f"{self.name} sends nothing: {error}")
        self._failures += 1
        self._rest_until = self._clock() + _pause(error, self._failures)
        await self._store.run(effects.again, message, self._rest_until, str(error))

    async def _tell(self, text: str) -> None:
        now = self._clock()
        await self._store.run(tell, self._operator, text, f"sink {self.name}", f"{now:%Y-%m-%d} {text}", now)

    async def _give_up(self, message: Message, state: str, why: str) -> None:
        extra = {"action": "send", "sink": self.name, "key": message.key, "state": state}
        log.warning("given to people", extra=extra | {"why": why[:200]})
        follow = self._fallback_for(message, why)
        await self._store.run(effects.reject, message, state, why, follow, self._clock())

    async def _settle_doubt(self, message: Message, receipt: Receipt | None) -> None:
        now = self._clock()
        # Each try may have arrived, so the pauses grow: nobody wants the same card a hundred times.
        at = now + _pause(Unconfirmed(), message.attempt) if message.attempt > 1 else now
        if receipt:
            await self._store.run(effects.found, message, receipt, at, now)
        elif message.kind.delivery is Delivery.AT_LEAST_ONCE:
            await self._store.run(effects.again, message, at, "not found", doubtful=True)
            self._store.on_wake([("send", self.name)])
        else:
            await self._give_up(message, "needs_human", "it may have been posted; please check before you answer")


def _pause(error: EdgeError, failures: int) -> timedelta:
    """How long the sink rests: what it asks for, or full jitter over a pause that doubles with each failure."""
    if isinstance(error, AuthFailed):
        return AUTH_PAUSE
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return timedelta(seconds=min(max(1.0, error.retry_after), 900.0))
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures, 10))
    return timedelta(seconds=random.uniform(FIRST_PAUSE / 2, longest))  # noqa: S311 - jitter, not a secret
