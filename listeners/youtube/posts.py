"""Reads YouTube's comments out of its JSON (Data API v3, resource ``comment``). Asks nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from models.mention import Author, Mention, Reach, storable

_NAMED = re.compile(r"(?<![\w@])@([\w.·-]{3,30})")


def comments(thread: Any) -> Iterator[tuple[Mapping[str, Any], int]]:
    """A thread's first comment and the replies that came with it, each with its number of replies."""
    said = _table(_table(thread).get("snippet"))
    if top := _table(said.get("topLevelComment")):
        yield top, _count(said.get("totalReplyCount"))
    listed = _table(_table(thread).get("replies")).get("comments")
    for reply in listed if isinstance(listed, list) else []:
        yield _table(reply), 0


def mention_of(comment: Mapping[str, Any], replies: int, video: str = "") -> Mention:
    """A comment as a mention; raises ValueError for anything else. ``video`` stands in where a reply names none."""
    identifier, said = str(comment.get("id") or ""), _table(comment.get("snippet"))
    if not re.fullmatch(r"[\w.-]{1,200}", identifier):
        raise ValueError("id: missing or not one of YouTube's")
    text = said.get("textOriginal") or said.get("textDisplay")
    if not isinstance(text, str):
        raise ValueError("text: missing or not text")
    parent = str(said.get("parentId") or "")
    posted, edited = moment(said.get("publishedAt")), moment(said.get("updatedAt"))
    if posted is None:
        raise ValueError("publishedAt: missing or no moment")
    video = str(said.get("videoId") or video)
    return Mention(
        channel="youtube",
        external_id=identifier,
        author=_author(said),
        text=storable(text),
        posted_at=posted,
        url=f"https://www.youtube.com/watch?v={video}&lc={identifier}" if video else "",
        # A reply's id is its thread's and its own, joined by a dot.
        conversation_id=parent or identifier,
        in_reply_to=parent or None,
        reach=Reach(likes=_count(said.get("likeCount")), replies=replies),
        addressees=frozenset(name.lower() for name in _NAMED.findall(text)),
        edited_at=edited if edited and edited > posted else None,
    )


def moment(text: Any) -> datetime | None:
    """RFC 3339 in UTC; None for anything else."""
    try:
        at = datetime.fromisoformat(str(text))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        return None


def _author(said: Mapping[str, Any]) -> Author:
    name = storable(str(said.get("authorDisplayName") or ""))
    identifier = str(_table(said.get("authorChannelId")).get("value") or "")
    handle = name.removeprefix("@") if name.startswith("@") else ""
    return Author(identifier, handle, name) if identifier else Author(handle=handle, name=name)


def _count(value: Any) -> int:
    return max(0, value) if isinstance(value, int) else 0


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
