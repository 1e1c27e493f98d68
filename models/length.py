"""How long a text is, as its platform counts it, and where to cut one; where in doubt, it is too long."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

import regex

from models.channel import Counting

LINK = 23
"""A link counts as so many signs on X and on Mastodon, however long it is."""
CUT = "…"

_HOST = r"(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+(?P<end>\p{L}{2,})"
_LINK = regex.compile(rf"(?i)(?<![\w@./-])(?P<web>https?://)?{_HOST}(?::\d+)?(?![\w@-])(?:[/?#][!-~]*)?")
_ENDINGS = frozenset(
    ("com", "org", "net", "info", "biz", "edu", "gov", "int", "name", "pro", "app", "dev", "online", "shop", "store")
)
"""Endings that X knows for domains, beside those of two letters; it knows others too, which are then counted whole."""
_ELSEWHERE = regex.compile(r"(?<![\w@/])(@\w+)@[\w.-]*\w")
_CLOSING = ".,;:!?'\")]}"
_WHOLE = regex.compile(r"https?://\S+|\X")
_SEQUENCE = regex.compile(
    r"\p{Regional_Indicator}{2}"
    r"|[0-9#*]\uFE0F?\u20E3"
    r"|\p{Extended_Pictographic}[\uFE0F\U0001F3FB-\U0001F3FF]*(?:\u200D\p{Extended_Pictographic}[\uFE0F\U0001F3FB-\U0001F3FF]*)*"
    r"[\U000E0030-\U000E007F]*"
)
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that count once on X; all others count twice (twitter-text, configuration 3)."""


def length(text: str, counting: Counting) -> int:
    """Signs of a text, as its platform counts them."""
    return _COUNTS[counting](text)


def fits(text: str, most: int, counting: Counting) -> bool:
    """Whether a platform that takes ``most`` signs takes the text."""
    return length(text, counting) <= most


def cut(text: str, most: int, counting: Counting) -> str:
    """The text, or as much of its beginning as fits with an ellipsis; a sign, an emoji or a link is never halved.

    Empty where not even the ellipsis fits.
    """
    if fits(text, most, counting):
        return text
    ends = [0, *(found.end() for found in _WHOLE.finditer(text))]
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if fits(_shortened(text, ends[middle]), most, counting):
            low = middle
        else:
            high = middle - 1
    # What follows may make a link of a word or a bare name of a link, so the search is not quite monotone.
    fitting = (short for end in ends[low::-1] if fits(short := _shortened(text, end), most, counting))
    return next(fitting, "")


def _shortened(text: str, end: int) -> str:
    return text[:end].rstrip() + CUT


def _on_x(text: str) -> int:
    """X's weighted length: https://docs.x.com/fundamentals/counting-characters."""
    rest, links = _without_links(unicodedata.normalize("NFC", text))
    plain = _SEQUENCE.sub(_kept_if_light, rest)
    return links + sum(1 if any(low <= ord(sign) <= high for low, high in _LIGHT) else 2 for sign in plain)


def _kept_if_light(found: regex.Match[str]) -> str:
    """A sequence counts like one heavy sign; a sign that is light by itself, such as ©, counts as what it is."""
    return found[0] if len(found[0]) == 1 else "\uffff"


def _on_mastodon(text: str) -> int:
    """An account of another server counts without its server's name: https://docs.joinmastodon.org/user/posting/."""
    rest, links = _without_links(text)
    return links + _clusters(_ELSEWHERE.sub(r"\1", rest))


def _clusters(text: str) -> int:
    return len(regex.findall(r"\X", text))


def _on_bluesky(text: str) -> int:
    """300 signs, and 3,000 bytes: the lexicon app.bsky.feed.post has both limits, so a sign is ten bytes at least."""
    return max(_clusters(text), -(-_bytes(text) // 10))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


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


_COUNTS: Mapping[Counting, Callable[[str], int]] = {
    Counting.CHARACTERS: len,
    Counting.UTF16: _units,
    Counting.GRAPHEMES: _on_bluesky,
    Counting.BYTES: _bytes,
    Counting.WEIGHTED: _on_x,
    Counting.LINKED: _on_mastodon,
}
