"""Webhook in: hears posts that any program hands over, signed, by HTTP. A "yes" means that the post is on our disk."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import aiohttp
from aiohttp import web
from pydantic import Field, field_validator

from listeners.base import Spend
from listeners.webhook.event import Event, batch_of, events_of
from listeners.webhook.spool import FullError, Place, Spool
from models.channel import Manifest
from models.check import Fault
from models.errors import Unavailable
from models.manifests import MANIFESTS, manifest_of
from models.mention import Batch
from models.settings.sections import Brand
from models.settings.types import Duration, Secret, Table
from models.signature import TOLERANCE, key_of, verified

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that a sender has for its request's body."""
NAME = "Overheard-Listener"
"""The header by which a check knows our own daemon on the port."""
MOVED = "the spool was replaced: posts that it held and nobody had read are lost"


class WebhookListener:
    """A small server for ``POST``; listens from its first poll on, until it is closed."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["webhook"]
    check_is_free = True

    class Settings(Table):
        """What a webhook can be told."""

        secret: Secret = Field(description="What senders sign with: whsec_ and base64, or 24 characters at least.")
        old_secret: Secret | None = Field(None, description="Also taken while senders change to a new secret.")
        listen: str = Field(
            "127.0.0.1:8092", pattern=r"^\S+:\d{1,5}$", description="Address and port; put a proxy with TLS before it."
        )
        path: str = Field("/posts", pattern=r"^/[\w./-]*$", description="Where posts are sent to.")
        channel: str = Field(
            "webhook", min_length=1, max_length=64, description="The channel that the posts belong to, such as forum."
        )
        spool: Path = Field(Path("webhook-spool"), description="The folder where accepted posts wait to be heard.")
        most_waiting: int = Field(
            100_000_000, ge=100_000, description="Bytes that may wait before senders are put off."
        )
        largest: int = Field(1_000_000, ge=1_000, le=10_000_000, description="Bytes of one request at most.")
        page: int = Field(100, ge=1, le=200, description="Posts in one page at most.")
        wait: Duration = Field("25s", validate_default=True, description="How long a poll waits for news, 30s at most.")

        @field_validator("wait")
        @classmethod
        def _short_enough(cls, wait: timedelta) -> timedelta:
            if wait > timedelta(seconds=30):
                raise ValueError("must be 30s at most")
            return wait

    def __init__(
        self,
        name: str,
        settings: Settings,
        keys: list[bytes],
        brands: frozenset[str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.manifest = self.manifest_for(settings)  # type: ignore[misc]
        self._settings = settings
        self._keys = keys
        self._brands = brands
        self._clock = clock
        self._spool = Spool(settings.spool / name, settings.most_waiting)
        self._arrived = asyncio.Event()
        self._taking = asyncio.Lock()
        self._seen: dict[str, datetime] = {}
        self._runner: web.AppRunner | None = None

    @classmethod
    def manifest_for(cls, settings: Any) -> Manifest:
        """The rules of the channel that the settings name, which may be another than the class's own."""
        return replace(manifest_of(settings.channel), name=settings.channel)

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a secret that is missing or too short."""
        keys = [key_of(secret.reveal()) for secret in (settings.secret, settings.old_secret) if secret]
        return cls(name, settings, keys, frozenset(brands))

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """The next events of the spool; those before ``cursor`` are in the store, so they are deleted here.

        Without a cursor, what was accepted and never read comes first: its sender was told that it is kept.
        """
        await self._start()
        self._arrived.clear()
        batch = await self._read(cursor, now)
        if batch.cursor == cursor and not batch.spoiled and self._settings.wait:
            try:
                async with asyncio.timeout(self._settings.wait.total_seconds()):
                    await self._arrived.wait()
            except TimeoutError:
                return batch
            return await self._read(cursor, now)
        return batch

    async def check(self) -> list[Fault]:
        """Whether the port and the spool are ours to use."""
        if self._runner is None and await self._is_served():
            return []
        try:
            await self._start()
        except Unavailable as error:
            return [Fault(str(error), "choose a free port in listen, and a folder that we may write to in spool")]
        return []

    async def aclose(self) -> None:
        """Take no more; what was accepted stays on the disk."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
        await asyncio.to_thread(self._spool.close)

    async def _start(self) -> None:
        if self._runner is not None:
            return
        try:
            await asyncio.to_thread(self._spool.open)
        except BlockingIOError:
            raise Unavailable(f"the spool {self._settings.spool} is in use by another process") from None
        except OSError as error:
            raise Unavailable(f"the spool {self._settings.spool} cannot be used: {error.strerror}") from None
        app = web.Application(client_max_size=self._settings.largest)
        app.add_routes([web.post(self._settings.path, self._take), web.get(self._settings.path, self._greet)])
        # A packed body is not unpacked: the signature is over what was sent, and a bomb stays small.
        runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=2)
        await runner.setup()
        host, _, port = self._settings.listen.rpartition(":")
        try:
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        except (OSError, OverflowError) as error:
            await runner.cleanup()
            await asyncio.to_thread(self._spool.close)
            raise Unavailable(f"cannot listen on {self._settings.listen} ({type(error).__name__})") from None
        self._runner = runner

    async def _greet(self, request: web.Request) -> web.Response:
        return web.Response(status=405, headers={"Allow": "POST", NAME: self.name})

    async def _take(self, request: web.Request) -> web.Response:
        """Keep what a request says, then say yes; every no has its reason in words."""
        try:
            async with asyncio.timeout(PATIENCE):
                body = await request.read()
            now = self._clock()
            identifier = verified(self._keys, request.headers, body, now)
        except TimeoutError:
            return _answer(408, error="the request was not sent in time")
        except web.HTTPRequestEntityTooLarge:
            return _answer(413, error=f"more than {self._settings.largest} bytes")
        except ValueError as error:
            return _answer(401, error=str(error))
        try:
            events = events_of(body, identifier, self._settings.channel, self._brands, now)
        except ValueError as error:
            return _answer(400, error=str(error))
        # A sender that gives up waiting must not leave a request half kept.
        return await asyncio.shield(self._keep(identifier, events, now))

    async def _keep(self, identifier: str, events: list[Event], now: datetime) -> web.Response:
        async with self._taking:
            self._seen = {known: at for known, at in self._seen.items() if now - at <= 2 * TOLERANCE}
            if identifier not in self._seen:
                try:
                    lines = b"".join(event.model_dump_json().encode() + b"\n" for event in events)
                    await asyncio.to_thread(self._spool.append, lines)
                except OSError as error:
                    why = "too much waits" if isinstance(error, FullError) else "it cannot be kept"
                    log.warning("put off", extra={"action": "webhook", "listener": self.name, "why": why})
                    return _answer(503, error=f"{why}: send it again later")
                self._seen[identifier] = now
        self._arrived.set()
        return _answer(202, accepted=len(events))

    async def _read(self, cursor: str | None, now: datetime) -> Batch:
        try:
            return await asyncio.to_thread(self._pages, cursor, now)
        except OSError as error:
            raise Unavailable(f"the spool {self._settings.spool} cannot be read: {error.strerror}") from None

    def _pages(self, cursor: str | None, now: datetime) -> Batch:
        place, gap = self._spool.first, ""
        if cursor is not None:
            try:
                stored = Place.read(cursor)
            except ValueError:
                stored = place  # another kind of listener had this name
            if self._spool.knows(stored):
                place = max(stored, place, key=lambda one: (one.segment, one.offset))
                self._spool.forget(place)
            else:
                gap = MOVED
        lines, more = self._spool.read(place, self._settings.page)
        batch, end = batch_of(lines, place, now)
        pause = 0.0 if self._settings.wait else None
        return replace(batch, cursor=str(end), more=more or batch.more, gap=gap, pause=pause)

    async def _is_served(self) -> bool:
        """Whether our own daemon has the port already."""
        url = f"http://{self._settings.listen}{self._settings.path}"
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(2)) as session, session.get(url) as answer:
                return answer.headers.get(NAME) == self.name
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


def _answer(status: int, **said: Any) -> web.Response:
    headers = {"Retry-After": "30"} if status == 503 else {}
    return web.Response(status=status, text=json.dumps(said), content_type="application/json", headers=headers)
