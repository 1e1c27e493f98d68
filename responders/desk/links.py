"""What the address of a post says of it: its channel, its id there, its author, its time. Asks nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from responders.card_words import is_web

HOSTS: Mapping[str, str] = {
    "x.com": "x",
    "twitter.com": "x",
    "t.me": "telegram",
    "telegram.me": "telegram",
    "bsky.app": "bluesky",
    "reddit.com": "reddit",
    "redd.it": "reddit",
    "facebook.com": "facebook",
    "instagram.com": "instagram",
    "linkedin.com": "linkedin",
    "youtube.com": "youtube",
    "tiktok.com": "tiktok",
    "threads.net": "threads",
    "trustpilot.com": "trustpilot",
}
ELSEWHERE = "web"
_ON_X = re.compile(r"/(\w{1,15})/status(?:es)?/(\d{1,19})(?:/|$)")
_MASTODON = re.compile(r"/@([\w.]+)(?:@[\w.-]+)?/(\d{10,20})/?")
_FIRST = re.compile(r"https?://[^\s<>\"]+")
_X_BEGAN = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
"""The zero of X's ids, which hold the millisecond of a post above their lowest 22 bits."""


@dataclass(frozen=True, slots=True)
class Post:
    """What is known of a post by its address; ``external_id`` is empty where a listener would know it by another."""

    link: str
    channel: str
    external_id: str = ""
    author: str = ""
    posted_at: datetime | None = None


def first_link(text: str) -> tuple[str, str]:
    """The first address in a text, and the text without it."""
    found = _FIRST.search(text)
    if not found:
        return "", text.strip()
    link = found[0].rstrip(".,;:!?'\")]}")
    return link, (text[: found.start()] + text[found.start() + len(link) :]).strip()


def post_at(link: str) -> Post | None:
    """The post at an address; None where it is none that may be opened with one tap."""
    if not is_web(link):
        return None
    parts = urlsplit(link)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("mobile.").removeprefix("m.")
    channel = HOSTS.get(host) or HOSTS.get(".".join(host.split(".")[-2:]), "")
    if channel == "x" and (found := _ON_X.search(parts.path)):
        name, number = found[1], found[2]
        tidy = f"https://x.com/{name}/status/{number}"
        return Post(tidy, channel, number, "" if name == "i" else name, _posted(int(number)))
    if not channel and (found := _MASTODON.fullmatch(parts.path)):
        return Post(link, "mastodon", author=found[1])
    return Post(link, channel or ELSEWHERE)


def _posted(number: int) -> datetime | None:
    # Ids before this scheme, of 2010 and earlier, hold no time.
    return _X_BEGAN + timedelta(milliseconds=number >> 22) if number > 1 << 35 else None
