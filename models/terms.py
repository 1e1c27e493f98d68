"""The words that name a brand, or that show that something else is meant: how an entry of the configuration is read.

``docs/matching.md`` says it to people. Three forms: plain words (``Kestrelo Home``, ``kestrelo*``), words exactly as
they are written (``"Shell"``, in quotes), and two of these near each other (``"Shell" NEAR/5 petrol``).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from models.fold import bare, fold, written
from models.lookalikes import every_latin

FARTHEST = 50
"""Words between which a connection is still likely."""
SHORTEST_OPEN = 3
"""Letters beside a ``*``, or it would find nearly every post."""
_NEAR = re.compile(r"\s+NEAR/(\S*)\s+")
_BOOLEAN = re.compile(r"(?<!\S)(?:AND|OR|NOT|NEAR)(?!\S)")
_QUOTES = str.maketrans("“”„‟«»＂", '"""""""')
_WORDLIKE = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Plain:
    """Words next to each other, whatever their case and accents.

    ``forms`` are the same words folded, in every way in which a text may spell them; ``before`` and ``after`` say that
    the first and the last word may go on there.
    """

    forms: tuple[tuple[str, ...], ...]
    before: bool = False
    after: bool = False


@dataclass(frozen=True, slots=True)
class Exact:
    """Words next to each other, exactly as they are written here."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """Two of the others, in any order, at most so many words from one another; next to each other is 1."""

    left: Plain | Exact
    right: Plain | Exact
    within: int


Term = Plain | Exact | Near


def read_term(entry: str) -> Term:
    """What an entry stands for; raises ValueError that says what is wrong with it."""
    left, within, right = split_near(entry)
    return Near(_side(left), _side(right), within) if right else _side(left)


def split_near(entry: str) -> tuple[str, int, str]:
    """Both sides of NEAR and its number of words; without NEAR the entry, 0 and "".

    Curly quotes become straight ones. Raises ValueError for a NEAR that cannot be understood.
    """
    text = entry.translate(_QUOTES).strip()
    sides = _NEAR.split(text)
    if len(sides) == 1:
        return text, 0, ""
    if len(sides) > 3:
        raise ValueError("has more than one NEAR: write one entry for each pair")
    left, within, right = sides
    if not (within.isascii() and within.isdigit() and 1 <= int(within) <= FARTHEST):
        raise ValueError(f"NEAR/{within} must have a number of words from 1 to {FARTHEST}, such as NEAR/5")
    return left, int(within), right


def is_plain(entry: str) -> bool:
    """Whether an entry is words whose case and accents do not count, and nothing else."""
    return isinstance(read_term(entry), Plain)


def is_meaningful(text: str) -> bool:
    """Whether there is a letter, a digit or a picture in it."""
    return bool(_WORDLIKE.search(text)) or any(unicodedata.category(sign).startswith("S") for sign in text)


def _side(text: str) -> Plain | Exact:
    if text.count('"') == 2 and text.startswith('"') and text.endswith('"'):
        return _exact(text[1:-1])
    if '"' in text:
        raise ValueError('quotes stand around a whole entry, or around one side of NEAR, as in "Shell" NEAR/5 petrol')
    others = _BOOLEAN.sub(" ", text)
    if others != text and ((others.strip() and others != others.upper()) or "NEAR" in text.split()):
        raise ValueError(
            "AND, OR and NOT are not understood, and NEAR needs a number: write an entry for each way to name the "
            "brand, what must not be there under exclude, and NEAR as in: shell NEAR/5 petrol"
        )
    return _plain(text)


def _exact(text: str) -> Exact:
    words = tuple(written(text).split())
    _meaningful("".join(words))
    return Exact(words)


def _plain(text: str) -> Plain:
    before, after = text.startswith("*"), len(text) > 1 and text.endswith("*")
    name = text.removeprefix("*").removesuffix("*").lstrip("#@").strip()
    if "*" in name and (before or after or not name.replace("*", "")):
        raise ValueError("* may only stand at the beginning and at the end")
    # A text may mix scripts where the entry does not, or not where it does: see models.lookalikes.
    spelt = (fold(name), "".join(map(fold, name)), every_latin(bare(name)).casefold())
    forms = tuple(dict.fromkeys(tuple(form.split()) for form in spelt))
    _meaningful("".join(forms[0]))
    for word, is_open in ((forms[0][0], before), (forms[0][-1], after)):
        if is_open and len(word) < SHORTEST_OPEN:
            raise ValueError(f"needs {SHORTEST_OPEN} letters beside a *, or it would find nearly every post")
    return Plain(forms, before, after)


def _meaningful(text: str) -> None:
    if not is_meaningful(text):
        raise ValueError("has no letter, digit or emoji, so it would find nearly every post")
