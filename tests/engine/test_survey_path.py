"""One tap after another: from a closed case to its answers, with the real listener, sender and Telegram counterpart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import pytest

from classifiers.danger import find_danger
from classifiers.language import detect
from listeners.poller import Poller
from listeners.screen import Screen
from listeners.telegram.chats import TelegramListener
from models.case import Resolution
from models.mention import Author
from models.settings import Settings
from models.store import Store, casework
from responders import surveying
from responders.sender import Sender
from responders.telegram import TelegramResponder
from tests.counterparts.platforms import Telegram
from tests.models.store.desk import ANA, opened
from tests.models.store.steps import CASE, LATER
from tests.models.store.test_surveys import DUE, asking
from tests.stores import one, rows

GROUP = -1001


@pytest.fixture
def on_telegram(telegram_bot: Telegram, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a bot that hears and answers at the counterpart."""
    monkeypatch.setenv("T", telegram_bot.token)
    bot = {"kind": "telegram", "token": {"env": "T"}, "base_url": telegram_bot.bot_url}
    return asking(
        brands={"kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"], "handles": {"telegram": ["kestrelo"]}}},
        listeners={"chats": {**bot, "wait": "0s"}},
        responders={"console": {"kind": "console"}, "bot": bot},
    )


@pytest.fixture
async def poller(on_telegram: Settings, store: Store) -> AsyncIterator[Poller]:
    """A poller of the chats."""
    own = TelegramListener.Settings.model_validate(on_telegram.listeners["chats"].__pydantic_extra__)
    listener: Any = TelegramListener.from_settings("chats", own, on_telegram.brands)
    screen = Screen(on_telegram, on_telegram.brands, lambda text: bool(find_danger(text)), detect)
    told = on_telegram.listeners["chats"]
    yield Poller("chats", listener, told, screen, store, "1", None, clock, asyncio.Event())
    await listener.aclose()


@pytest.fixture
async def sender(on_telegram: Settings, store: Store) -> AsyncIterator[Sender]:
    """A sender of the bot."""
    own = TelegramResponder.Settings.model_validate(on_telegram.responders["bot"].__pydantic_extra__)
    responder: Any = TelegramResponder.from_settings("bot", own)
    yield Sender("bot", responder, store, lambda message, why: [], clock, asyncio.Event())
    await responder.aclose()


def clock() -> datetime:
    """The moment at which all of it happens."""
    return DUE


def buttons(message: dict[str, Any]) -> list[str]:
    """What stands behind the buttons of a message."""
    markup = message.get("reply_markup") or {"inline_keyboard": []}
    known = json.loads(markup) if isinstance(markup, str) else markup
    return [button["callback_data"] for row in known["inline_keyboard"] for button in row]


def ending(said: str) -> Callable[[str], bool]:
    """Whether a button says this."""
    return lambda data: data.endswith(said)


async def test_three_taps_answer_a_survey_in_one_message(
    store: Store, telegram_bot: Telegram, poller: Poller, sender: Sender, on_telegram: Settings
) -> None:
    """A stranger's tap counts for nothing, the author's three taps are the answer, and the chat has one message."""
    await poller.handle("chats")
    number = telegram_bot.say(GROUP, "thank you")
    opened(store, channel="telegram", external_id=f"{GROUP}:{number}", author=Author(id="7", handle="ines"))
    store.do(casework.resolve, CASE.id, ANA, Resolution.CALLED, "", LATER)
    store.do(surveying.ask, on_telegram, DUE)
    await sender.send("bot")
    (asked,) = telegram_bot.sent(GROUP)
    assert asked["reply_parameters"]["message_id"] == number
    telegram_bot.tap(GROUP, asked["message_id"], buttons(asked)[0], by=8)
    for said in (":csat:5", ":nps:10", ":again:0"):
        (shown,) = telegram_bot.sent(GROUP)
        telegram_bot.tap(GROUP, asked["message_id"], next(filter(ending(said), buttons(shown))))
        await poller.handle("chats")
        await sender.send("bot")
    (shown,) = telegram_bot.sent(GROUP)
    assert (shown["text"], buttons(shown)) == ("Thank you for your answer.", [])
    assert rows(store, "SELECT csat, nps, via FROM survey WHERE again = :no", no=False) == [(5, 10, "telegram")]
    assert one(store, "SELECT count(*) FROM case_event WHERE type = 'survey_answered'") == 3
    assert rows(store, "SELECT state FROM effect WHERE sink = 'bot' AND state <> 'sent'") == []
