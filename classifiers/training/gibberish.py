"""Strings that say nothing, so that the network learns to have no opinion on them."""

from __future__ import annotations

import random
import string

from classifiers.text import BRAND

_SYLLABLES = (
    "ba",
    "ko",
    "shi",
    "ru",
    "ten",
    "gla",
    "wox",
    "pim",
    "zu",
    "fre",
    "dol",
    "nik",
    "que",
    "yat",
    "mo",
    "stra",
)


def gibberish(rng: random.Random) -> str:
    """Keyboard noise, invented words, digits or signs; 1 to 12 words, in one of three with the brand among them."""
    kind = rng.randrange(4)
    words = [_word(kind, rng) for _ in range(rng.randint(1, 12))]
    if rng.random() < 1 / 3:
        words.insert(rng.randint(0, len(words)), BRAND)
    return " ".join(words)


def _word(kind: int, rng: random.Random) -> str:
    if kind == 0:
        return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 12)))
    if kind == 1:
        return "".join(rng.choices(_SYLLABLES, k=rng.randint(1, 4)))
    if kind == 2:
        return "".join(rng.choices(string.digits + "abcdef", k=rng.randint(3, 16)))
    return "".join(rng.choices("~^|<>=+*%$§¤{}[]/\\_-;:,.", k=rng.randint(1, 5)))
