"""Letters of other scripts that look like Latin ones, as in a "Kestrelo" whose e is Cyrillic.

The pairs are those of Unicode's confusables (UTS #39, https://www.unicode.org/reports/tr39/) that stand between a
letter and one Latin letter, with some that pass for small capitals. The whole list, which libraries bring, also joins
signs that are different in any honest post, such as "rn" and "m" or "1" and "l".
"""

from __future__ import annotations

import re
from typing import Final

_PAIRS: Final = (
    ("аеорсухіјѕһԁԛԝӏѵкмтвнԍ", "aeopcyxijshdqwlvkmtbhg"),
    ("АВЕКМНОРСТУХІЈЅԌԚԜӀѴ", "ABEKMHOPCTYXIJSGQWIV"),
    ("αεικνορτυχωϲϳ", "aeikvoptuxwcj"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ABEZHIKMNOPTYXCJ"),
    ("հյոսցօՏԼ", "hjnugoSL"),
    ("ⲟⲣⲥⲭⲏⲓⲕⲙⲛⲧ", "opcxhikmnt"),
    ("ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "BPDTGKJCZFMNLSRVHWXYAEIOU"),
    ("ɑɡɩʋƅ", "agiub"),
)


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for strange, plain in _PAIRS:
        table |= zip(strange, plain, strict=True)
    # A letter whose other case looks like a Latin one is taken for the same, so that case changes nothing.
    for strange, plain in list(table.items()):
        table.setdefault(strange.upper(), plain)
        table.setdefault(strange.lower(), plain)
    for rare in map(chr, range(0x1C80, 0x1C90)):
        if plain := table.get(rare.casefold(), ""):
            table[rare] = plain
    return table


_TABLE: Final = _table()
_LATIN_FOR: Final = str.maketrans(_TABLE)
_STRANGE = re.compile(f"[{''.join(_TABLE)}]")
_HAS_LATIN = re.compile("[A-Za-z\u00c0-\u02af\u1e00-\u1eff\u2c60-\u2c7f\ua722-\ua7ff]")
_REAL = re.compile(
    f"(?![{''.join(_TABLE)}])(?:[\u0370-\u058f\u1c80-\u1c8f\u1d26-\u1d2b\u1f00-\u1fff\u2c80-\u2cff\ua4d0-\ua4ff])"
)
"""A letter of those scripts that looks like no Latin one: somebody really writes in that script."""
_WORD = re.compile("(?:\\w|[\u0300-\u036f])+")


def latin(text: str) -> str:
    """``text`` with Latin letters for those that only look so; as long as it was.

    A word that mixes them with Latin letters is always meant so. A word all of look-alikes is left as it is where the
    text has other words in its script, or none in Latin.
    """
    if not _STRANGE.search(text):
        return text
    foreign = not _HAS_LATIN.search(text) or any(
        _REAL.search(word) and not _HAS_LATIN.search(word) for word in _WORD.findall(text)
    )

    def resolved(found: re.Match[str]) -> str:
        word = found[0]
        meant = bool(_HAS_LATIN.search(word)) or (not foreign and not _REAL.search(word))
        return word.translate(_LATIN_FOR) if meant else word

    return _WORD.sub(resolved, text)


def every_latin(text: str) -> str:
    """``text`` with Latin letters for all that look so, as a name is written by who means to deceive."""
    return text.translate(_LATIN_FOR)
