"""What a platform allows: what can be heard and said there, by whom, and how long it may be.

A channel's rules are its manifest: data that the policy obeys and that people read. The built-in ones stand in
``models.manifests``; a plug-in from another package brings its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote


class ReplyRule(StrEnum):
    """When a bot may answer on a platform."""

    ADMITTED = "admitted"
    """The chat's owners let the bot in, so it may answer in it."""
    SUMMONED = "summoned"
    """Only an author who mentioned or quoted the account."""
    PERSON = "person"
    """Only people, by hand."""
    NEVER = "never"
    """Nobody can answer there."""


class Threading(StrEnum):
    """How a platform shows what an answer belongs to."""

    TREE = "tree"
    """Each answer names the post that it answers."""
    FLAT = "flat"
    """Posts stand below one another in a thread."""
    NONE = "none"
    """Each post stands alone."""


class Counting(StrEnum):
    """What a platform counts when it limits a text."""

    CHARACTERS = "characters"
    """Unicode code points."""
    UTF16 = "utf16"
    """UTF-16 units: an emoji is two."""
    GRAPHEMES = "graphemes"
    """What a reader sees as one sign, of ten UTF-8 bytes at most: a longer one counts more (Bluesky)."""
    BYTES = "bytes"
    """UTF-8 bytes."""
    WEIGHTED = "weighted"
    """X's own: most scripts one, others two, a link always 23."""
    LINKED = "linked"
    """Mastodon's own: what a reader sees as one sign, a link always 23, an account without its server."""


class Deletion(StrEnum):
    """How we learn that a post was deleted or edited."""

    EVENT = "event"
    """The platform tells."""
    LOOKUP = "lookup"
    """We ask again for the posts that we keep."""
    NEVER = "never"
    """It cannot be learnt: texts go when their term ends."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One platform.

    ``hears`` and ``sends`` say in words what plug-ins of this channel do there, empty for nothing; ``limits`` and
    ``cost`` are the platform's. ``identity`` says what an author's id is. ``link`` takes ``{id}``, ``{text}`` and
    ``{url}``; ``profile`` takes ``{handle}``. ``max_length`` is counted by ``counting``. ``recheck`` is how soon a
    deletion is to be found where we have to ask. ``answer_within`` is the target for the first answer where the
    configuration sets none. ``training`` says whether its terms let a model be trained on its posts. ``begun`` is when
    work on a plug-in of one's own began: ``channels new`` writes it, and ``channels`` tells how long it took.
    """

    name: str
    reply: ReplyRule
    why: str
    max_length: int = 500
    link: str = "{url}"
    profile: str = ""
    training: bool = True
    hears: str = ""
    sends: str = ""
    limits: str = ""
    cost: str = "free"
    identity: str = "a stable id"
    threading: Threading = Threading.TREE
    counting: Counting = Counting.CHARACTERS
    deletion: Deletion = Deletion.NEVER
    recheck: timedelta | None = None
    answer_within: timedelta | None = None
    begun: datetime | None = None

    @property
    def may_send(self) -> bool:
        """Whether any program of ours can put words there."""
        return self.reply in (ReplyRule.ADMITTED, ReplyRule.SUMMONED)

    def reply_link(self, external_id: str, text: str, url: str) -> str:
        """Where a person can post ``text`` as an answer."""
        return self.link.format(id=quote(external_id, safe=""), text=quote(text, safe=""), url=url)

    def author_link(self, handle: str) -> str:
        """The author's page; empty where it does not follow from the handle."""
        return self.profile.format(handle=quote(handle, safe="")) if handle and self.profile else ""


Manifests = Mapping[str, Manifest]
"""By channel."""

UNKNOWN = Manifest("unknown", ReplyRule.PERSON, "nothing is known of this channel's rules, so people answer")
