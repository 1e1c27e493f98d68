"""The house put together from one good configuration. A reload closes it and opens another on the same database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from classifiers.judge import Judge
from classifiers.panel import Panel
from engine import systemd
from engine.calendar import open_calendar
from engine.clocks import Clocks
from engine.embedded import EmbeddedEngine
from engine.plugins import make_listener, make_responder
from engine.seam import Handler, Stage
from engine.thinking import Thinking
from insights.health import Health, health
from insights.metrics import exposition
from insights.server import serve as serve_operations
from listeners.poller import Poller
from listeners.screen import Screen
from models.notice import tell
from models.settings import Loaded
from models.settings.sections import Target
from models.store import Store, effects, figures, judging, sources
from responders.desk import Desk
from responders.fallback import Fallback
from responders.rules import rules_from
from responders.sender import Sender
from responders.templates import Templates

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class App:
    """Everything that runs. ``once`` drains what there is instead of listening for ever."""

    loaded: Loaded
    store: Store
    engine: EmbeddedEngine
    stopping: asyncio.Event
    handlers: Mapping[str, Handler]
    limits: Mapping[str, int]
    clock: Clock
    closing: contextlib.AsyncExitStack

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, loaded: Loaded, store: Store, thinking: Thinking, *, once: bool = False, clock: Clock = utc_now
    ) -> AsyncIterator[App]:
        """Load the model, make every plug-in, and put back in order what a killed process left half done."""
        loop = asyncio.get_running_loop()
        panel = await loop.run_in_executor(thinking.thread, thinking.panel, loaded.settings)
        async with contextlib.AsyncExitStack() as closing:
            app = _build(cls, loaded, store, thinking, panel, closing, once, clock)
            await store.run(judging.free_after_restart, clock())
            await store.run(effects.recover, clock())
            app.engine.wake([(Stage.POLL, name) for name in loaded.settings.listeners])
            yield app

    async def run(self) -> None:
        """Run until ``stopping`` is set, then finish what is in hand, for as long as the configuration allows."""
        calendar = open_calendar(self.loaded.settings.calendar, lambda name: self.engine.wake([(Stage.TICK, name)]))
        calendar.start()
        operations = await self._serve_operations()
        work = asyncio.create_task(self.engine.run(self.handlers, self.limits, self.stopping), name="engine")
        watchdog = asyncio.create_task(self._feed_watchdog(), name="watchdog")
        try:
            await asyncio.wait({work, asyncio.create_task(self.stopping.wait())}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({work}, timeout=self.loaded.settings.operations.drain.total_seconds())
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
        finally:
            watchdog.cancel()
            calendar.shutdown(wait=False)
            if operations:
                await operations.cleanup()

    async def tell_operator(self, text: str, purpose: str) -> None:
        """A notice about the daemon itself."""
        await self.store.run(tell, _operator(self.loaded), text, "daemon", purpose, self.clock())

    async def health(self) -> Health:
        """The answer of /healthz."""
        now = self.clock()
        state = await self.store.run(figures.figures, now)
        return health(state, self.engine.last_progress, self.loaded.settings.operations.stalled_after, now)

    async def _metrics(self) -> bytes:
        now = self.clock()
        state = await self.store.run(figures.figures, now)
        return exposition(state, await self.store.run(sources.every), self.engine.last_progress, now)

    async def _serve_operations(self) -> Any:
        listen = self.loaded.settings.operations.listen
        return await serve_operations(listen, self.health, self._metrics) if listen else None

    async def _feed_watchdog(self) -> None:
        """Says that we live only while the database answers and work gets done."""
        systemd.notify("READY=1")
        while (pause := systemd.watchdog_seconds()) is not None:
            if (await self.health()).ok:
                systemd.notify("WATCHDOG=1")
            await asyncio.sleep(pause)


def _operator(loaded: Loaded) -> Target | None:
    operations = loaded.settings.operations
    return Target(sink=operations.notify, to=operations.notify_to) if operations.notify else None


def _build(
    cls: type[App],
    loaded: Loaded,
    store: Store,
    thinking: Thinking,
    panel: Panel,
    closing: contextlib.AsyncExitStack,
    once: bool,
    clock: Clock,
) -> App:
    settings, operator, stopping = loaded.settings, _operator(loaded), asyncio.Event()
    engine = EmbeddedEngine(clock)
    store.on_wake = engine.wake
    rules_for = rules_from(settings, Templates.load(settings.replies.templates))
    pollers = _pollers(loaded, store, operator, closing, clock, stopping)
    senders = _senders(loaded, store, Fallback(rules_for, operator), closing, clock, stopping)
    desk = Desk(store, rules_for, settings.version, clock)
    judge = Judge(panel, store, thinking.thread, settings.classifier.batch, clock, stopping)
    clocks = Clocks(settings, store, list(pollers.values()), rules_for, engine.wake, operator, clock)
    handlers: dict[str, Handler] = {
        Stage.POLL: _only_once(pollers, clock) if once else lambda name: pollers[name].handle(name),
        Stage.CLASSIFY: judge.handle,
        Stage.DECIDE: desk.handle,
        Stage.SEND: lambda sink: senders[sink].send(sink),
        Stage.RECONCILE: lambda sink: senders[sink].reconcile(sink),
        Stage.TICK: clocks.handle,
    }
    limits: dict[str, int] = {
        Stage.POLL: len(pollers),
        Stage.DECIDE: 4,
        Stage.SEND: len(senders),
        Stage.RECONCILE: len(senders),
    }
    return cls(loaded, store, engine, stopping, handlers, limits, clock, closing)


def _pollers(
    loaded: Loaded,
    store: Store,
    operator: Target | None,
    closing: contextlib.AsyncExitStack,
    clock: Clock,
    stopping: asyncio.Event,
) -> dict[str, Poller]:
    settings, pollers = loaded.settings, {}
    for name, own in settings.listeners.items():
        listener = make_listener(loaded, name)
        closing.push_async_callback(listener.aclose)
        screen = Screen(settings, settings.brands_of(name))
        pollers[name] = Poller(name, listener, own, screen, store, settings.version, operator, clock, stopping)
    return pollers


def _senders(
    loaded: Loaded,
    store: Store,
    fallback: Fallback,
    closing: contextlib.AsyncExitStack,
    clock: Clock,
    stopping: asyncio.Event,
) -> dict[str, Sender]:
    senders = {}
    for name in loaded.settings.responders:
        responder = make_responder(loaded, name)
        closing.push_async_callback(responder.aclose)
        senders[name] = Sender(name, responder, store, fallback, clock, stopping)
    return senders


def _only_once(pollers: Mapping[str, Poller], clock: Clock) -> Handler:
    """Polls until a source has no more, and leaves it at that."""

    async def handle(name: str) -> datetime | None:
        again = await pollers[name].handle(name)
        return again if again and again <= clock() else None

    return handle
