"""The words of the brands as a search of somebody else takes them: wide, for the screen looks closely afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from models.fold import fold
from models.settings.sections import Brand

_NEAR = re.compile(r"\sNEAR/\d+\s")
_SIGNS = re.compile(r'["“”„‟«»＂*]')
"""What means something in an entry (``models.terms``), or to a search."""
_WORDLIKE = re.compile(r"\w")


def search_terms(name: str, brands: Mapping[str, Brand], channel: str) -> dict[str, str]:
    """What to ask a search for, by a name for each: the words that name one of the brands on a channel, once.

    ``name`` is the listener's. Raises ValueError where there is nothing to search for.
    """
    found: dict[str, str] = {}
    for brand in brands.values():
        for entry in _entries(brand, channel):
            asked = _asked(entry)
            if _WORDLIKE.search(asked):
                found.setdefault(fold(asked), asked)
    if not found:
        raise ValueError(f"listener {name}: no brand has a word to search for; add one to its terms")
    return found


def _entries(brand: Brand, channel: str) -> Iterator[str]:
    yield from brand.terms
    yield from brand.aliases
    for words in brand.languages.values():
        yield from words.terms
    if channel in brand.channels:
        yield from brand.channels[channel].terms


def _asked(entry: str) -> str:
    """A phrase in quotes; of two that must be near each other both, wherever they are."""
    sides = (" ".join(_SIGNS.sub(" ", side).split()).lstrip("#@") for side in _NEAR.split(entry))
    return " ".join(f'"{side}"' if " " in side else side for side in sides if side)
