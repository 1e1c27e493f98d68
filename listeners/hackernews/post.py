"""What one post of Hacker News says, as a mention. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from listeners.web.plain import plain, unescaped
from listeners.web.window import Post, mark_of
from models.mention import Author, Mention, Reach

MISSHAPEN = (AttributeError, KeyError, OverflowError, OSError, TypeError, ValueError)
"""What a post that is not in the search's shape raises."""


def read_hits(
    fresh: Sequence[tuple[Any, bool]], now: datetime
) -> tuple[tuple[Mention, ...], tuple[tuple[str, str], ...]]:
    """The mentions, each edited now if it was heard before, and what could not be read."""
    mentions, spoiled = [], []
    for hit, heard in fresh:
        try:
            mentions.append(mention_of(hit, now if heard else None))
        except MISSHAPEN as error:
            spoiled.append((mark_of(repr(hit)), f"not in the shape of a post ({type(error).__name__})"))
    return tuple(mentions), tuple(spoiled)


def place_of(hit: Any) -> Post | None:
    """What the window must know; None for what has no id or no moment, which nobody could name again."""
    try:
        return Post(str(int(hit["objectID"])), int(hit["created_at_i"]), mark_of(text_of(hit)))
    except MISSHAPEN:
        return None


def text_of(hit: Mapping[str, Any]) -> str:
    """The author's words, without HTML."""
    if "comment" in hit.get("_tags", ()) or hit.get("comment_text"):
        return plain(hit.get("comment_text") or "")
    parts = (unescaped(hit.get("title") or ""), hit.get("url") or "", plain(hit.get("story_text") or ""))
    return "\n".join(part for part in parts if part)


def mention_of(hit: Mapping[str, Any], edited: datetime | None = None) -> Mention:
    """The mention; raises one of MISSHAPEN."""
    known, posted = str(int(hit["objectID"])), datetime.fromtimestamp(hit["created_at_i"], UTC)
    parent = hit.get("parent_id")
    return Mention(
        channel="hackernews",
        external_id=known,
        author=Author(id=str(hit["author"]), handle=str(hit["author"])),
        text=text_of(hit),
        posted_at=posted,
        url=f"https://news.ycombinator.com/item?id={known}",
        conversation_id=str(hit.get("story_id") or known),
        in_reply_to=str(parent) if parent else None,
        reach=Reach(likes=int(hit.get("points") or 0), replies=int(hit.get("num_comments") or 0)),
        edited_at=max(edited, posted) if edited else None,
    )


def hit_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """The source's names of things in the search's; a comment there does not know its story."""
    words = "comment_text" if item["type"] == "comment" else "story_text"
    named = {"objectID": item["id"], "created_at_i": item["time"], "author": item["by"], words: item.get("text")}
    more = {"title": item.get("title"), "url": item.get("url"), "parent_id": item.get("parent")}
    return named | more | {"points": item.get("score"), "num_comments": item.get("descendants")}
