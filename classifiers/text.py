"""One normal form of a post, for training and for use: what the encoder reads must not depend on how a post is typed.

Pure text work: it judges nothing and keeps nothing.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache, lru_cache

import emoji

RAW_LIMIT = 4_000
"""Characters that are looked at: a post of 100 kB costs no more than one of 4 kB."""
LIMIT = 1_500
"""Characters that are handed to the tokeniser; 128 tokens are rarely more than 700."""
BRAND_LIMIT = 60

URL = "http"
USER = "@user"
BRAND = "@brand"

_URL = re.compile(r"(?:https?://|www\.)\S+|\bt\.co/\S+", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w@.])@([\w][\w.-]*\w|\w)(?:@[\w.-]+\w)?")
_RUN = re.compile(r"([^\w\s])\1{2,}")
_LETTERS = re.compile(r"([^\W\d_])\1{3,}")
_SPACE = re.compile(r"\s+")
_SQUASH = re.compile(r"[\W_]+")
_TAIL = re.compile(r"(?:official|support|supports|help|helps|helper|cares|care|hq)$")
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")
_EMOJI_WORD = re.compile(r" :([\w’'.()&!“”-]+): ")
_JOINERS = frozenset("\u200d\ufe0e\ufe0f\u20e3")
_BREAKS = frozenset("\t\n\r\v\f\x85\u2028\u2029")
_QUOTES = str.maketrans("‘’‛`´“”„", "'''''\"\"\"")
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def normalise(text: str, brand: str = "") -> str:
    """The text in its normal form: at most ``LIMIT`` characters, possibly none; never raises on any string.

    The brand's own name becomes ``@brand`` however it is written, every other @name ``@user``, a URL ``http``.
    """
    text = _without_emoji(_clean(html.unescape(text[:RAW_LIMIT]), keep=_JOINERS))
    text = unicodedata.normalize("NFKC", _clean(text))[:RAW_LIMIT].translate(_QUOTES)
    if "/" in text or "www." in text.lower():
        text = _URL.sub(f" {URL} ", text)
    text = _names(text, brand)
    text = _RUN.sub(r"\1\1\1", _LETTERS.sub(r"\1\1\1", text))
    return _SPACE.sub(" ", text).strip()[:LIMIT].rstrip()


def plain(text: str) -> str:
    """The text for somebody else's model: cleaned, names as ``@user``, URLs as ``http``, emoji left as they are."""
    text = _clean(html.unescape(text[:RAW_LIMIT]), keep=_JOINERS)
    return _SPACE.sub(" ", _NAME.sub(USER, _URL.sub(f" {URL} ", text))).strip()[:LIMIT].rstrip()


@lru_cache(maxsize=256)
def brand_name(brand: str) -> str:
    """The brand as the encoder is told of it: without @ and #, folded, at most ``BRAND_LIMIT`` characters."""
    name = unicodedata.normalize("NFKC", _clean(brand[:RAW_LIMIT])).lstrip("@# ").casefold()
    return _SPACE.sub(" ", name).strip()[:BRAND_LIMIT]


def own_key(brand: str) -> str:
    """The brand's bare name: letters and digits alone, without "support", "help" and the like."""
    squashed = _SQUASH.sub("", brand_name(brand))
    return _TAIL.sub("", squashed) or squashed


def pair(text: str, brand: str = "") -> tuple[str, str]:
    """The two sentences of a post: the brand's name and the text in its normal form."""
    return brand_name(brand), normalise(text, brand)


def _clean(text: str, keep: frozenset[str] = frozenset()) -> str:
    """Without control, bidirectional, zero-width, private and unpaired characters; line breaks become spaces."""
    if text.isascii() and text.isprintable():
        return text
    unwanted = (char for char in set(text) - keep if char in _BREAKS or unicodedata.category(char) in _DROPPED)
    return text.translate({ord(char): " " if char in _BREAKS else None for char in unwanted})


def _without_emoji(text: str) -> str:
    """``:crying_face:`` as words: the base model's vocabulary has no emoji, but it has their names."""
    if not _emoji_signs().isdisjoint(text):
        text = emoji.demojize(_SKIN.sub("", text), delimiters=(" :", ": "))
    if " :" not in text:
        return text
    return _EMOJI_WORD.sub(lambda match: " " + match[1].replace("_", " ").replace("-", " ") + " ", text)


@cache
def _emoji_signs() -> frozenset[str]:
    """All that emoji are made of, the digits of keycaps excepted."""
    return frozenset(sign for one in emoji.EMOJI_DATA for sign in one if not sign.isascii())


def _names(text: str, brand: str) -> str:
    """Names as ``@brand`` or ``@user``."""
    own = _own(brand_name(brand))
    if own is None:
        return _NAME.sub(USER, text)
    handle, word = own

    def name(match: re.Match[str]) -> str:
        return BRAND if handle.match(_SQUASH.sub("", match[1].casefold())) else USER

    return word.sub(BRAND, _NAME.sub(name, text))


@lru_cache(maxsize=256)
def _own(name: str) -> tuple[re.Pattern[str], re.Pattern[str]] | None:
    """What a brand's handles look like once squashed, and how its name stands in a sentence."""
    parts = [re.escape(part) for part in _SQUASH.split(name) if part]
    squashed = own_key(name)
    if len(squashed) < 2:
        return None
    words = {r"[\W_]{0,2}".join(parts), re.escape(squashed)}
    either = "|".join(sorted(words, key=len, reverse=True))
    # A long name may head its other handles (@KestreloHelp); a short one would claim strangers' names.
    handle = re.compile(re.escape(squashed) + ("" if len(squashed) >= 5 else "$"))
    return handle, re.compile(rf"(?<![\w@])[@#]?(?:{either})(?!\w)", re.IGNORECASE)
