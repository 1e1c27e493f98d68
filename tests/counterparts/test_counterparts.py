"""Each counterpart answers the real client of its platform as the platform would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest
from aiohttp import ServerDisconnectedError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import create_engine, text
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from responders.slack.manifest import SCOPES
from tests.counterparts.platforms import HERE, Prism, Slack, Telegram

GROUP = -1001


def bot_of(server: Telegram, token: str = "") -> Bot:
    """The real client of a server."""
    return Bot(token or server.token, base_url=server.bot_url)


def client_of(server: Slack, token: str = "") -> AsyncWebClient:
    """The real client of a server; it would by default post twice when an answer is lost."""
    return AsyncWebClient(token=token or server.token, base_url=server.url, retry_handlers=[])


def test_postgres_gives_each_test_an_empty_database(postgres_database: str) -> None:
    """A test's database is reached by SQLAlchemy and by psycopg and holds no table."""
    engine = create_engine(postgres_database)
    with engine.connect() as connection:
        assert connection.execute(text("select 1")).scalar() == 1
    engine.dispose()
    with psycopg.connect(postgres_database.replace("+psycopg", "")) as connection:
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert tables == (0,)


async def test_telegram_delivers_again_until_the_offset_confirms(telegram_bot: Telegram) -> None:
    """An update comes back with every poll until a poll's offset passes it."""
    telegram_bot.say(GROUP, "Kestrelo is down again", sender={"username": "mara"})
    async with bot_of(telegram_bot) as bot:
        first, again = await bot.get_updates(), await bot.get_updates()
        assert [u.update_id for u in first] == [u.update_id for u in again]
        assert first[0].message is not None
        assert first[0].message.from_user is not None
        assert (first[0].message.chat.type, first[0].message.from_user.username) == ("supergroup", "mara")
        assert await bot.get_updates(offset=first[0].update_id + 1) == ()


async def test_telegram_holds_a_poll_until_somebody_speaks(telegram_bot: Telegram) -> None:
    """A long poll that finds nothing is answered as soon as a message arrives."""
    async with bot_of(telegram_bot) as bot:
        poll = asyncio.create_task(bot.get_updates(timeout=60))
        while not poll.done():
            # Said until heard: the poll may not have reached the server when the first word is spoken.
            await asyncio.to_thread(telegram_bot.say, GROUP, "hello")
        assert poll.result()


async def test_telegram_ends_the_older_of_two_polls(telegram_bot: Telegram) -> None:
    """Two pollers of one bot are a conflict, as on the real Bot API."""
    async with bot_of(telegram_bot) as one, bot_of(telegram_bot) as two:
        older = asyncio.create_task(one.get_updates(timeout=60))
        while not older.done():
            await two.get_updates(timeout=0)
        with pytest.raises(Conflict):
            older.result()


async def test_telegram_shows_edits_and_only_allowed_kinds(telegram_bot: Telegram) -> None:
    """An edited message keeps its number, and a kind that was not asked for is dropped."""
    number = telegram_bot.say(GROUP, "teh net is down")
    telegram_bot.say(GROUP, "the net is down", kind="edited_message", message_id=number, edit_date=1_800_000_000)
    async with bot_of(telegram_bot) as bot:
        (update,) = await bot.get_updates(allowed_updates=[Update.EDITED_MESSAGE])
    assert update.edited_message is not None
    assert (update.edited_message.message_id, update.edited_message.text) == (number, "the net is down")


async def test_telegram_keeps_what_the_bot_sent(telegram_bot: Telegram) -> None:
    """A reply comes back as a Message, can be edited, and is seen in the chat."""
    number = telegram_bot.say(GROUP, "Is Kestrelo down?")
    async with bot_of(telegram_bot) as bot:
        sent = await bot.send_message(GROUP, "We are on it", reply_to_message_id=number)
        edited = await bot.edit_message_text("It is back", GROUP, sent.message_id)
        with pytest.raises(BadRequest, match="essage to edit not found"):
            await bot.edit_message_text("nothing", GROUP, 999_999)
    assert sent.from_user is not None
    assert sent.from_user.is_bot
    assert (sent.chat.id, not isinstance(edited, bool) and edited.text) == (GROUP, "It is back")
    (seen,) = telegram_bot.sent(GROUP)
    assert (seen["text"], seen["reply_parameters"]["message_id"]) == ("It is back", number)


