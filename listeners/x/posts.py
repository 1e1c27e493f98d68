"""Reads X's posts out of its JSON, under the field names before and after August 2026. Asks nobody."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models.mention import Author, Mention, Reach, storable

_EPOCH_MS = 1_288_834_974_657
"""When X's ids begin; an id's upper bits are milliseconds since then."""
_FIRST_TIMED_ID = 1 << 40

_NO_LANGUAGE = frozenset({"und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"})
_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of search results. ``spoiled`` holds a digest and the fault of each post that could not be read."""

    mentions: tuple[Mention, ...]
    spoiled: tuple[tuple[str, str], ...]
    posts: int
    users: int
    newest: str
    next_token: str


def read_page(body: bytes, own: Mapping[str, str]) -> Page:
    """Parse one answer; ``own`` maps the brand's own account ids to its handle. Raises ValueError if it is no page."""
    try:
        page = json.loads(body)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(page, dict) or not ("data" in page or "meta" in page):
        raise ValueError("neither posts nor a summary in it")
    items = page.get("data") or []
    if not isinstance(items, list):
        raise ValueError("its posts are not a list")
    users, authors = _included(_table(page.get("includes")))
    mentions: list[Mention] = []
    spoiled: list[tuple[str, str]] = []
    for item in items:
        try:
            mentions.append(_mention(item, users, authors, own))
        except (ValueError, OverflowError) as error:
            spoiled.append((_digest(item), str(error)))
    meta = _table(page.get("meta"))
    return Page(
        tuple(mentions),
        tuple(spoiled),
        len(items),
        len(users),
        _newest(meta, items),
        str(meta.get("next_token") or ""),
    )


def posted(identifier: str) -> datetime | None:
    """The moment that is in an id; None for ids older than timed ones."""
    number = int(identifier)
    return datetime.fromtimestamp(((number >> 22) + _EPOCH_MS) / 1000, UTC) if number >= _FIRST_TIMED_ID else None


def _mention(item: Any, users: Mapping[str, Any], authors: Mapping[str, str], own: Mapping[str, str]) -> Mention:
    if not isinstance(item, dict):
        raise ValueError("not an object")
    identifier = _id(item.get("id"))
    if not identifier:
        raise ValueError("id: missing or not a number")
    note = _table(item.get("note_tweet") or item.get("note_post"))
    text = note.get("text") or item.get("text")
    if not isinstance(text, str):
        raise ValueError("text: missing or not text")
    history = item.get("edit_history_tweet_ids") or item.get("edit_history_post_ids")
    versions = [version for version in map(_id, _list(history)) if version]
    first = min([identifier, *versions], key=int)
    references = _references(item)
    author = _author(item, users, own)
    metrics = _table(item.get("public_metrics"))
    return Mention(
        channel="x",
        # An edit is a new post to X; by its first version's id it is the same mention to us.
        external_id=first,
        author=author,
        text=storable(html.unescape(text)),
        posted_at=_moment(item, identifier),
        url=f"https://x.com/{author.handle or 'i'}/status/{identifier}",
        conversation_id=_id(item.get("conversation_id")),
        in_reply_to=references.get("replied_to"),
        lang=_language(item.get("lang")),
        reach=Reach(
            likes=_count(metrics, "like_count"),
            reposts=_count(metrics, "retweet_count", "repost_count"),
            replies=_count(metrics, "reply_count"),
        ),
        addressees=_addressees(item, note, own),
        quotes=_handle(authors.get(references.get("quoted", ""), ""), users, own),
        repost="retweeted" in references,
        edited_at=posted(identifier) if int(identifier) > int(first) else None,
    )


def _author(item: Mapping[str, Any], users: Mapping[str, Any], own: Mapping[str, str]) -> Author:
    identifier = _id(item.get("author_id"))
    if not identifier:
        return Author(handle=str(item.get("username") or ""))
    user = _table(users.get(identifier))
    followers = _table(user.get("public_metrics")).get("followers_count")
    return Author(
        id=identifier,
        handle=own.get(identifier) or str(user.get("username") or item.get("username") or ""),
        name=storable(str(user.get("name") or "")),
        followers=followers if isinstance(followers, int) else None,
    )


def _addressees(item: Mapping[str, Any], note: Mapping[str, Any], own: Mapping[str, str]) -> frozenset[str]:
    named = [*_mentioned(item), *_mentioned(note)]
    answered = own.get(_id(item.get("in_reply_to_user_id")))
    return frozenset(name.lower() for name in (*named, answered) if name)


def _mentioned(item: Mapping[str, Any]) -> list[str]:
    listed = _list(_table(item.get("entities")).get("mentions"))
    return [str(_table(entity).get("username") or "") for entity in listed]


def _references(item: Mapping[str, Any]) -> dict[str, str]:
    """Ids of the posts that this one refers to, by X's kind of reference."""
    listed = _list(item.get("referenced_tweets") or item.get("referenced_posts"))
    return {str(_table(one).get("type")): _id(_table(one).get("id")) for one in listed}


def _included(includes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Users by id, and the author's id of each included post."""
    users = {_id(_table(user).get("id")): user for user in _list(includes.get("users"))}
    posts = [_table(post) for key in ("tweets", "posts") for post in _list(includes.get(key))]
    return users, {_id(post.get("id")): _id(post.get("author_id")) for post in posts}


def _handle(identifier: str, users: Mapping[str, Any], own: Mapping[str, str]) -> str | None:
    """A user's handle in lower case, if it is known."""
    handle = own.get(identifier) or str(_table(users.get(identifier)).get("username") or "")
    return handle.lower() or None


def _moment(item: Mapping[str, Any], identifier: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(item.get("created_at")))
    except ValueError:
        known = posted(identifier)
        if known is None:
            raise ValueError("created_at: missing or not a moment") from None
        return known
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _newest(meta: Mapping[str, Any], items: list[Any]) -> str:
    """The greatest id of the page, spoiled posts too; "" for a page without any."""
    known = [_id(meta.get("newest_id")), *(_id(_table(item).get("id")) for item in items)]
    return max((identifier for identifier in known if identifier), key=int, default="")


def _id(value: Any) -> str:
    """An id as X writes them, "" for anything else."""
    text = str(value)
    return text if text.isascii() and text.isdigit() and len(text) <= 19 else ""


def _language(code: Any) -> str | None:
    if not isinstance(code, str) or not code or code in _NO_LANGUAGE:
        return None
    return _OLD_CODES.get(code, code)


def _count(metrics: Mapping[str, Any], *names: str) -> int:
    return next((max(0, value) for name in names if isinstance(value := metrics.get(name), int)), 0)


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _digest(item: Any) -> str:
    return hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()[:16]
