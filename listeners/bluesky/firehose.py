"""The first pass over a stream of everything: which frames may be about a brand, before any of them is read as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache

import ahocorasick_rs

from models.fold import fold
from models.lookalikes import every_latin

_PAST_ASCII = re.compile("[^\x00-\x7f]+")
_ESCAPED = re.compile('[\x00-\x1f"/\\\\]')
"""What JSON may write in another way; a literal is looked for without it."""
_TABLE_UP_TO = 20_000
"""Bytes of literals for which the automaton becomes one large table: some MB, and nine times as fast."""


class Sieve:
    """Keeps a frame if one of the literals, as a brand's matcher folds them, may stand in it; may keep too many.

    ``literals`` are folded words of which at least one stands in any post that is wanted; ``exact`` are signs that are
    not folded, such as ids, or the ``"delete"`` of a frame without words. The whole frame is looked at, keys and ids
    too: what is kept is looked at again with care.
    """

    def __init__(self, literals: Iterable[str], exact: Iterable[str] = ()) -> None:
        pieces = [_longest(plainest(literal)) for literal in literals]
        wanted = sorted({piece.encode("utf-8", "replace") for piece in [*pieces, *map(str.lower, exact)] if piece})
        self._all = not all(pieces)
        self._reach = max(map(len, wanted), default=0)
        table = sum(map(len, wanted)) <= _TABLE_UP_TO
        kind = ahocorasick_rs.Implementation.DFA if table else ahocorasick_rs.Implementation.ContiguousNFA
        self._find = ahocorasick_rs.BytesAhoCorasick(wanted, implementation=kind).find_matches_as_indexes

    def __call__(self, frame: bytes) -> bool:
        """Whether the frame, JSON in UTF-8, must be read."""
        if self._all:
            return True
        if b"\\u" in frame:
            return self._is_in(_unescaped(frame))
        if self._find(frame.lower()):
            return True
        return not frame.isascii() and self._is_in(self._strange(frame).decode("utf-8", "replace"))

    def _is_in(self, text: str) -> bool:
        return bool(self._find(plainest(text).encode("utf-8", "replace")))

    def _strange(self, frame: bytes) -> bytes:
        """The part with signs past ASCII, and as much beside it as a literal is long: all else was looked at."""
        first, last = _plain_start(frame), len(frame) - _plain_start(frame[::-1])
        return frame[max(0, first - self._reach) : last + self._reach]


def _plain_start(frame: bytes) -> int:
    """How many bytes of ASCII it begins with; the decoder tells fastest."""
    try:
        frame.decode("ascii")
    except UnicodeDecodeError as error:
        return error.start
    return len(frame)


def plainest(text: str) -> str:
    """Folded text in which every look-alike is taken for the Latin letter, whatever stands around it.

    What stands in ``fold(text)`` stands here too, once it went the same way. ASCII takes the short way.
    """
    return _PAST_ASCII.sub(lambda run: _plainest_run(run[0]), text.lower())


@lru_cache(1 << 16)
def _plainest_run(run: str) -> str:
    """Of signs past ASCII alone. They come in few runs, mostly the same ones: "é", a curly quote, an emoji."""
    return every_latin(fold(run)).casefold()


def _unescaped(frame: bytes) -> str:
    """The frame with its signs for themselves: some servers write "&" as a code, and others all but ASCII."""
    try:
        return json.dumps(json.loads(frame), ensure_ascii=False)
    except (ValueError, RecursionError):
        return frame.decode("utf-8", "replace")


def _longest(literal: str) -> str:
    """The longest part of a literal that stands in JSON as it is."""
    return max(_ESCAPED.split(literal), key=len)
