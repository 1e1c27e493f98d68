"""How long a text is, as the platform on which it would be posted counts it; where in doubt, too long."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

import regex

LINK = 23
"""A link counts as so many signs on X and on Mastodon, however long it is."""

_HOST = r"(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+(?P<end>\p{L}{2,})"
_LINK = regex.compile(rf"(?i)(?<![\w@./-])(?P<web>https?://)?{_HOST}(?::\d+)?(?![\w@-])(?:[/?#][!-~]*)?")
_ENDINGS = frozenset(
    ("com", "org", "net", "info", "biz", "edu", "gov", "int", "name", "pro", "app", "dev", "online", "shop", "store")
)
"""Endings that X knows for domains, beside those of two letters; it knows others too, which are then counted whole."""
_CLOSING = ".,;:!?'\")]}"
_SEQUENCE = regex.compile(
    r"\p{Regional_Indicator}{2}"
    r"|[0-9#*]\uFE0F?\u20E3"
    r"|\p{Extended_Pictographic}[\uFE0F\U0001F3FB-\U0001F3FF]*(?:\u200D\p{Extended_Pictographic}[\uFE0F\U0001F3FB-\U0001F3FF]*)*"
    r"[\U000E0030-\U000E007F]*"
)
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that count once on X; all others count twice (twitter-text, configuration 3)."""


def length(channel: str, text: str) -> int:
    """Signs as the channel counts them."""
    return _COUNTS.get(channel, len)(text)


def _on_x(text: str) -> int:
    """X's weighted length: https://docs.x.com/fundamentals/counting-characters."""
    rest, links = _without_links(unicodedata.normalize("NFC", text))
    plain, emoji = _SEQUENCE.subn(_kept_if_light, rest)
    del emoji
    return links + sum(1 if any(low <= ord(sign) <= high for low, high in _LIGHT) else 2 for sign in plain)


def _kept_if_light(found: regex.Match[str]) -> str:
    """A sequence counts like one heavy sign; a sign that is light by itself, such as ©, counts as what it is."""
    return found[0] if len(found[0]) == 1 else "\uffff"


def _on_mastodon(text: str) -> int:
    rest, links = _without_links(text)
    return links + _clusters(rest)


def _clusters(text: str) -> int:
    return len(regex.findall(r"\X", text))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _without_links(text: str) -> tuple[str, int]:
    """The text without its links, and what these count."""
    counted = 0

    def count(found: regex.Match[str]) -> str:
        nonlocal counted
        link = found[0].rstrip(_CLOSING)
        ending = found["end"].lower()
        known = bool(found["web"]) and (len(ending) == 2 or ending in _ENDINGS)
        counted += LINK if known else max(LINK, len(link))
        return str(found[0][len(link) :])

    return _LINK.sub(count, text), counted


_COUNTS: Mapping[str, Callable[[str], int]] = {
    "x": _on_x,
    "mastodon": _on_mastodon,
    "bluesky": _clusters,
    "telegram": _units,
}
