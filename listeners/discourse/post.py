"""What one post of a Discourse forum says, as a mention. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from listeners.web.plain import plain, unescaped
from models.mention import Author, Mention, Reach

QUOTES = frozenset(("quote", "onebox"))
"""Parts of a post that others have written."""
MISSHAPEN = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
"""What a post that is not in the API's shape raises."""
_CALLED = re.compile(r'<a class="mention"[^>]*>@([\w.-]+)</a>')


def mention_of(raw: Mapping[str, Any], url: str, host: str, edited: datetime | None = None) -> Mention | None:
    """The mention; None for what its author has deleted or the community has hidden, and for what is no post.

    ``url`` is the forum's. ``edited`` is when we saw that it had changed, for a change that the forum does not count.
    Raises one of MISSHAPEN for a post that is not in the API's shape.
    """
    if raw.get("hidden") or raw.get("user_deleted") or raw.get("post_type", 1) != 1:
        return None
    topic, place = int(raw["topic_id"]), int(raw["post_number"])
    posted = _moment(raw["created_at"])
    if int(raw.get("version") or 1) > 1:
        edited = max(edited, _moment(raw["updated_at"])) if edited else _moment(raw["updated_at"])
    parent = raw.get("reply_to_post_number")
    number = int(raw["user_id"])
    return Mention(
        channel="discourse",
        external_id=f"{host}/{int(raw['id'])}",
        author=Author(f"{host}/{number}", str(raw["username"]), str(raw.get("name") or ""), bot=number < 0),
        text=text_of(raw),
        posted_at=posted,
        url=f"{url}/t/{raw.get('topic_slug') or '-'}/{topic}/{place}",
        conversation_id=f"{host}/t/{topic}",
        in_reply_to=f"{host}/t/{topic}/{int(parent)}" if parent else None,
        reach=Reach(likes=_likes(raw), replies=int(raw.get("reply_count") or 0)),
        addressees=_addressees(raw),
        edited_at=max(edited, posted) if edited else None,
    )


def text_of(raw: Mapping[str, Any]) -> str:
    """The author's words; those of the topic's title too where the post opens it."""
    title = unescaped(str(raw.get("topic_title") or "")) if raw.get("post_number") == 1 else ""
    return "\n".join(part for part in (title, plain(raw["cooked"], QUOTES)) if part)


def _addressees(raw: Mapping[str, Any]) -> frozenset[str]:
    """Whom the forum notifies: who is called by name, and who is answered."""
    called = {name.lower() for name in _CALLED.findall(raw["cooked"])}
    answered = (raw.get("reply_to_user") or {}).get("username")
    return frozenset(called | ({str(answered).lower()} if answered else set()))


def _likes(raw: Mapping[str, Any]) -> int:
    """Action 2 is a like: https://meta.discourse.org/t/22706."""
    return next((int(done.get("count") or 0) for done in raw.get("actions_summary") or () if done.get("id") == 2), 0)


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)
