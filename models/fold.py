"""Text as it is compared: without case, accents, fancy letters and invisible signs; and words found in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


def fold(text: str) -> str:
    """Text as it is compared: without case, accents, fancy letters and invisible signs."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text)
    # Only now the case: "𝐊" becomes "K" just above.
    return "".join(sign for sign in decomposed if unicodedata.category(sign) not in ("Mn", "Me", "Cf")).casefold()


def whole_words(terms: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the terms as whole words in folded text, whatever blanks stand inside; no terms are never found."""
    words = (map(re.escape, fold(term).lstrip("#@").split()) for term in terms)
    found = [rf"(?<!\w){term}(?!\w)" for term in map(r"\s+".join, words) if term]
    return re.compile("|".join(found) or r"(?!)")
