"""An X listener with its cursor, on the clock of the fake X."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from listeners.base import Spend
from listeners.x.search import XListener
from models.mention import Batch
from models.settings.sections import Brand
from tests.fakes.x_server import XServer

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KESTRELO = Brand(name="Kestrelo", terms=["kestrelo"], handles={"x": ["kestrelo"]})


class Ear:
    """A listener with its cursor, on the fake's clock."""

    def __init__(self, server: XServer, brands: dict[str, Brand] | None = None, **settings: Any) -> None:
        told = XListener.Settings(token={"env": "X_TOKEN"}, base_url=server.url, **settings)
        self.listener = XListener.from_settings("x", told, brands or {"kestrelo": KESTRELO})
        self.server = server
        self.cursor: str | None = None

    async def poll(self, after: float = 0, spent: Spend = Spend()) -> Batch:  # noqa: B008
        """One poll, ``after`` seconds later; the cursor is kept as the store would."""
        self.server.now += timedelta(seconds=after)
        batch = await self.listener.poll(self.cursor, spent, self.server.now)
        self.cursor = batch.cursor
        return batch

    async def round(self, after: float = 0) -> list[str]:
        """Poll until there is no more; the texts, in order."""
        batch = await self.poll(after)
        texts = [mention.text for mention in batch.mentions]
        return texts + await self.round() if batch.more else texts


async def begun(ear: Ear) -> Ear:
    """The ear after its first poll, which has met a post, so that it goes by ids."""
    ear.server.say("kestrelo before", at=ear.server.now - timedelta(seconds=40))
    await ear.poll()
    return ear
