"""The public stream of a Mastodon server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from listeners.base import Listener
from listeners.mastodon.stream import MastodonStreamListener
from tests.contract.rigs.mastodon import MastodonRig


class MastodonStreamRig(MastodonRig):
    """All posts of the server. A fault meets the stream, which ends, and what is asked for next."""

    kind = "mastodon_stream"
    listener = MastodonStreamListener
    quiet = 2
    cannot: ClassVar[dict[str, str]] = {
        "forget": "an id is a moment, so every place stays one",
        "more": "a stream has no pages",
    }

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setattr("listeners.mastodon.events.LINGER", 0.2)
        async with super().open(folder, patch) as rig:
            yield rig

    def make(self, **own: Any) -> Listener:
        told = {"server": self.front.url, "token": {"env": "RIG_TOKEN"}, "page": self.page} | own
        settings = MastodonStreamListener.Settings.model_validate({"wait": "1s", "timeout": self.timeout} | told)
        return MastodonStreamListener.from_settings("stream", settings, self.brands)

    async def fault(self, name: str) -> None:
        # aiohttp itself asks a second time where a connection breaks.
        self.front.trouble.play(name, times=2 if name == "dropped" else 1)
        self.front.cut()

    async def hold(self) -> Awaitable[object]:
        held = await super().hold()
        self.front.cut()
        return held


LISTENER = MastodonStreamRig
