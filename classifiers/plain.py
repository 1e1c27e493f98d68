"""Text as the plain rules read it: no invisible characters, plain digits, and a way back to where each character stood.

Decides nothing and keeps nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Default-ignorable code points: they show nothing and are a common way to hide a number from a filter.
INVISIBLE = re.compile(
    "[\x00\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
URL = re.compile(
    r"(?:[a-z][a-z+]{1,9}://|(?<![\w.])www\.)\S+"
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,12}/\S*",
    re.IGNORECASE,
)
HANDLE = re.compile(r"(?<![\w.])@\w[\w.-]*(?:@[\w-]+(?:\.[\w-]+)+)?")

DIGIT = re.compile(r"\d")

_ZEROS = (0x0660, 0x06F0, 0x0966, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6)
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_SPACES = "\t\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_FOLD = {
    **{0xFF01 + i: chr(0x21 + i) for i in range(94)},
    **{zero + i: str(i) for zero in _ZEROS for i in range(10)},
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _SPACES), " "),
}
"""Each maps one character to one, so that positions stay: full-width forms, other digits, dashes, spaces."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text without invisible characters; ``at[i]`` is where its i-th character stands in the original."""

    text: str
    at: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original code points from the first to the last character of a non-empty span."""
        return self.at[start], self.at[end - 1] + 1


def visible(text: str) -> str:
    """Without invisible characters."""
    return text if _shows_all(text) else INVISIBLE.sub("", text)


def without_links(text: str, put: Callable[[re.Match[str]], str] | str = " ") -> str:
    """With ``put`` for every URL and then for every handle. To look for a sign that all of them have is far cheaper."""
    if "/" in text or "www." in text.lower():
        text = URL.sub(put, text)
    return HANDLE.sub(put, text) if "@" in text else text


def plain(text: str) -> Plain:
    """The text to search, for any string, lone surrogates and NUL included."""
    if _shows_all(text):
        return Plain(text.replace("\t", " "), range(len(text)))
    folded = text.translate(_FOLD)
    if not INVISIBLE.search(folded):
        return Plain(folded, range(len(folded)))
    at = [i for i, char in enumerate(folded) if not INVISIBLE.match(char)]
    return Plain("".join(folded[i] for i in at), at)


def _shows_all(text: str) -> bool:
    """Whether it is ASCII, of which only the tab is folded, without NUL, of which all else can be seen."""
    return text.isascii() and "\0" not in text


def blank(text: str, *spans: tuple[int, int]) -> str:
    """The text with these spans (in order, not overlapping) made NUL, which no rule matches; the length stays."""
    parts, last = [], 0
    for start, end in spans:
        parts += [text[last:start], "\0" * (end - start)]
        last = end
    return "".join([*parts, text[last:]])
