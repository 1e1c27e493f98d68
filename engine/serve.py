"""The daemon's life: start, reload, stop. Everything that matters is in the database, so any end is a clean one."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from engine import plugins, systemd
from engine.app import App
from engine.log import configure
from engine.reload import ConfigWatch
from engine.secrets import revealed
from engine.thinking import Thinking
from models.errors import SettingsError
from models.settings import Loaded
from models.store import Store

log = logging.getLogger("overheard.daemon")


def _nothing() -> None:
    """Said once is enough."""


async def serve(loaded: Loaded, *, once: bool = False, started: Callable[[], None] = _nothing) -> None:
    """Run until SIGTERM or SIGINT; a second signal ends the process at once."""
    store, thinking = Store.open(loaded.settings.store.url, exclusive=True), Thinking()
    stop = asyncio.Event()
    watch = ConfigWatch(loaded, partial(_load, url=loaded.settings.store.url))
    running = asyncio.Event()
    _listen_for_signals(stop, running, watch)
    good, refused = loaded, ""
    try:
        while not stop.is_set():
            current = watch.current
            configure(current.settings.log.level, current.settings.log.format == "json", revealed(current))
            try:
                async with App.open(current, store, thinking, once=once) as app:
                    good = current
                    running.set()
                    log.info("started", extra={"action": "start", "config": current.settings.version})
                    started()
                    started = _nothing
                    if refused:
                        await app.tell_operator(refused, f"{app.clock():%F %T}")
                        refused = ""
                    await _run(app, watch, stop, once)
                    running.clear()
            except (SettingsError, OSError) as error:
                # Only opening shows a missing secret, a taken port or a model that does not load.
                if current is good:
                    raise
                refused, watch.current = f"the new configuration was refused, the old one keeps running: {error}", good
                thinking.stay()
        systemd.notify("STOPPING=1")
        log.info("stopped", extra={"action": "stop"})
    finally:
        store.close()


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


def _load(path: Path, url: str) -> Loaded:
    loaded = plugins.load(path)
    if loaded.settings.store.url != url:
        raise SettingsError([f"{path}: store.url: a running daemon keeps its database; restart it to change that"])
    return loaded


def _listen_for_signals(stop: asyncio.Event, running: asyncio.Event, watch: ConfigWatch) -> None:
    loop = asyncio.get_running_loop()

    def asked_to_stop() -> None:
        # What is in hand is either committed or uncertain in the database: leaving at once loses nothing. While a
        # model loads there is nothing in hand at all, and nobody wants to wait for it.
        if stop.is_set():
            os._exit(130)
        if not running.is_set():
            os._exit(0)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop)
    loop.add_signal_handler(signal.SIGHUP, watch.asked.set)
