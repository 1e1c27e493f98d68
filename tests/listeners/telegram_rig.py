"""What the tests of the Telegram listener share: a listener of any server, and one poll of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from listeners.base import Spend
from listeners.telegram.chats import TelegramListener
from models.mention import Batch
from models.settings.sections import Brand

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BRANDS = {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"], handles={"telegram": ["@Kestrelo", "kestrelo_help"]})}


def listener_at(
    bot_url: str, token: str, monkeypatch: pytest.MonkeyPatch, brands: Mapping[str, Brand] = BRANDS, **settings: Any
) -> TelegramListener:
    """A listener of a server."""
    monkeypatch.setenv("TELEGRAM_TOKEN", token)
    chosen = {"token": {"env": "TELEGRAM_TOKEN"}, "base_url": bot_url, "wait": "0s"} | settings
    return TelegramListener.from_settings("chats", TelegramListener.Settings.model_validate(chosen), brands)


async def poll(listener: TelegramListener, cursor: str | None = "0") -> Batch:
    """One poll from a cursor; "0" is what a bot that nobody has written to begins with."""
    return await listener.poll(cursor, Spend(), NOW)
