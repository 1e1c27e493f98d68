"""What one post on Bluesky says, as a mention. Pure: it asks nobody and keeps nothing.

Ids are at:// URIs with the author's DID, the same through the stream and the search. Handles change and the stream has
none, so ``own`` says which handle of a brand's own accounts belongs to which DID.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from models.mention import Author, Mention, Reach

CHANNEL = "bluesky"
POSTS = "app.bsky.feed.post"
BOT, SIGNED_IN = "bot", "!no-unauthenticated"
"""Labels that an account gives itself: https://atproto.com/specs/label."""

Own = Mapping[str, str]


def uri_of(did: str, rkey: str) -> str:
    """The id of a post."""
    return f"at://{did}/{POSTS}/{rkey}"


def did_of(uri: object) -> str:
    """Whose post it is; empty for what is no at:// URI."""
    scheme, _, rest = uri.partition("://") if isinstance(uri, str) else ("", "", "")
    return rest.partition("/")[0] if scheme == "at" else ""


def mention_of(
    uri: str, record: Mapping[str, Any], author: Author, moment: datetime, own: Own, *, edited: bool = False
) -> Mention:
    """The mention. ``moment`` is when the network saw it; raises ValueError or TypeError for what is no post."""
    text = record["text"]
    if not isinstance(text, str):
        raise TypeError("the text is no text")
    reply = record.get("reply") or {}
    langs = record.get("langs") or [None]
    quoted = did_of(_quoted(record.get("embed") or {}))
    return Mention(
        channel=CHANNEL,
        external_id=uri,
        author=author,
        text=text,
        # Authors' programs may write any date; the network sorts by the earlier one too.
        posted_at=min(_created(record) or moment, moment),
        url=f"https://bsky.app/profile/{did_of(uri)}/post/{uri.rpartition('/')[2]}",
        conversation_id=str((reply.get("root") or {}).get("uri") or uri),
        in_reply_to=str((reply.get("parent") or {}).get("uri") or "") or None,
        lang=str(langs[0]).partition("-")[0].lower() if langs[0] else None,
        addressees=frozenset(name.lower() for did in _spoken_to(record) if did for name in (did, own.get(did, did))),
        quotes=own.get(quoted, quoted) or None,
        edited_at=moment if edited else None,
    )


def of_view(view: Mapping[str, Any], own: Own) -> Mention:
    """The mention of a post as the network's index shows it, with its author and reach; raises as ``mention_of``."""
    uri, moment = str(view["uri"]), read_moment(view["indexedAt"])
    if not did_of(uri) or moment is None:
        raise ValueError("no id or no moment")
    reach = Reach(*(int(view.get(f"{what}Count") or 0) for what in ("like", "repost", "reply")))
    return replace(mention_of(uri, view["record"], author_of(view["author"], own), moment, own), reach=reach)


def author_of(profile: Mapping[str, Any], own: Own) -> Author:
    """Who an account is; what is known of the brand's own accounts holds where the profile gives no handle."""
    did, handle = str(profile["did"]), str(profile.get("handle") or "")
    followers = profile.get("followersCount")
    return Author(
        id=did,
        handle=own.get(did) or ("" if handle == "handle.invalid" else handle),
        name=str(profile.get("displayName") or ""),
        followers=followers if isinstance(followers, int) and followers >= 0 else None,
        bot=BOT in labels(profile),
    )


def labels(profile: Mapping[str, Any]) -> frozenset[str]:
    """What an account says of itself; others' labels are their opinion."""
    given = profile.get("labels")
    told = [label for label in given if isinstance(label, dict)] if isinstance(given, list) else []
    return frozenset(str(label.get("val")) for label in told if label.get("src") == profile.get("did"))


def read_moment(value: object) -> datetime | None:
    """A moment in UTC; None for what is none."""
    try:
        moment = datetime.fromisoformat(str(value))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _created(record: Mapping[str, Any]) -> datetime | None:
    return read_moment(record.get("createdAt"))


def _spoken_to(record: Mapping[str, Any]) -> Iterator[str]:
    """The DIDs of who is mentioned or answered. What a mention is called in the text may lie."""
    yield did_of(((record.get("reply") or {}).get("parent") or {}).get("uri"))
    for facet in record.get("facets") or ():
        for feature in facet.get("features") or ():
            if feature.get("$type") == "app.bsky.richtext.facet#mention":
                yield str(feature.get("did") or "")


def _quoted(embed: Mapping[str, Any]) -> object:
    """The URI of the quoted post, which may stand beside pictures."""
    record = embed.get("record") or {}
    return (record.get("record") or record).get("uri")
