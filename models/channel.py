"""What each platform allows: who may trigger a reply there, how long it may be, and where a person can post it.

The rules are the platforms' own; ``docs/safety.md`` gives their sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Manifest:
    """One platform.

    ``link`` takes ``{id}``, ``{text}`` and ``{url}``; ``profile`` takes ``{handle}``; ``max_length`` counts characters.
    ``training`` says whether its terms let a model be trained on its posts.
    """

    name: str
    reply: ReplyRule
    why: str
    max_length: int = 500
    link: str = "{url}"
    profile: str = ""
    training: bool = True

    def reply_link(self, external_id: str, text: str, url: str) -> str:
        """Where a person can post ``text`` as an answer."""
        return self.link.format(id=quote(external_id, safe=""), text=quote(text, safe=""), url=url)

    def author_link(self, handle: str) -> str:
        """The author's page; empty where it does not follow from the handle."""
        return self.profile.format(handle=quote(handle, safe="")) if handle and self.profile else ""


MANIFESTS: Mapping[str, Manifest] = {
    manifest.name: manifest
    for manifest in (
        Manifest(
            "x",
            ReplyRule.SUMMONED,
            "X accepts replies by API only to authors who mentioned or quoted the account",
            280,
            "https://x.com/intent/tweet?in_reply_to={id}&text={text}",
            "https://x.com/{handle}",
            training=False,
        ),
        Manifest(
            "telegram", ReplyRule.ADMITTED, "the chat's admins let the bot in", 4096, profile="https://t.me/{handle}"
        ),
        Manifest("mastodon", ReplyRule.SUMMONED, "Mastodon servers expect bots to speak when spoken to", 500),
        Manifest(
            "bluesky",
            ReplyRule.SUMMONED,
            "Bluesky asks bots to answer only those who tagged them",
            300,
            profile="https://bsky.app/profile/{handle}",
        ),
        Manifest(
            "reddit", ReplyRule.PERSON, "Reddit wants approval for bots, and each community has its rules", 10_000
        ),
        Manifest("forum", ReplyRule.ADMITTED, "the forum is the brand's own", 4000),
    )
}

UNKNOWN = Manifest("unknown", ReplyRule.PERSON, "nothing is known of this channel's rules, so people answer")


def manifest_of(channel: str) -> Manifest:
    """The manifest of a channel; a careful one where nothing is known."""
    return MANIFESTS.get(channel, UNKNOWN)
