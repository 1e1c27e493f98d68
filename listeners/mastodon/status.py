"""What one status of a Mastodon server says, as a mention. Pure: it asks nobody and keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from listeners.web.plain import LONGEST, pieces, signs
from models.mention import Author, Mention, Reach

CHANNEL = "mastodon"
OPEN = ("public", "unlisted")
"""The visibilities that anybody may read; all others are letters, and letters are not heard."""
MISSHAPEN = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)
"""What a status that is not in the API's shape raises."""
_BREAKS = {"br": "\n", "p": "\n\n", "li": "\n", "blockquote": "\n"}
_ENDS = dict.fromkeys(("ul", "ol", "blockquote", "pre"), "\n")


def mention_of(status: Mapping[str, Any], domain: str, thread: tuple[str, str] | None = None) -> Mention | None:
    """The mention; None for a letter. Raises one of MISSHAPEN for a status that is not in the API's shape.

    ``domain`` is the server's, which it leaves out of the addresses of its own accounts. ``thread`` holds the
    ActivityPub ids of the first post of the conversation and of the one that is answered, where they are known.
    """
    shared = status.get("reblog")
    if shared:
        return _mention(shared, domain, None, status["account"], repost=True) if _is_open(status) else None
    return _mention(status, domain, thread, status["account"]) if _is_open(status) else None


def _is_open(status: Mapping[str, Any]) -> bool:
    return status["visibility"] in OPEN


def _mention(
    status: Mapping[str, Any],
    domain: str,
    thread: tuple[str, str] | None,
    account: Mapping[str, Any],
    repost: bool = False,
) -> Mention:
    root, parent = thread or ("", None)
    edited = status.get("edited_at")
    quoted = (status.get("quote") or {}).get("quoted_status")
    return Mention(
        channel=CHANNEL,
        external_id=_text(status["uri"]),
        author=_author(account, domain),
        text=words_of(status),
        posted_at=moment(status["created_at"]),
        url=_text(status.get("url") or status["uri"]),
        conversation_id=root,
        in_reply_to=parent,
        lang=str(status.get("language") or "") or None,
        reach=Reach(*(int(status.get(f"{kind}_count") or 0) for kind in ("favourites", "reblogs", "replies"))),
        addressees=frozenset(address(person["acct"], domain) for person in status.get("mentions") or ()),
        quotes=address(quoted["account"]["acct"], domain) if quoted else None,
        repost=repost,
        edited_at=moment(edited) if edited else None,
    )


def _author(account: Mapping[str, Any], domain: str) -> Author:
    """Ids differ from server to server, the address does not: https://docs.joinmastodon.org/entities/Account/#acct."""
    name = address(account["acct"], domain)
    followers = account.get("followers_count")
    return Author(
        id=name,
        handle=name,
        name=str(account.get("display_name") or ""),
        followers=followers if isinstance(followers, int) and followers >= 0 else None,
        bot=bool(account.get("bot")),
    )


def address(acct: str, domain: str) -> str:
    """An account's address, "name@server" in lower case."""
    return (acct if "@" in acct else f"{acct}@{domain}").lower()


def moment(value: str) -> datetime:
    """A moment of the API in UTC."""
    found = datetime.fromisoformat(value)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def words_of(status: Mapping[str, Any]) -> str:
    """The words as a reader sees them, the content warning first."""
    return "\n\n".join(part for part in (str(status.get("spoiler_text") or ""), words(status["content"])) if part)


def words(html: str) -> str:
    """The text of a status' HTML: https://docs.joinmastodon.org/spec/activitypub/#sanitization.

    Links are whole, also where the server shows only their middle.
    """
    parts: list[str] = []
    for said, name, ends, _ in pieces(html[:LONGEST]):
        parts += [signs(said), (_ENDS if ends else _BREAKS).get(name, "")]
    lines = (" ".join(line.split(" ")) for line in "".join(parts).split("\n"))
    return "\n".join(line.rstrip() for line in lines).strip()


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value
