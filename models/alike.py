"""How far two posts say the same, and whether they can be about the same matter. Pure; compares words, knows nobody.

Copies of one text differ in what people add: a hashtag, an emoji, a mistyped word. Two posts that only look alike
differ in what matters: a number, a place, a name. So likeness is measured on signs, and what differs is looked at
word by word. ``docs/conversation.md`` has the figures of the measure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from models.assessment import Pii
from models.fold import fold

TYPO = 0.7
"""Two words that are so alike are one, mistyped."""

_NOISE = re.compile(r"https?://\S+|www\.\S+|(?<!\w)@[\w.]+|\b(?:RT|rt)\b")
_WORD = re.compile(r"#?[^\W_]+(?:['\u2019.,:/-][^\W_]+)*")
_END = re.compile(r"[.!?\u2026:]\s*$")
_PLACES = frozenset(
    (
        "in", "at", "near", "from", "around", "en", "a", "au", "aux", "chez", "depuis", "pres", "desde", "cerca",
        "bei", "aus", "nahe", "nach", "im", "em", "no", "na", "perto", "di", "da", "vicino", "presso", "nel",
        "nella",
    )
)  # fmt: skip
"""Words before a place, in the languages of the reviewed templates, folded. They only ever forbid a guess."""


class Matter(StrEnum):
    """What two posts can be to one another, by what differs in them."""

    SAME = "same"
    LIKE = "like"
    """A word stands in the place of another: people choose."""
    APART = "apart"
    """Another number, place, name or piece of private data: two people with a matter each."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a post says, prepared to be compared. ``words`` are folded; ``marked`` are the places of those that may
    name something.
    """

    words: tuple[str, ...]
    marked: frozenset[int]
    numbers: frozenset[str]
    private: frozenset[str]


def said(text: str, pii: Sequence[Pii] = ()) -> Said:
    """Prepare a post; ``pii`` is the private data that was found in this very text."""
    # As many blanks as there were signs, so that what is left stands where it stood.
    bare = _NOISE.sub(lambda found: " " * len(found[0]), text)
    found = list(_WORD.finditer(bare))
    words = tuple(fold(match[0].lstrip("#")) for match in found)
    return Said(
        words,
        frozenset(_marked(bare, found, words)),
        frozenset(re.sub(r"\W", "", word) for word in words if any(sign.isdigit() for sign in word)),
        frozenset(f"{one.kind}:{re.sub(r'[^0-9a-z]', '', text[one.start : one.end].lower())}" for one in pii),
    )


def _marked(bare: str, found: Sequence[re.Match[str]], words: Sequence[str]) -> Iterable[int]:
    """Words with a capital inside a sentence, unless the writer shouts, and words behind one that leads to a place."""
    capitals = sum(match[0][0].isupper() for match in found)
    shouts = capitals > len(found) / 2
    for place, match in enumerate(found):
        if match[0].startswith("#"):
            continue
        inside = place > 0 and not _END.search(bare[found[place - 1].end() : match.start()])
        if inside and ((match[0][0].isupper() and not shouts) or words[place - 1] in _PLACES):
            yield place


def likeness(one: Said, other: Said) -> float:
    """How much of both stands in both in the same order, 0 to 1: the edit distance, seen from the longer one."""
    return fuzz.ratio(" ".join(one.words), " ".join(other.words)) / 100


def matter(one: Said, other: Said) -> Matter:
    """Whether what differs between two posts that look alike lets them be about the same."""
    if one.numbers != other.numbers or one.private != other.private:
        return Matter.APART
    found = Matter.SAME
    for kind, start, end, begin, stop in SequenceMatcher(None, one.words, other.words, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        ours, theirs = range(start, end), range(begin, stop)
        if kind == "replace" and _mistyped(one, ours, other, theirs):
            continue
        if not one.marked.isdisjoint(ours) or not other.marked.isdisjoint(theirs):
            return Matter.APART
        if kind == "replace":
            found = Matter.LIKE
    return found


def _mistyped(one: Said, ours: range, other: Said, theirs: range) -> bool:
    here, there = ("".join(said.words[place] for place in places) for said, places in ((one, ours), (other, theirs)))
    # In a short word one sign is much: it is a slip if it was left out, doubled or swapped, not if it is another.
    slip = OSA.distance(here, there) <= 1 and (len(here) != len(there) or sorted(here) == sorted(there))
    return slip or fuzz.ratio(here, there) / 100 >= TYPO
