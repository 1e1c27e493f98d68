"""The daemon's life: start, reload, stop. Everything that matters is in the database, so any end is a clean one."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

from engine import systemd
from engine.app import App
from engine.log import configure
from engine.plugins import schema_of
from engine.reload import ConfigWatch
from engine.secrets import revealed
from engine.thinking import Thinking
from models.settings import Loaded, load_settings
from models.store import Store

log = logging.getLogger("overheard.daemon")


async def serve(loaded: Loaded, *, once: bool = False, started: Callable[[], None] = lambda: None) -> None:
    """Run until SIGTERM or SIGINT; a second signal ends the process at once."""
    store, thinking = Store.open(loaded.settings.store.url, exclusive=True), Thinking()
    stop = asyncio.Event()
    watch = ConfigWatch(loaded, _load)
    _listen_for_signals(stop, watch)
    try:
        while not stop.is_set():
            current = watch.current
            configure(current.settings.log.level, current.settings.log.format == "json", revealed(current))
            async with App.open(current, store, thinking, once=once) as app:
                log.info("started", extra={"action": "start", "config": current.settings.version})
                started()
                await _run(app, watch, stop, once)
        systemd.notify("STOPPING=1")
        log.info("stopped", extra={"action": "stop"})
    finally:
        store.close()
        thinking.thread.shutdown(wait=False, cancel_futures=True)


async def _run(app: App, watch: ConfigWatch, stop: asyncio.Event, once: bool) -> None:
    """Run the app until told to stop, until there is a new configuration, or, with ``once``, until all is done."""
    work = asyncio.create_task(app.run(), name="app")
    refusals: set[asyncio.Task[None]] = set()
    watch.refused = lambda text: refusals.add(asyncio.create_task(app.tell_operator(text, f"{app.clock():%F %T}")))
    ends = {
        work,
        asyncio.create_task(stop.wait()),
        asyncio.create_task(app.engine.drained() if once else watch.changed()),
    }
    done, waiting = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    if once:
        stop.set()
    app.stopping.set()
    await work
    for task in waiting - {work}:
        task.cancel()
    for task in done:
        task.result()


def _load(path: Path) -> Loaded:
    return load_settings(path, schema_of)


def _listen_for_signals(stop: asyncio.Event, watch: ConfigWatch) -> None:
    loop = asyncio.get_running_loop()

    def asked_to_stop() -> None:
        if stop.is_set():
            # What is in hand is either committed or uncertain in the database: leaving now loses nothing.
            os._exit(130)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop)
    loop.add_signal_handler(signal.SIGHUP, watch.asked.set)
