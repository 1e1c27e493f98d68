"""Serves the call-back page beside everything else: what happens to it never stops the daemon, nor the other way round.

It has a task of its own. Where its port is taken or the server ends, the operator is told once and it is tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from models.check import Fault
from models.errors import SettingsError
from models.settings import Settings
from models.store import Store
from models.vault import Vault

if TYPE_CHECKING:
    from responders.callback.front import Front
    from responders.callback.server import Server

log = logging.getLogger("overheard.callback")

AGAIN = 15.0
"""Seconds until a page that is not served is tried again."""
PATIENCE = 8.0
"""Seconds in which it ends when it is told to; its own limit is shorter."""
Tell = Callable[[str, str], Awaitable[None]]


def open_page(settings: Settings, store: Store, clock: Callable[[], datetime], tell: Tell) -> CallbackPage | None:
    """The page that ``callback`` asks for, not yet served; None without ``url``. Raises SettingsError."""
    if not settings.callback.url:
        return None
    # A web framework is loaded only where there is a page.
    from responders.callback.front import Front

    vault = Vault.from_settings(settings.callback)
    assert vault, "the settings want a key where there is a url"
    return CallbackPage(Front(settings, store, vault, clock), settings.callback.listen, tell)


def page_faults(settings: Settings) -> list[Fault]:
    """What is wrong with the brands' words and logos, as the start would say; nothing where there is no page."""
    if not settings.callback.url:
        return []
    from responders.callback.front import faces

    try:
        faces(settings)
    except SettingsError as error:
        return [Fault(fault, "correct it in the configuration, then try again") for fault in error.faults]
    return []


class CallbackPage:
    """The page and its server. ``port`` is where it is served."""

    def __init__(self, front: Front, listen: str, tell: Tell, again: float = AGAIN) -> None:
        self._front, self._listen, self._tell, self._again = front, listen, tell, again
        self._task: asyncio.Task[None] | None = None
        self._server: Server | None = None
        self._stopping, self._fault = False, ""
        self.port = 0

    @property
    def up(self) -> bool:
        """Whether it is served at this moment."""
        return self._server is not None and self._server.started

    @property
    def answers(self) -> Mapping[int, int]:
        """How many it has given, by status such as 200."""
        return self._front.answers

    async def start(self) -> None:
        """Serve it from now on; comes back when that was tried once."""
        self._task = asyncio.create_task(self._serve_always(), name="callback")
        while not (self.up or self._fault or self._task.done()):  # noqa: ASYNC110 - uvicorn tells nobody when it has started
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Let what is under way end, and close."""
        self._stopping = True
        if self._task is None:
            return
        if self._server:
            self._server.should_exit = True
            await asyncio.wait({self._task}, timeout=PATIENCE)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _serve_always(self) -> None:
        while not self._stopping:
            told, self._fault = self._fault, await self._serve()
            self._server = None
            if not self._fault:
                return
            log.error("the call-back page is not served", extra={"action": "page", "error": self._fault})
            if self._fault != told:
                await self._tell_operator()
            await asyncio.sleep(self._again)

    async def _serve(self) -> str:
        """Until it is told to stop; else why it is not served."""
        from responders.callback.app import callback_app
        from responders.callback.server import bound, server_of

        try:
            place = await bound(self._listen)
        except OSError as error:
            return error.strerror or type(error).__name__
        with place:
            self.port, self._server = place.getsockname()[1], server_of(callback_app(self._front))
            log.info("the call-back page is served", extra={"action": "page", "port": self.port})
            try:
                await self._server.serve(sockets=[place])
            except Exception as error:  # noqa: BLE001 - whatever a server does, the daemon goes on
                return type(error).__name__
        return "" if self._stopping else "the server ended"

    async def _tell_operator(self) -> None:
        words = f"the call-back page cannot be served on {self._listen}: {self._fault}; nobody can leave a number until"
        try:
            await self._tell(
                f"{words} that is put right. It is tried again all the time.", f"page {self._front.clock():%F %T}"
            )
        except Exception as error:  # noqa: BLE001 - not to be told of it must not end the trying
            log.error("the operator could not be told", extra={"action": "page", "error": type(error).__name__})
