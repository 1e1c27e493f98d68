"""The Telegram listener: every update once, every kind as what it is, and every failure by its name."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from listeners.telegram.chats import TelegramListener
from models.errors import AuthFailed
from models.survey import Tap
from tests.counterparts.platforms import Telegram
from tests.fakes import telegram_schema
from tests.fakes.telegram_server import (
    BOT,
    GROUP,
    PERSON,
    TOKEN,
    FakeTelegram,
    page,
    telegram,
)
from tests.listeners.telegram_rig import listener_at, poll

CHANNEL = {"id": -1002, "type": "channel", "title": "Kestrelo news", "username": "kestrelo_news"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Mara"}


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    """A Telegram of this test's own."""
    async with telegram() as server:
        yield server


@pytest.fixture
async def listener(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramListener]:
    """A listener of the fake."""
    listener = listener_at(fake.bot_url, TOKEN, monkeypatch)
    yield listener
    await listener.aclose()


# The real counterpart


@pytest.fixture
async def real(telegram_bot: Telegram, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramListener]:
    """A listener of the counterpart, which waits for news."""
    listener = listener_at(telegram_bot.bot_url, telegram_bot.token, monkeypatch, wait="30s")
    yield listener
    await listener.aclose()


async def test_a_crash_before_the_store_loses_nothing(real: TelegramListener, telegram_bot: Telegram) -> None:
    """The same cursor brings the same update again; the next cursor does not."""
    telegram_bot.say(-1001, "before us")
    start = (await poll(real, None)).cursor
    telegram_bot.say(-1001, "Kestrelo is down", sender={"username": "mara"})
    first, again = await poll(real, start), await poll(real, start)
    assert [mention.text for mention in first.mentions] == ["Kestrelo is down"]
    assert (again.mentions, again.cursor) == (first.mentions, first.cursor)
    telegram_bot.say(-1001, "later")
    assert [mention.text for mention in (await poll(real, first.cursor)).mentions] == ["later"]


async def test_a_poll_waits_for_news(real: TelegramListener, telegram_bot: Telegram) -> None:
    """A poll that finds nothing ends as soon as somebody writes, and asks for no pause after it."""
    waiting = asyncio.create_task(poll(real, (await poll(real, None)).cursor))
    while not waiting.done():
        await asyncio.to_thread(telegram_bot.say, -1001, "hello")  # said until heard: the poll may not be there yet
    assert (waiting.result().mentions[0].text, waiting.result().pause) == ("hello", 0.0)


