"""Finds the codes of cases in what people write. Pure: whether a code is one of ours, the store knows."""

from __future__ import annotations

import re

from models.case import ALPHABET, CODE_LENGTH, read_code
from models.fold import bare

MOST = 20
"""So many codes of one text are looked at: nobody who means a case lists more."""

_SIGN = f"[{ALPHABET}]"
# Written with blanks or dashes, too. A look-ahead, so that a sign before the code cannot hide it.
_CODE = re.compile(rf"(?<!\w)(?=((?:{_SIGN}[ -]?){{{CODE_LENGTH - 1}}}{_SIGN})(?!\w))")


def codes_in(text: str) -> tuple[str, ...]:
    """Every code in a text, as we write it, each once and in its order; also in a link, and in fancy letters."""
    found = (read_code(match[1]) for match in _CODE.finditer(bare(text).upper()))
    return tuple(dict.fromkeys(code for code in found if code))[:MOST]
