"""What one question of a Stack Exchange site says, as a mention. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from listeners.web.plain import plain, unescaped
from listeners.web.window import Post, mark_of
from models.mention import Author, Mention, Reach

MISSHAPEN = (AttributeError, KeyError, OverflowError, OSError, TypeError, ValueError)
"""What a question that is not in the API's shape raises."""


def read_questions(
    fresh: Sequence[tuple[Any, bool]], site: str, now: datetime
) -> tuple[tuple[Mention, ...], tuple[tuple[str, str], ...]]:
    """The mentions, each edited now at the latest if it was heard before, and what could not be read."""
    mentions, spoiled = [], []
    for raw, heard in fresh:
        try:
            mentions.append(mention_of(raw, site, now if heard else None))
        except MISSHAPEN as error:
            spoiled.append((mark_of(repr(raw)), f"not in the shape of a question ({type(error).__name__})"))
    return tuple(mentions), tuple(spoiled)


def place_of(raw: Any, site: str) -> Post | None:
    """What the window must know; None for what has no id or no moment."""
    try:
        return Post(f"{site}/{int(raw['question_id'])}", int(raw["creation_date"]), mark_of(text_of(raw)))
    except MISSHAPEN:
        return None


def text_of(raw: Mapping[str, Any]) -> str:
    """The author's words, without HTML."""
    return "\n".join(part for part in (unescaped(raw.get("title") or ""), plain(raw.get("body") or "")) if part)


def mention_of(raw: Mapping[str, Any], site: str, changed: datetime | None = None) -> Mention:
    """The mention; raises one of MISSHAPEN. ``changed`` is when we saw a change that the site does not count."""
    known = f"{site}/{int(raw['question_id'])}"
    # Whose account was deleted has no id any more, only a name.
    owner = raw.get("owner") or {}
    name, number = unescaped(owner.get("display_name") or ""), owner.get("user_id")
    posted = datetime.fromtimestamp(raw["creation_date"], UTC)
    edited = datetime.fromtimestamp(raw["last_edit_date"], UTC) if raw.get("last_edit_date") else changed
    return Mention(
        channel="stackexchange",
        external_id=known,
        author=Author(id=f"{site}/{number}", handle=f"{site}/{number}", name=name) if number else Author(name=name),
        text=text_of(raw),
        posted_at=posted,
        url=str(raw.get("link") or ""),
        conversation_id=known,
        reach=Reach(likes=max(int(raw.get("score") or 0), 0), replies=int(raw.get("answer_count") or 0)),
        edited_at=max(edited, posted) if edited else None,
    )