async def test_an_empty_poll_rests_for_a_moment(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers at once with nothing is not asked in a loop."""
    listener = listener_at(fake.bot_url, TOKEN, monkeypatch, wait="1s")
    fake.answers += [page(200, json.dumps({"ok": True, "result": result})) for result in (BOT, [], [{"no": "id"}])]
    assert [(await poll(listener)).pause for _ in range(2)] == [1.0, 1.0]
    await listener.aclose()


async def test_edits_and_channel_posts_are_heard(real: TelegramListener, telegram_bot: Telegram) -> None:
    """An edit has the id of what it edits, so that the store knows it; a channel's post is the channel's."""
    start = (await poll(real, None)).cursor
    number = telegram_bot.say(-1001, "Kestrelo is dwon")
    telegram_bot.say(-1001, "Kestrelo is down", kind="edited_message", message_id=number, edit_date=1_800_000_000)
    telegram_bot.say(-1002, "Works tonight", kind="channel_post", chat=CHANNEL, sender_chat=CHANNEL)
    wrong, right, post = (await poll(real, start)).mentions
    assert (wrong.id, right.text) == (right.id, "Kestrelo is down")
    assert (post.author.id, post.author.handle) == ("-1002", "kestrelo_news")


async def test_a_second_program_with_the_token_is_named(real: TelegramListener, telegram_bot: Telegram) -> None:
    """Another poller ends ours, and the error says so."""
    telegram_bot.fail("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    with pytest.raises(AuthFailed, match="another program or a webhook"):
        await poll(real)


# What is no post


def membership(chat: dict[str, Any], status: str) -> dict[str, Any]:
    """The bot's standing in a chat changes."""
    banned = {"until_date": 0} if status == "kicked" else {}
    old, new = {"status": "member", "user": BOT}, {"status": status, "user": BOT} | banned
    return {"chat": chat, "from": PERSON, "date": 1_772_452_800, "old_chat_member": old, "new_chat_member": new}


@pytest.mark.parametrize(("chat", "status", "warned"), [
    (GROUP, "kicked", True), (GROUP, "left", True), (GROUP, "member", False), (PRIVATE, "kicked", False),
])  # fmt: skip
async def test_the_operator_hears_of_a_lost_chat(
    fake: FakeTelegram, listener: TelegramListener, chat: dict[str, Any], status: str, warned: bool
) -> None:
    """A group that throws the bot out is named; being let in, or blocked by one person, is no alarm."""
    number = fake.push("my_chat_member", **membership(chat, status))
    batch = await poll(listener)
    assert (batch.mentions, batch.cursor) == ((), str(number + 1))
    assert ("-1001880001" in batch.warning) is warned


async def test_a_chat_that_moves_is_logged(
    fake: FakeTelegram, listener: TelegramListener, caplog: pytest.LogCaptureFixture
) -> None:
    """When a group becomes a supergroup, both ids are in the log."""
    caplog.set_level(logging.INFO)
    fake.say(chat={"id": -55, "type": "group", "title": "Old"}, migrate_to_chat_id=-10055)
    assert (await poll(listener)).mentions == ()
    (record,) = [record for record in caplog.records if record.name == "listeners.telegram.chats"]
    assert (record.__dict__["chat"], record.__dict__["to"]) == (-55, -10055)


# The cursor


async def test_a_new_bot_misses_nothing_between_two_polls(fake: FakeTelegram, listener: TelegramListener) -> None:
    """With nothing pending at the start, the first message is heard and not taken for the past."""
    start = await poll(listener, None)
    fake.say("first")
    assert [mention.text for mention in (await poll(listener, start.cursor)).mentions] == ["first"]


async def test_an_unreadable_update_spoils_only_itself(
    fake: FakeTelegram, listener: TelegramListener, caplog: pytest.LogCaptureFixture
) -> None:
    """An update out of shape is set aside without its words, the rest is heard, and the cursor goes past it."""
    caplog.set_level(logging.DEBUG)
    fake.say("before")
    fake.push("message", message_id=1, text="canary")
    fake.say("canary", date=10**17)
    fake.say("canary", chat="nowhere")
    number = fake.say("after")
    batch = await poll(listener)
    assert [mention.text for mention in batch.mentions] == ["before", "after"]
    assert (len(batch.spoiled), batch.cursor) == (3, str(number + 1))
    assert "canary" not in caplog.text + str(batch.spoiled)


async def test_ids_that_start_anew_are_followed(fake: FakeTelegram, listener: TelegramListener) -> None:
    """After a quiet week Telegram numbers from anywhere, also from below the cursor."""
    fake.next_id = 5
    fake.say("after the silence")
    batch = await poll(listener, "900000")
    assert ([mention.text for mention in batch.mentions], batch.cursor) == (["after the silence"], "6")


async def test_a_full_page_asks_for_more(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page as long as the limit says that more may wait."""
    small = listener_at(fake.bot_url, TOKEN, monkeypatch, limit=2)
    for text in "abc":
        fake.say(text)
    first = await poll(small)
    rest = await poll(small, first.cursor)
    await small.aclose()
    assert (first.more, rest.more, [mention.text for mention in rest.mentions]) == (True, False, ["c"])


async def test_a_cursor_of_another_kind_begins_now(fake: FakeTelegram, listener: TelegramListener) -> None:
    """A name that had another kind of listener before does not stop this one."""
    fake.say("past")
    assert (await poll(listener, "12:34:5")).mentions == ()


async def test_the_fake_speaks_telegrams_schema(fake: FakeTelegram, listener: TelegramListener) -> None:
    """What these tests push and what we ask for is in the published Bot API."""
    if not telegram_schema.spec_path().is_file():
        pytest.skip("no telegram-bot-api.json.gz: set OVERHEARD_SPECS to the folder that holds it")
    fake.say("one", entities=[{"type": "mention", "offset": 0, "length": 3}])
    fake.say("two", kind="channel_post", chat=CHANNEL, sender_chat=CHANNEL)
    for status in ("kicked", "left", "member"):
        fake.push("my_chat_member", **membership(GROUP, status))
    fake.tap(900, "x")
    fake.tap(900, "x", message=False)
    await poll(listener)
    await listener.check()
    assert fake.schema_faults() == []


@pytest.mark.parametrize("message", [True, False])
async def test_a_tap_says_who_where_and_what(fake: FakeTelegram, listener: TelegramListener, message: bool) -> None:
    """A tap is handed over beside the posts, also below a message that is too old to be shown."""
    fake.say("kestrelo is down")
    number = fake.tap(900, "data", message=message)
    batch = await poll(listener)
    assert batch.taps == (Tap(f"4382{number}", "7", f"{GROUP['id']}:900", "data"),)
    assert (len(batch.mentions), batch.cursor) == (1, str(number + 1))


async def test_other_buttons_are_passed_over(fake: FakeTelegram, listener: TelegramListener) -> None:
    """A game, or a button of a message that was sent through another chat, is nobody's answer."""
    fake.push("callback_query", id="1", **{"from": PERSON}, chat_instance="9", game_short_name="chess")
    number = fake.push("callback_query", id="2", **{"from": PERSON}, chat_instance="9", inline_message_id="5", data="x")
    batch = await poll(listener)
    assert (batch.taps, batch.spoiled, batch.cursor) == ((), (), str(number + 1))
