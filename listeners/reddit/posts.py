"""Reads Reddit's submissions and comments out of its JSON. Asks nobody."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from models.mention import Author, Mention, Reach, storable

GONE = ("[deleted]", "[removed]")
NO_PERSON = frozenset({"automoderator"})
"""Accounts of Reddit itself; of others it does not tell whether they are bots."""
_NAMED = re.compile(r"(?<![\w/])/?u/([\w-]{3,20})", re.IGNORECASE)


def items(listing: Any) -> tuple[list[Mapping[str, Any]], str]:
    """The things on a page, and the name of the next; raises ValueError if it is no page."""
    data = listing.get("data") if isinstance(listing, dict) else None
    if not isinstance(data, dict) or not isinstance(children := data.get("children"), list):
        raise ValueError("it is no listing")
    found = [child["data"] for child in children if isinstance(child, dict) and isinstance(child.get("data"), dict)]
    return found, str(data.get("after") or "")


def mention_of(thing: Mapping[str, Any], site: str) -> Mention:
    """A submission or a comment as a mention; ``site`` is where people read it. Raises ValueError for anything else."""
    name = str(thing.get("name") or "")
    if not re.fullmatch(r"t[13]_[0-9a-z]{1,13}", name):
        raise ValueError("name: not that of a submission or a comment")
    text = words(thing)
    named = {one.lower() for one in _NAMED.findall(text)}
    return Mention(
        channel="reddit",
        external_id=name,
        author=_author(thing),
        text=storable(text),
        posted_at=datetime.fromtimestamp(moment(thing), UTC),
        url=site + str(thing.get("permalink") or f"/comments/{name[3:]}"),
        conversation_id=name if name.startswith("t3_") else str(thing.get("link_id") or ""),
        in_reply_to=str(thing["parent_id"]) if name.startswith("t1_") and thing.get("parent_id") else None,
        reach=Reach(likes=_count(thing, "score"), replies=_count(thing, "num_comments")),
        addressees=frozenset(named),
        repost=bool(thing.get("crosspost_parent")),
        edited_at=datetime.fromtimestamp(edited(thing), UTC) if edited(thing) else None,
    )


def words(thing: Mapping[str, Any]) -> str:
    """The title and the text of a submission, or the text of a comment."""
    parts = (thing.get("title"), thing.get("selftext")) if "title" in thing else (thing.get("body"),)
    return "\n\n".join(part for part in parts if isinstance(part, str) and part.strip())


def moment(thing: Mapping[str, Any]) -> float:
    """When it was posted, in seconds since 1970; raises ValueError where it does not say."""
    at = thing.get("created_utc")
    if isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at) or not 0 < at < 4e9:
        raise ValueError("created_utc: missing or no moment")
    return float(at)


def edited(thing: Mapping[str, Any]) -> float:
    """When it was edited last, 0 for never; of old edits Reddit only says that there was one."""
    at = thing.get("edited")
    good = isinstance(at, int | float) and not isinstance(at, bool) and 0 < at < 4e9
    return float(at) if good and at else 0.0


def is_gone(thing: Mapping[str, Any]) -> bool:
    """Whether its author or a moderator has taken it down: the place stays, without the words."""
    text = str(thing.get("selftext") or "") if "title" in thing else str(thing.get("body") or "")
    return text in GONE or bool(thing.get("removed_by_category"))


def _author(thing: Mapping[str, Any]) -> Author:
    handle = str(thing.get("author") or "")
    if handle in ("", *GONE):
        return Author()
    return Author(str(thing.get("author_fullname") or handle), handle, bot=handle.lower() in NO_PERSON)


def _count(thing: Mapping[str, Any], name: str) -> int:
    value = thing.get(name)
    return max(0, value) if isinstance(value, int) else 0
