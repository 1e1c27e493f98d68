"""A rule of the team about what not to be shown: an author, a word or a thread."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from models.fold import fold, whole_words
from models.mention import Mention
from models.press import Person


class MuteKind(StrEnum):
    """What a rule looks at."""

    AUTHOR = "author"
    """``value`` is an ``author_key``, or a handle or id on any channel, without "@"."""
    WORD = "word"
    """``value`` is a word or phrase, found as whole words whatever their case and accents."""
    THREAD = "thread"
    """``value`` is a ``thread_key``."""


@dataclass(frozen=True, slots=True)
class Mute:
    """A rule. ``brand`` empty: every brand. ``until`` None: for good. ``label`` is how people call what it mutes."""

    kind: MuteKind
    value: str
    brand: str
    until: datetime | None
    by: Person
    why: str = ""
    label: str = ""
    id: str = ""
    at: datetime | None = None


def matches(mute: Mute, mention: Mention) -> bool:
    """Whether a rule catches a post. Whether it still holds is not asked here."""
    if mute.brand not in ("", mention.brand):
        return False
    if mute.kind is MuteKind.WORD:
        return bool(_words(mute.value).search(fold(mention.text)))
    if mute.kind is MuteKind.THREAD:
        return mute.value == mention.thread_key
    author = {_name(mention.author.id), _name(mention.author.handle)} - {""}
    return mute.value == mention.author_key or _name(mute.value) in author


@lru_cache(maxsize=256)
def _words(phrase: str) -> re.Pattern[str]:
    return whole_words((phrase,))


def _name(name: str) -> str:
    return name.lower().removeprefix("@")
