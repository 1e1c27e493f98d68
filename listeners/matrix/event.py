"""What one event of a Matrix room says, as a mention. Pure: it asks nobody and keeps nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from models.mention import Author, Mention

CHANNEL = "matrix"
WORDS = ("m.text", "m.notice", "m.emote", "m.image", "m.video", "m.file", "m.audio")
"""The kinds of message whose body a person reads."""
MISSHAPEN = (AttributeError, KeyError, OSError, OverflowError, TypeError, ValueError)
"""What an event that is not in the specification's shape raises."""


def mention_of(room: str, event: Mapping[str, Any], me: str, brands: Collection[str], private: bool) -> Mention | None:
    """The mention; None for what holds no words. Raises one of MISSHAPEN for what is not in the shape.

    ``me`` is the bot's user id; who speaks to the bot, or alone with it, addresses all ``brands``. An edit has the id
    of what it edits: https://spec.matrix.org/latest/client-server-api/#event-replacements.
    """
    content = event["content"]
    relation = content.get("m.relates_to") or {}
    replaces = str(relation["event_id"]) if relation.get("rel_type") == "m.replace" else ""
    said = content["m.new_content"] if replaces else content
    if event["type"] != "m.room.message" or said.get("msgtype") not in WORDS or not said.get("body"):
        return None
    sender, moment = _sender(event), datetime.fromtimestamp(event["origin_server_ts"] / 1000, UTC)
    names = frozenset(str(name) for name in (content.get("m.mentions") or {}).get("user_ids") or ())
    handles = frozenset(name.lstrip("@").lower() for name in names)
    spoken_to = private or me in names or me in str(said["body"])
    answered = (relation.get("m.in_reply_to") or {}).get("event_id")
    # In a thread, the fallback for old clients points at the thread's last message.
    parent = None if relation.get("is_falling_back") else answered
    root = relation["event_id"] if relation.get("rel_type") == "m.thread" else answered
    identifier = replaces or str(event["event_id"])
    return Mention(
        channel=CHANNEL,
        external_id=f"{room}/{identifier}",
        author=Author(sender, sender.lstrip("@"), bot=said["msgtype"] == "m.notice"),
        text=_own_words(str(said["body"])) if answered else str(said["body"]),
        posted_at=moment,
        url=f"https://matrix.to/#/{room}/{identifier}",
        conversation_id=room if private else f"{room}/{root or identifier}",
        in_reply_to=f"{room}/{parent}" if parent else None,
        addressees=handles | (frozenset(brands) | {me.lstrip("@").lower()} if spoken_to else frozenset()),
        edited_at=moment if replaces else None,
    )


def _sender(event: Mapping[str, Any]) -> str:
    sender = event["sender"]
    if not isinstance(sender, str) or not sender.startswith("@"):
        raise ValueError("no user id")
    return sender


def _own_words(body: str) -> str:
    """Without the quote that older clients put before an answer."""
    lines = body.split("\n")
    while lines and lines[0].startswith("> "):
        lines.pop(0)
    return "\n".join(lines).strip() or body


def redacted(event: Mapping[str, Any]) -> str:
    """The id of the event that a redaction takes back; before room version 11 it stood beside the content."""
    return str(event["content"].get("redacts") or event.get("redacts") or "")
