"""Telegram messages become mentions: who, what, in which thread, and to whom. Every example is in Telegram's schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Message

from listeners.telegram.message import mention_of
from models.mention import Author, Mention
from tests.fakes import telegram_schema
from tests.fakes.telegram_server import BOT, GROUP, PERSON

CHANNEL = {"id": -1002, "type": "channel", "title": "Kestrelo news", "username": "kestrelo_news"}
FORUM = GROUP | {"is_forum": True}
PRIVATE = {"id": 7, "type": "private", "first_name": "Mara"}
BRANDS = frozenset({"kestrelo"})
TOLD = {"kestrelo_bot", *BRANDS}
"""Whom somebody addresses who speaks to the bot."""
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]


def heard(**content: Any) -> Mention | None:
    """What a message of Mara in the group says, unless ``content`` says otherwise; None leaves a field out."""
    basic = {"message_id": 50, "date": 1_772_452_800, "chat": GROUP, "from": PERSON, "text": "still down"}
    raw = {name: value for name, value in (basic | content).items() if value is not None}
    if telegram_schema.spec_path().is_file():
        assert telegram_schema.faults("Message", raw) == []
    return mention_of(Message.de_json(raw, None), "Kestrelo_Bot", BRANDS)


def mention(**content: Any) -> Mention:
    """The mention of a message that must be one."""
    found = heard(**content)
    assert found is not None
    return found


def tag(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    """An entity of a text; offset and length count UTF-16 units."""
    return {"type": kind, "offset": offset, "length": length} | more


def test_the_schema_is_at_hand() -> None:
    """Without the published schema the examples here are only our own idea of Telegram."""
    if not telegram_schema.spec_path().is_file():
        pytest.skip("no telegram-bot-api.json.gz: set OVERHEARD_SPECS to the folder that holds it")


def test_a_group_message_is_a_mention() -> None:
    """Who, what, when and where arrive; the user's language is not taken for the text's."""
    assert mention(**{"from": PERSON | {"language_code": "de"}}) == Mention(
        "telegram", "-1001880001:50", Author("7", "MaraV", "Mara Venn"), "still down",
        datetime(2026, 3, 2, 12, tzinfo=UTC), url="https://t.me/c/1880001/50", conversation_id="-1001880001:50",
    )  # fmt: skip


def test_a_channel_post_is_the_channels() -> None:
    """A channel is the author of its posts, and a chat with a name is linked by that name."""
    post = mention(**{"from": None}, chat=CHANNEL, sender_chat=CHANNEL, author_signature="Ines")
    assert (post.author, post.url) == (
        Author("-1002", "kestrelo_news", "Kestrelo news"),
        "https://t.me/kestrelo_news/50",
    )


def test_an_anonymous_admin_is_the_chat() -> None:
    """Behind an anonymous admin stands a stand-in bot, which is not the author."""
    stand_in = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    assert mention(**{"from": stand_in}, sender_chat=GROUP).author == Author("-1001880001", "", "Neighbours")


def test_a_post_of_nobody_is_anonymous() -> None:
    """A message without any sender is heard, as anonymous."""
    assert mention(**{"from": None}).author == Author()


def test_a_bot_is_seen_as_one() -> None:
    """What another bot posts is marked, so that bots do not talk to bots."""
    assert mention(**{"from": BOT}).author.bot


def test_mentions_behind_an_emoji_are_found() -> None:
    """Offsets count UTF-16 units, so an emoji before a handle moves nothing."""
    named = tag("text_mention", 16, 4, user={**PERSON, "id": 8, "username": "Ines"})
    found = mention(text="📵📵😡@Kestrelo Ines", entities=[tag("mention", 6, 9), named])
    assert found.addressees == {"kestrelo", "ines"}


def test_a_caption_is_read_like_a_text() -> None:
    """A photo's caption is the text, with its mentions; a photo without one is no post."""
    found = mention(text=None, photo=PHOTO, caption="@kestrelo smokes", caption_entities=[tag("mention", 0, 9)])
    assert (found.text, found.addressees) == ("@kestrelo smokes", {"kestrelo"})
    assert heard(text=None, photo=PHOTO) is None


