"""What one Telegram message says, as a mention. Pure: it asks nobody and keeps nothing."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from models.mention import Author, Mention

if TYPE_CHECKING:
    from telegram import Message

CHANNEL = "telegram"
TAGS = ("mention", "text_mention", "bot_command")


def mention_of(message: Message, bot: str, brands: frozenset[str]) -> Mention | None:
    """The mention; None where there are no words. ``bot`` is the bot's own handle.

    ``brands`` are the brands' handles: who speaks to the bot, in private or in a group, addresses them all.
    """
    text = message.text or message.caption
    if not text:
        return None
    chat, parent = message.chat, _parent(message)
    private = chat.type == chat.PRIVATE
    names = _addressees(message, parent, bot) | ({bot.lower()} if private else set())
    return Mention(
        channel=CHANNEL,
        external_id=f"{chat.id}:{message.message_id}",
        author=_author(message),
        text=text,
        posted_at=message.date.astimezone(UTC),
        url=(message.link or "").partition("?")[0],
        conversation_id=str(chat.id) if private else f"{chat.id}:{_root(message, parent)}",
        in_reply_to=f"{chat.id}:{parent.message_id}" if parent else None,
        addressees=names | (brands if bot.lower() in names else frozenset()),
        repost=_forwarded(message),
        edited_at=message.edit_date and message.edit_date.astimezone(UTC),
    )


def _author(message: Message) -> Author:
    """A channel or an anonymous admin writes as a chat; the user beside it is then a stand-in."""
    chat, user = message.sender_chat, message.from_user
    if chat is not None:
        return Author(str(chat.id), chat.username or "", chat.title or "")
    if user is not None:
        return Author(str(user.id), user.username or "", user.full_name, bot=user.is_bot)
    return Author()


def _parent(message: Message) -> Message | None:
    """What it answers; every first-level message of a topic formally answers the topic's opening."""
    parent = message.reply_to_message
    opening = parent is not None and message.is_topic_message and parent.message_id == message.message_thread_id
    return None if opening else parent


def _root(message: Message, parent: Message | None) -> int:
    """The message that began the visible thread. A busy group or topic is none: people there talk past each other."""
    if parent is None:
        return message.message_id
    # Outside topics, Telegram gives the head of the whole chain of replies, at least in supergroups.
    head = None if message.is_topic_message else message.message_thread_id
    return head or parent.message_id


def _addressees(message: Message, parent: Message | None, bot: str) -> frozenset[str]:
    """Whom Telegram notifies."""
    names = {_author(parent).handle} if parent else set()
    # Offsets count UTF-16 units; the SDK translates them.
    parse = message.parse_entities if message.text else message.parse_caption_entities
    for entity, words in parse(list(TAGS)).items():
        if entity.type == entity.TEXT_MENTION:
            names.add((entity.user and entity.user.username) or "")
        elif "@" in words:
            names.add(words.rpartition("@")[2])
        elif entity.offset == 0:  # "/r/kestrelo" further on is also tagged as a command
            names.add(bot)
    return frozenset(name.lower() for name in names if name)


def _forwarded(message: Message) -> bool:
    """Whether the words are somebody else's; forwarding one's own counts as writing."""
    origin = message.forward_origin
    sender = getattr(origin, "sender_user", None)
    return origin is not None and not (sender and message.from_user and sender.id == message.from_user.id)
