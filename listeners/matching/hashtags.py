"""Takes hashtags apart: "#KestreloFail" is read as the words it is made of. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from models.fold import fold

_TAG = re.compile(r"(?<!\w)#(\w+)")
PARTS = 10
"""A tag of more words is looked at as far as this: nobody reads on either."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A hashtag: its place in the folded text, and its runs of neighbouring words, folded.

    Words that an underscore parts have a blank between them; others, parted by their capitals or by digits, none.
    """

    start: int
    end: int
    runs: frozenset[str]


def tags(text: str) -> Iterator[Tag]:
    """The hashtags of a text whose accents and look-alikes are resolved already, but not its case."""
    longer, behind = 0, 0
    for found in _TAG.finditer(text):
        # Case folding may make a text longer, as with the German sharp s.
        start = found.start() + longer + _growth(text[behind : found.start()])
        end = found.end() + start - found.start() + _growth(found[0])
        longer, behind = end - found.end(), found.end()
        yield Tag(start, end, frozenset(_runs(found[1])))


def _growth(text: str) -> int:
    return len(text.casefold()) - len(text)


def _runs(tag: str) -> Iterator[str]:
    parts = [(before, fold(part)) for before, part in _parts(tag)][:PARTS]
    for first in range(len(parts)):
        joined = [parts[first][1], *(before + part for before, part in parts[first + 1 :])]
        yield from accumulate(joined)


def _parts(tag: str) -> Iterator[tuple[str, str]]:
    """Each word of a tag, with what stands before it."""
    for number, chunk in enumerate(filter(None, tag.split("_"))):
        start = 0
        cuts = [at for at in range(1, len(chunk)) if _is_cut(chunk, at)]
        for end in [*cuts, len(chunk)]:
            yield (" " if number and not start else ""), chunk[start:end]
            start = end


def _is_cut(text: str, at: int) -> bool:
    """Whether a word of a tag ends before ``at``: in "myShop", "ABCNews", "shop24" and "24shop"."""
    one, two, next_one = text[at - 1], text[at], text[at + 1 : at + 2]
    if one.isdigit() != two.isdigit():
        return True
    return two.isupper() and (one.islower() or (one.isupper() and next_one.islower()))
