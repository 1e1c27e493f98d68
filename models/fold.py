"""Text as it is compared: without case, accents, fancy letters, look-alikes and invisible signs; words found in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from models.lookalikes import latin

_DRAWN = re.compile(r"(?:NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER|LATIN LETTER SMALL CAPITAL) ([A-Z])")
"""The Unicode names of letters that are drawn as signs, which no decomposition takes apart."""
_STROKES: Final = {
    **dict(zip("đħıłøŧðĐĦŁØŦÐ", "dhilotdDHLOTD", strict=True)),
    "æ": "ae",
    "œ": "oe",
    "Æ": "AE",
    "Œ": "OE",
}
"""Letters that people write without their stroke, which no decomposition takes apart either."""
_KEPT = re.compile("[\u0900-\u0dff\u0f00-\u1a1f\u3099\u309a\ua800-\uabff]")
"""Marks that make another letter, as in Hindi and Japanese; other marks are accents."""
_TONES = re.compile("[\U0001f3fb-\U0001f3ff\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Skin colours of emoji, and signs that choose between two pictures of the same."""
BREAKLESS: Final = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3031-\ua4cf"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Scripts whose words need no blank between them: a brand's name may stand next to any other letter."""
_MARKS: Final = "\u0300-\u036f" + "".join(
    sign for sign in map(chr, range(0x0900, 0x0E00)) if unicodedata.category(sign) in ("Mn", "Mc")
)
_LETTER: Final = rf"[^\W{BREAKLESS}]"
_BEFORE, _AFTER = rf"(?<!{_LETTER})(?<![{_MARKS}])", rf"(?!{_LETTER}|[{_MARKS}])"
_IS_LETTER = re.compile(rf"{_LETTER}|[{_MARKS}]")


class _Each(dict[int, str]):
    """What becomes of each sign, worked out when it is first met."""

    def __init__(self, becomes: Callable[[str], str]) -> None:
        self._becomes = becomes

    def __missing__(self, code: int) -> str:
        self[code] = made = self._becomes(chr(code))
        return made


def _written(sign: str) -> str:
    """A sign with its accents apart, and without what is drawn around it or cannot be seen."""
    made = ""
    for part in unicodedata.normalize("NFKD", sign):
        kind = unicodedata.category(part)
        if kind == "Cs":
            made += "\ufffd"
        elif kind not in ("Cf", "Me") and not _TONES.match(part):
            made += _drawn(part)
    return made


def _drawn(sign: str) -> str:
    found = _DRAWN.fullmatch(unicodedata.name(sign.lower(), "")) if sign > "\x7f" else None
    if not found:
        return sign
    return found[1] if sign.isupper() or unicodedata.category(sign) == "So" else found[1].lower()


def _bare(sign: str) -> str:
    """A sign without accents as well."""
    kept = (part for part in _written(sign) if unicodedata.category(part) != "Mn" or _KEPT.match(part))
    return "".join(_STROKES.get(part, part) for part in kept)


_WRITTEN, _BARE = _Each(_written), _Each(_bare)


def written(text: str) -> str:
    """Text as it is compared where case and accents count."""
    return text if text.isascii() else latin(text.translate(_WRITTEN))


def bare(text: str) -> str:
    """Text as it is compared, but for its case."""
    return text if text.isascii() else latin(text.translate(_BARE))


def fold(text: str) -> str:
    """Text as it is compared: without case, accents, fancy letters, look-alikes and invisible signs."""
    return bare(text).casefold()


def places_written(text: str) -> list[int]:
    """Of each sign of ``written(text)``, where in ``text`` it comes from; and the end of the text."""
    return [at for at, sign in enumerate(text) for _ in _WRITTEN[ord(sign)]] + [len(text)]


def places_folded(text: str) -> list[int]:
    """Of each sign of ``fold(text)``, where in ``text`` it comes from; and the end of the text."""
    origins = (at for at, sign in enumerate(text) for _ in _BARE[ord(sign)])
    return [at for at, sign in zip(origins, bare(text), strict=True) for _ in sign.casefold()] + [len(text)]


def alone(body: str, first: str, last: str) -> str:
    """The pattern ``body`` where no other letter stands beside it, in scripts that put blanks between words.

    ``first`` and ``last`` are the signs with which it begins and ends; an empty one may have any letter beside it.
    """
    before = _BEFORE if _IS_LETTER.match(first) else ""
    return f"{before}(?:{body}){_AFTER if _IS_LETTER.match(last) else ''}"


def whole_words(terms: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the terms as whole words in folded text, whatever blanks stand inside; no terms are never found."""
    words = (fold(term).lstrip("#@").split() for term in terms)
    found = [alone(r"\s+".join(map(re.escape, term)), term[0][0], term[-1][-1]) for term in words if term]
    return re.compile("|".join(found) or r"(?!)")
