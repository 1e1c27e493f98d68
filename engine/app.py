"""The house put together from one good configuration. A reload closes it and opens another on the same database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from classifiers.danger import find_danger
from classifiers.judge import Judge
from classifiers.language import detect
from classifiers.panel import Panel
from engine import systemd
from engine.calendar import open_calendar
from engine.callback import CallbackPage, open_page
from engine.channels import remember
from engine.clocks import Clocks
from engine.embedded import EmbeddedEngine
from engine.opening import give_openers
from engine.plugins import make_listener, make_responder
from engine.presses import Presses
from engine.quality import Quality
from engine.seam import Handler, Stage
from engine.thinking import Thinking
from insights.health import Health, health
from insights.metrics import exposition
from insights.picture import draw
from insights.server import serve as serve_operations
from listeners.poller import Poller
from listeners.screen import Screen
from models.links import Links
from models.notice import tell
from models.progress import Progress
from models.settings import Loaded
from models.settings.sections import Target
from models.store import Store, effects, figures, judging, sources
from models.vault import Vault
from responders.base import Responder
from responders.decider import Decider
from responders.desk.desk import Desk
from responders.fallback import Fallback
from responders.rehome import rehome
from responders.rules import RulesFor, rules_from
from responders.sender import Sender
from responders.shadow import barred_by
from responders.storm import Storm
from responders.templates import Templates

log = logging.getLogger("overheard.daemon")

P = TypeVar("P", Poller, Sender)
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
    progress: Progress
    stopping: asyncio.Event
    handlers: Mapping[str, Handler]
    limits: Mapping[str, int]
    clock: Clock
    rules_for: RulesFor
    fallback: Fallback
    closing: contextlib.AsyncExitStack
    quality: Quality
    presses: Presses
    page: CallbackPage | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, loaded: Loaded, store: Store, thinking: Thinking, *, once: bool = False, clock: Clock = utc_now
    ) -> AsyncIterator[App]:
        """Load the model, make every plug-in, and put back in order what a killed process left half done."""
        loop = asyncio.get_running_loop()
        panel = await loop.run_in_executor(thinking.thread, thinking.panel, loaded.settings)
        async with contextlib.AsyncExitStack() as closing:
            loaded = replace(loaded, manifests=await store.run(remember, loaded, clock()))
            app = _build(cls, loaded, store, thinking, panel, closing, once, clock)
            await store.run(judging.free_after_restart, clock())
            await store.run(effects.recover, clock())
            await store.run(rehome, list(loaded.settings.responders), app.rules_for, app.fallback, clock())
            if loaded.settings.replies.mode != "on":
                await store.run(effects.withdraw_replies, None, clock())
            app.engine.wake([(Stage.POLL, name) for name in loaded.settings.listeners])
            await app._serve_operations(closing)
            if not once:
                await app._serve_callback(closing)
            yield app

    async def run(self) -> None:
        """Run until ``stopping`` is set, then finish what is in hand, for as long as the configuration allows."""
        calendar = open_calendar(self.loaded.settings, lambda name: self.engine.wake([(Stage.TICK, name)]))
        calendar.start()
        work = asyncio.create_task(self.engine.run(self.handlers, self.limits, self.stopping), name="engine")
        stop = asyncio.create_task(self.stopping.wait())
        watchdog = asyncio.create_task(self._feed_watchdog(), name="watchdog")
        try:
            async with self.presses.listening(self.tell_operator):
                await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({work}, timeout=self.loaded.settings.operations.drain.total_seconds())
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
        finally:
            watchdog.cancel()
            stop.cancel()
            calendar.shutdown(wait=False)

    async def tell_operator(self, text: str, purpose: str) -> None:
        """A notice about the daemon itself."""
        await self.store.run(tell, _operator(self.loaded), text, "daemon", purpose, self.clock())

    async def health(self) -> Health:
        """The answer of /healthz."""
        now = self.clock()
        state = await self.store.run(figures.figures, now)
        return health(state, self.progress, self.loaded.settings.operations.stalled_after, now)

    async def _metrics(self) -> bytes:
        now = self.clock()
        state = await self.store.run(figures.figures, now)
        listeners, judged = await self.store.run(sources.every), await self.quality.tallies()
        return exposition(state, listeners, self.progress, now, judged, self.page)

    async def _serve_operations(self, closing: contextlib.AsyncExitStack) -> None:
        if listen := self.loaded.settings.operations.listen:
            operations = await serve_operations(listen, self.health, self._metrics)
            closing.push_async_callback(operations.cleanup)

    async def _serve_callback(self, closing: contextlib.AsyncExitStack) -> None:
        self.page = open_page(self.loaded.settings, self.store, self.clock, self.tell_operator)
        if self.page:
            closing.push_async_callback(self.page.stop)
            await self.page.start()

    async def _feed_watchdog(self) -> None:
        """Says that we live only while the database answers and work gets done."""
        systemd.notify("READY=1")
        while (pause := systemd.watchdog_seconds()) is not None:
            with contextlib.suppress(SQLAlchemyError):
                # A database that is busy for a moment costs this beat, not the watchdog.
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
    engine, progress = EmbeddedEngine(clock), Progress(clock)
    store.on_wake = engine.wake
    links = Links(settings.callback.url, Vault.from_settings(settings.callback))
    rules_for = rules_from(settings, Templates.load(settings.replies.templates), loaded.manifests, links)
    pollers = _pollers(loaded, store, operator, closing, clock, stopping)
    fallback = Fallback(rules_for, operator)
    responders = _responders(loaded, closing, store, clock)
    senders = _senders(loaded, responders, store, fallback, operator, progress, clock, stopping)
    presses = Presses({} if once else responders, Desk(store, settings, rules_for, clock), clock)
    decider = Decider(store, rules_for, settings.version, clock, progress, settings.conversation)
    judge = Judge(panel, store, thinking.thread, settings.classifier.batch, clock, stopping, progress, operator)
    clocks = Clocks(settings, store, list(pollers.values()), rules_for, engine.wake, operator, clock)
    handlers: dict[str, Handler] = {
        Stage.POLL: _only_once(pollers, clock) if once else _known(pollers, lambda poller, name: poller.handle(name)),
        Stage.CLASSIFY: judge.handle,
        Stage.DECIDE: decider.handle,
        Stage.SEND: _known(senders, lambda sender, sink: sender.send(sink)),
        Stage.RECONCILE: _known(senders, lambda sender, sink: sender.reconcile(sink)),
        Stage.TICK: clocks.handle,
    }
    # Clocks that ask platforms must not hold up those that heal and remind.
    limits: dict[str, int] = {Stage.POLL: len(pollers), Stage.DECIDE: 4, Stage.TICK: 4}
    limits |= dict.fromkeys((Stage.SEND, Stage.RECONCILE), len(senders))
    quality = Quality(store, settings.store.keep_mentions, clock)
    return cls(
        loaded,
        store,
        engine,
        progress,
        stopping,
        handlers,
        limits,
        clock,
        rules_for,
        fallback,
        closing,
        quality,
        presses,
    )


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
        screen = Screen(settings, settings.brands_of(name), lambda text: bool(find_danger(text)), detect)
        pollers[name] = Poller(name, listener, own, screen, store, settings.version, operator, clock, stopping)
    return pollers


def _responders(loaded: Loaded, closing: contextlib.AsyncExitStack, store: Store, clock: Clock) -> dict[str, Responder]:
    responders = {}
    for name in loaded.settings.responders:
        responders[name] = make_responder(loaded, name)
        closing.push_async_callback(responders[name].aclose)
    give_openers(responders.values(), loaded.settings, store, clock)
    return responders


def _senders(
    loaded: Loaded,
    responders: Mapping[str, Responder],
    store: Store,
    fallback: Fallback,
    operator: Target | None,
    progress: Progress,
    clock: Clock,
    stopping: asyncio.Event,
) -> dict[str, Sender]:
    storm = Storm(loaded.settings.desk.storm, loaded.settings.desk.late, draw)
    barred = barred_by(loaded.manifests, loaded.settings)
    return {
        name: Sender(name, responder, store, fallback, clock, stopping, operator, progress, storm, barred)
        for name, responder in responders.items()
    }


def _known(plugins: Mapping[str, P], work: Callable[[P, str], Awaitable[datetime | None]]) -> Handler:
    """A handler for those that the configuration names. What waits for another is kept, should it come back."""
    missed: set[str] = set()

    async def handle(name: str) -> datetime | None:
        if name in plugins:
            return await work(plugins[name], name)
        if name not in missed:
            missed.add(name)
            log.warning("no longer configured", extra={"action": "start", "key": name})
        return None

    return handle


def _only_once(pollers: Mapping[str, Poller], clock: Clock) -> Handler:
    """Polls until a source has no more, and leaves it at that."""

    async def handle(name: str) -> datetime | None:
        again = await pollers[name].handle(name) if name in pollers else None
        # A source that asks to be asked at once is done with all the same when it has had nothing.
        return again if again and again <= clock() and not pollers[name].drained else None

    return handle
