"""What people do in Slack: each envelope is acknowledged, becomes a press, and is answered. It decides nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from models.form import Answer, Page, Said, Shown
from models.press import Person, Press, Verb
from responders.escape import line
from responders.slack.answers import Answers
from responders.slack.inbox import Asked, read
from responders.slack.people import People
from responders.slack.socket_mode import Envelope, SlackSocket
from responders.slack.web import SlackWeb

log = logging.getLogger("overheard.press")

T = TypeVar("T")

OnPress = Callable[[Press], Awaitable[Answer]]
WENT_WRONG = "Something went wrong here, so this may not have been done. Look at the card before you press again."


class SlackDesk:
    """Takes the presses of one workspace, as ``sink``."""

    PATIENCE, DRAIN = 2.0, 5.0
    """Seconds that a filled-in form waits for its answer, of Slack's three, and that work in hand has at the end."""
    AT_ONCE = 16
    """More presses wait for their turn; they are acknowledged all the same."""

    def __init__(self, sink: str, web: SlackWeb, opener: SlackWeb, clock: Callable[[], datetime]) -> None:
        self._sink = sink
        self._opener = opener
        self._clock = clock
        self._answers = Answers(web)
        self._people = People(web)
        self._turn = asyncio.Semaphore(self.AT_ONCE)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._open = False
        self._on_press: OnPress | None = None
        self._socket: SlackSocket | None = None

    @property
    def connected(self) -> bool:
        """Whether presses reach us now."""
        return self._socket is not None and self._socket.connected

    async def listen(self, on_press: OnPress, tell: Callable[[str], Awaitable[None]] | None = None) -> None:
        """Until cancelled; then what is in hand is finished, while its line is still there."""
        self._on_press, self._open = on_press, True
        self._socket = SlackSocket(self._opener, self._take, tell)
        running = asyncio.create_task(self._socket.run(), name=f"socket {self._sink}")
        try:
            await asyncio.shield(running)
        finally:
            await self.aclose()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def aclose(self) -> None:
        """Take nothing more, and finish what is in hand."""
        self._open = False
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.DRAIN)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, envelope: Envelope) -> None:
        """A frame came in. One that comes after the end stays unacknowledged: Slack tells the person to try again."""
        if self._open:
            self._task(self._handle(envelope))

    def _task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (defect := task.exception()):
            log.error("press not answered", extra={"action": "press"}, exc_info=defect)

    async def _handle(self, envelope: Envelope) -> None:
        asked = read(envelope.kind, envelope.payload, self._sink, self._clock())
        if asked is None:
            await envelope.ack()
            kind = line(str(envelope.payload.get("type") or ""), 40)
            log.info("not ours", extra={"action": "press", "kind": envelope.kind, "type": kind})
        elif asked.submitted:
            await self._submitted(envelope, asked)
        else:
            await envelope.ack()
            await self._answers.give(asked, await self._ask(asked))
            if asked.home and asked.press.verb is not Verb.HOME:
                await self._draw_home(asked)

    async def _submitted(self, envelope: Envelope, asked: Asked) -> None:
        """A filled-in form: the acknowledgement itself closes it, changes it, or says what is wrong with it."""
        work = self._task(self._ask(asked))
        done, _ = await asyncio.wait({work}, timeout=self.PATIENCE)
        acked = await envelope.ack(self._answers.ack(asked, work.result()) if done else self._answers.waiting())
        answer = await work
        if not done or not acked:
            await self._answers.give_late(asked, answer)
        elif isinstance(answer, Said | Page | Shown):
            await self._answers.give(asked, answer)

    async def _draw_home(self, asked: Asked) -> None:
        """What was pressed in the Home has changed it."""
        again = replace(asked.press, id=f"h{asked.press.id[1:]}", verb=Verb.HOME, case_id="", mention_id="")
        home = replace(asked, press=again)
        answer = await self._ask(home)
        if isinstance(answer, Page):
            await self._answers.give(home, answer)

    async def _ask(self, asked: Asked) -> Answer:
        assert self._on_press is not None
        async with self._turn:
            press = replace(asked.press, by=await self._people.named(asked.press.by), fields=await self._names(asked))
            extra = {"action": "press", "verb": press.verb.value, "case": press.case_id, "press": press.id}
            log.info("pressed", extra=extra)
            try:
                return await self._on_press(press)
            except Exception:
                # Whatever one press does to us, the person must hear of it, and the others go on.
                log.exception("press failed", extra=extra)
                return Said(WENT_WRONG)

    async def _names(self, asked: Asked) -> dict[str, str]:
        """The fields, and beside each person's id ``NAME.name``, by which their colleagues know them."""
        fields = dict(asked.press.fields)
        for name in asked.people:
            fields[f"{name}.name"] = (await self._people.named(Person(fields[name]))).name
        return fields