async def test_telegram_refuses_as_told(telegram_bot: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong token, a flood limit, a ban and a lost answer reach the client as its own errors."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # without it every RetryAfter warns of a deprecation
    with pytest.raises(InvalidToken):
        async with bot_of(telegram_bot, "1001:somebody-else"):
            pass
    telegram_bot.fail("sendMessage", 429, "Too Many Requests: retry after 3", retry_after=3)
    telegram_bot.fail("sendMessage", 403, "Forbidden: bot was kicked from the supergroup chat")
    async with bot_of(telegram_bot) as bot:
        with pytest.raises(RetryAfter):
            await bot.send_message(GROUP, "one")
        with pytest.raises(Forbidden):
            await bot.send_message(GROUP, "two")
        telegram_bot.lose_answer("sendMessage")
        with pytest.raises(NetworkError, match="disconnected"):
            await bot.send_message(GROUP, "three")
    assert [message["text"] for message in telegram_bot.sent(GROUP)] == ["three"]


async def test_slack_returns_the_metadata_of_a_message(slack_server: Slack) -> None:
    """A posted message is found again in the channel's history by its metadata, if that is asked for."""
    client, channel = client_of(slack_server), slack_server.channel("social-triage")
    mark = {"event_type": "overheard_card", "event_payload": {"key": "k1"}}
    posted = await client.chat_postMessage(channel=channel, text="A card", metadata=mark)
    with_it = await client.conversations_history(channel=channel, include_all_metadata=True)
    without = await client.conversations_history(channel=channel)
    later = await client.conversations_history(channel=channel, oldest=posted["ts"])
    found = [entry for entry in with_it["messages"] if entry.get("metadata") == mark]
    assert [(entry["ts"], entry["bot_id"]) for entry in found] == [(posted["ts"], "B0KESTRELO")]
    assert not any("metadata" in entry for entry in without["messages"])
    assert later["messages"] == []


@pytest.mark.parametrize(
    ("token", "channel", "error"),
    [
        ("xoxb-noscope", "support", "missing_scope"),
        ("xoxb-nobody", "support", "invalid_auth"),
        ("xoxb-kestrelo", "random", "not_in_channel"),
        ("xoxb-kestrelo", "board", "channel_not_found"),
    ],
)
async def test_slack_refuses_as_slack_does(slack_server: Slack, token: str, channel: str, error: str) -> None:
    """A missing scope, a wrong token, a channel without the bot and a hidden channel are told apart."""
    with pytest.raises(SlackApiError) as refused:
        await client_of(slack_server, token).chat_postMessage(channel=slack_server.channel(channel), text="A card")
    assert refused.value.response["error"] == error


async def test_slack_pages_backwards_through_a_channel(slack_server: Slack) -> None:
    """The history of a channel comes newest first, in pages, and not past `oldest`."""
    client, channel = client_of(slack_server), slack_server.channel("pager")
    stamps = [(await client.chat_postMessage(channel=channel, text=f"card {n}"))["ts"] for n in range(4)]
    pages = await client.conversations_history(channel=channel, limit=2, oldest=stamps[0])
    seen = [[entry["ts"] for entry in answer["messages"]] async for answer in pages]
    assert seen == [[stamps[3], stamps[2]], [stamps[1]]]


async def test_slack_refuses_an_archived_channel(slack_server: Slack) -> None:
    """Nothing can be posted to a channel that was archived."""
    channel = slack_server.call("conversations.create", name="old-news")["channel"]["id"]
    slack_server.call("conversations.archive", channel=channel)
    with pytest.raises(SlackApiError, match="is_archived"):
        await client_of(slack_server).chat_postMessage(channel=channel, text="A card")


async def test_slack_names_the_scopes_of_a_token(slack_server: Slack) -> None:
    """What a token may do stands in the header of every answer."""
    answer = await client_of(slack_server).auth_test()
    assert answer["bot_id"] == "B0KESTRELO"
    assert answer.headers["x-oauth-scopes"].split(",") == list(SCOPES)


async def test_slack_can_limit_and_lose(slack_server: Slack) -> None:
    """A rate limit carries Retry-After; a lost answer leaves the message in the channel."""
    client, channel = client_of(slack_server), slack_server.channel("support")
    slack_server.fail("chat.postMessage", "ratelimited", status=429, retry_after=3)
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel=channel, text="limited")
    assert limited.value.response.headers["Retry-After"] == "3"
    slack_server.lose_answer("chat.postMessage")
    with pytest.raises(ServerDisconnectedError):
        await client.chat_postMessage(channel=channel, text="lost")
    history = await client.conversations_history(channel=channel)
    assert [message["text"] for message in history["messages"]].count("lost") == 1


@pytest.mark.parametrize(("version", "field"), [("2026-07-06", "tweet.fields"), ("2026-08", "post.fields")])
def test_x_schema_answers_a_search(prism_x: Callable[[str], Prism], version: str, field: str) -> None:
    """X's own schema accepts a search with the field names of its version and refuses one without a token."""
    url = f"{prism_x(version).url}/2/tweets/search/recent"
    query = {"query": "kestrelo", field: "created_at"}
    found = httpx.get(url, params=query, headers={"Authorization": "Bearer b"}, timeout=60)
    assert found.status_code == 200
    assert {"id", "text"} <= set(json.loads(found.text)["data"][0])
    assert httpx.get(url, params=query, timeout=60).status_code == 401


@pytest.mark.parametrize("folder", [HERE, HERE.parent / "bluesky"], ids=lambda folder: folder.name)
def test_lock_file_names_no_host_and_fits_its_package(folder: Path) -> None:
    """The pinned Node packages come from whichever registry the machine is set up for, and are those asked for."""
    text = (folder / "package-lock.json").read_text()
    assert "://" not in text
    asked = json.loads((folder / "package.json").read_text())["dependencies"]
    assert json.loads(text)["packages"][""]["dependencies"] == asked
