"""What was heard: a public post about a brand, and the page of posts that a listener hands over."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime

from models.survey import Tap

ANONYMOUS = "anonymous"

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote it. ``id`` is the platform's stable id; ``handle`` may change and is for people to read."""

    id: str = ANONYMOUS
    handle: str = ""
    name: str = ""
    followers: int | None = None
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How many may see it, as far as the platform tells."""

    likes: int = 0
    reposts: int = 0
    replies: int = 0


@dataclass(frozen=True, slots=True)
class Parent:
    """The post that a mention answers. ``missing`` says in words why it could not be had; the rest is then empty.

    ``author`` is for people to read; ``author_id`` is the platform's, so that its author can be forgotten too.
    """

    external_id: str
    author: str = ""
    text: str = ""
    url: str = ""
    missing: str = ""
    author_id: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """One public post, seen from one brand.

    ``addressees`` are the handles that the platform itself notifies (mentioned, or replied to), in lower case and
    without "@"; ``quotes`` is the handle of the author whose post this one quotes. Whether the post is addressed to
    the brand follows from them and the brand's own handles (``listeners.screen``).
    """

    channel: str
    external_id: str
    author: Author
    text: str
    posted_at: datetime
    brand: str = ""
    url: str = ""
    conversation_id: str = ""
    in_reply_to: str | None = None
    lang: str | None = None
    reach: Reach = Reach()
    addressees: frozenset[str] = frozenset()
    quotes: str | None = None
    repost: bool = False
    added: bool = False
    """A member of the team handed it in: no listener has heard it."""
    edited_at: datetime | None = None
    """When its author changed it last, as far as the platform tells."""
    parent: Parent | None = None

    @property
    def id(self) -> str:
        """Ours and stable: the same post heard twice, or by two listeners, has the same id."""
        return _digest(self.brand, self.channel, self.external_id)

    @property
    def author_key(self) -> str:
        """One person on one channel, as one brand sees them; two brands never share a key."""
        return key_of_author(
            self.brand, self.channel, self.author.id if self.author.id != ANONYMOUS else self.external_id
        )

    @property
    def thread_key(self) -> str:
        """The visible conversation; a post without one starts its own."""
        return _digest(self.brand, self.channel, self.conversation_id or self.external_id)

    def seen_by(self, brand: str) -> Mention:
        """The same post as ``brand`` sees it."""
        return replace(self, brand=brand)


@dataclass(frozen=True, slots=True)
class Batch:
    """One page from a listener.

    ``more`` asks to be polled again at once; ``pause`` asks to be left alone for that many seconds. ``spoiled`` holds
    a digest and the fault of each item that could not be read. ``posts`` and ``dollars`` are what the page has cost.
    ``warning`` is for the operator, such as a budget that runs out. ``gone`` are ids of posts that were deleted on the
    listener's channel. ``gap`` says in words what may have been missed for good: the platform has forgotten the cursor,
    or the stream was away for too long. ``taps`` are presses of customers on buttons below our own messages.
    """

    mentions: tuple[Mention, ...] = ()
    cursor: str | None = None
    more: bool = False
    pause: float | None = None
    spoiled: tuple[tuple[str, str], ...] = ()
    posts: int = 0
    dollars: float = 0.0
    warning: str = ""
    gone: tuple[str, ...] = ()
    gap: str = ""
    taps: tuple[Tap, ...] = ()


def key_of_author(brand: str, channel: str, identifier: str) -> str:
    """The key of the author with this id on a channel."""
    return _digest(brand, channel, identifier)


def storable(text: str) -> str:
    """Text without NUL and lone surrogates, which no database takes."""
    return _UNSTORABLE.sub("\ufffd", text)


def _digest(*parts: str) -> str:
    # Of what the database keeps, so that a mention that comes back from it has the keys of its row.
    return hashlib.sha256(storable("\x1f".join(parts)).encode()).hexdigest()[:32]
