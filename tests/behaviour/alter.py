"""Ways to type the same post that change no meaning: each takes the post and the brand's name, which stays whole."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

_NEAR = dict(zip("abcdefghijklmnopqrstuvwxyz", "snxsrdfyujklknipqtdyihwcuz", strict=True))
_WORDS = tomllib.loads((Path(__file__).parent / "data" / "0_words.toml").read_text(encoding="utf-8"))


def _on_words(change: Callable[[str], str], every: int = 3, least: int = 5) -> Callable[[str, str], str]:
    """Every third longer word, so that a post keeps most of its letters."""

    def alter(text: str, brand: str) -> str:
        words = text.split(" ")
        fit = [len(word) >= least and word.isalpha() and word.lower() != brand.lower() for word in words]
        at = [number for number, good in enumerate(fit) if good]
        for number in at[1::every] or at[:1]:
            words[number] = change(words[number])
        return " ".join(words)

    return alter


def _middle(word: str) -> int:
    return len(word) // 2


def _drawn(word: str) -> str:
    vowels = [at for at, letter in enumerate(word) if letter in "aeiou"]
    at = vowels[-1] if vowels else len(word) - 1
    return word[:at] + word[at] * 5 + word[at + 1 :]


def _chat(text: str, brand: str) -> str:
    return " ".join(_WORDS["chat"].get(word.lower(), word) for word in text.split(" "))


def _short(text: str, brand: str) -> str:
    for long, short in _WORDS["contracted"].items():
        text = re.sub(rf"\b{long}\b", short, text)
    return text


ALTER: Mapping[str, Callable[[str, str], str]] = {
    "upper": lambda text, brand: text.upper(),
    "lower": lambda text, brand: text.lower(),
    "lost letter": _on_words(lambda word: word[: _middle(word)] + word[_middle(word) + 1 :]),
    "doubled letter": _on_words(lambda word: word[: _middle(word)] + word[_middle(word)] + word[_middle(word) :]),
    "swapped letters": _on_words(lambda word: word[:2] + word[3] + word[2] + word[4:]),
    "next key": _on_words(lambda word: word[:-2] + _NEAR.get(word[-2], "e") + word[-1]),
    "no vowels": _on_words(lambda word: word[0] + re.sub("[aeiou]", "", word[1:])),
    "drawn out": _on_words(_drawn, every=4, least=3),
    "chat": _chat,
    "contracted": _short,
    "no apostrophe": lambda text, brand: re.sub(r"['’]", "", _short(text, brand)),
    "curly apostrophe": lambda text, brand: _short(text, brand).replace("'", "’"),
    "spaced out": lambda text, brand: re.sub(r" ", "  ", text),
    "lines": lambda text, brand: text.replace(", ", ",\n\n"),
    "no signs": lambda text, brand: re.sub(r"[.,!?]+(?= |$)", "", text),
    "zero width": lambda text, brand: re.sub(r"([a-z])([a-z])", "\\1\u200b\\2", text, count=6),
    "full width": lambda text, brand: "".join(chr(ord(x) + 0xFEE0) if x.isascii() and x.isalpha() else x for x in text),
}