@pytest.mark.parametrize(
    ("text", "offset", "length", "names"),
    [
        ("/stop", 0, 5, TOLD),
        ("/stop@Kestrelo_Bot", 0, 18, TOLD),
        ("/status@Other_Bot", 0, 17, {"other_bot"}),
        ("seen on /r/kestrelo", 8, 2, set()),
    ],
)
def test_a_command_addresses_its_bot(text: str, offset: int, length: int, names: set[str]) -> None:
    """A command is to the bot that it names, or to ours and so to the brand if it opens the message and names none."""
    assert mention(text=text, entities=[tag("bot_command", offset, length)]).addressees == names


def test_a_private_chat_addresses_the_brand() -> None:
    """Who writes to the bot itself speaks to the brand, in one conversation."""
    found = mention(chat=PRIVATE)
    assert (found.addressees, found.conversation_id, found.url) == (TOLD, "7", "")


def test_the_bots_name_in_a_group_addresses_the_brand() -> None:
    """Who names the bot in a group, in any case of letters, speaks to the brand; who names another does not."""
    assert mention(text="@kestrelo_bot stop", entities=[tag("mention", 0, 13)]).addressees == TOLD
    assert mention(text="@finchly_bot stop", entities=[tag("mention", 0, 12)]).addressees == {"finchly_bot"}


ANSWERED = {"message_id": 40, "date": 1_772_450_000, "chat": GROUP, "from": BOT, "text": "On it"}


@pytest.mark.parametrize(
    ("content", "conversation", "parent"),
    [
        ({}, 50, None),
        ({"reply_to_message": ANSWERED}, 40, 40),
        ({"reply_to_message": ANSWERED, "message_thread_id": 30}, 30, 40),
        ({"chat": FORUM, "is_topic_message": True, "message_thread_id": 20}, 50, None),
        ({"chat": FORUM, "is_topic_message": True, "message_thread_id": 40, "reply_to_message": ANSWERED}, 50, None),
        ({"chat": FORUM, "is_topic_message": True, "message_thread_id": 20, "reply_to_message": ANSWERED}, 40, 40),
    ],
    ids=["alone", "reply", "reply in a chain", "in a topic", "first level of a topic", "reply in a topic"],
)
def test_a_thread_is_a_chain_of_replies(content: dict[str, Any], conversation: int, parent: int | None) -> None:
    """Neither a busy group nor a topic is one thread; a chain of replies is, and one to the bot is to the brand."""
    found = mention(**content)
    assert found.conversation_id == f"{GROUP['id']}:{conversation}"
    assert found.in_reply_to == (f"{GROUP['id']}:{parent}" if parent else None)
    assert found.addressees == (TOLD if parent else set())
    assert "?" not in found.url


def test_a_reply_to_a_channel_addresses_the_channel() -> None:
    """A comment under a channel's post speaks to the channel, not to Telegram's stand-in user."""
    stand_in = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
    forwarded = ANSWERED | {"from": stand_in, "sender_chat": CHANNEL, "is_automatic_forward": True}
    assert mention(reply_to_message=forwarded, message_thread_id=40).addressees == {"kestrelo_news"}


@pytest.mark.parametrize(
    ("origin", "repost"),
    [
        (None, False),
        ({"type": "user", "sender_user": PERSON}, False),
        ({"type": "user", "sender_user": PERSON | {"id": 8}}, True),
        ({"type": "hidden_user", "sender_user_name": "Ines"}, True),
        ({"type": "channel", "chat": CHANNEL, "message_id": 3}, True),
    ],
)
def test_forwarded_words_are_a_repost(origin: dict[str, Any] | None, repost: bool) -> None:
    """Somebody else's words are a repost; one's own words, forwarded, are not."""
    assert mention(forward_origin=origin and origin | {"date": 1_772_450_000}).repost is repost
