"""Finds the phrases of a folder of lexicons in any text, beside the model.

Knows no phrase itself, idioms and negations included: those are data, so that a native speaker can correct them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import filterfalse
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from classifiers.plain import visible, without_links

FOLDER = Path(__file__).parent / "lexicon"

_ENDING = re.compile(r"['’`´](?=(?:t|s|m|re|ve|ll|d)\b)")
_EMOJI = "[\U0001f300-\U0001faff\u2600-\u27bf]"
_TOKEN = re.compile(rf"[^\W_]+|[.!?\n]+|{_EMOJI}")
_WORD = rf"(?:\*|\*?[^\W_]+\*?\??|{_EMOJI})"
_PIECE = re.compile(rf"(?P<word>{_WORD})|[(|]|\)\??| ")
_PHRASE = re.compile(rf"(?:{_PIECE.pattern.replace('?P<word>', '?:')})+")
_GLUED = re.compile(r"[^ (|]\(|\)\??[^ )|?]|^ | $|  ")
_GROUP = re.compile(r"\(([^()]*)\)\??")
_OPTIONAL = re.compile(r"[^\s|()]+\?")
_AROUND = 200
"""How far an exclusion may stand from what it excludes, in characters, within the sentence."""
_START = 4
"""Letters."""


def _checked(phrase: str) -> str:
    folded = _fold(phrase)
    if not _PHRASE.fullmatch(folded) or _GLUED.search(folded) or folded.count("(") != folded.count(")"):
        raise ValueError(f"cannot read {phrase!r}: write words, * and (one|other), with single spaces between them")
    return folded


Phrase = Annotated[str, AfterValidator(_checked)]


class Rule(BaseModel):
    """Phrases of one category, and the phrases that, in the same sentence, take their meaning away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: str
    phrases: tuple[Phrase, ...] = Field(min_length=1)
    unless: tuple[Phrase, ...] = Field(default=(), alias="not")


class Lexicon(BaseModel):
    """One language's file. ``idioms`` of all files are taken out of a text before any rule is tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str = Field(pattern="^[a-z]{2}$")
    source: str = Field(min_length=1)
    reviewer: str
    idioms: tuple[Phrase, ...] = ()
    rule: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Lexicons:
    """All languages of a folder. ``rules`` are category, phrase, unless, tried where one of a phrase's anchors stands.

    ``by_start`` has the anchors by their first letters: a text has a hundred of such beginnings, the lexicons a
    thousand anchors. ``short`` are the anchors that have not so many letters.
    """

    idioms: re.Pattern[str]
    rules: tuple[tuple[str, re.Pattern[str], re.Pattern[str] | None], ...]
    by_anchor: Mapping[str, tuple[int, ...]]
    by_start: Mapping[str, tuple[str, ...]]
    short: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path, categories: Collection[str]) -> Lexicons:
        """The folder's files, compiled; ``categories`` are those that they may have. Raises as ``load`` does."""
        return _compiled([load(path, categories) for path in sorted(folder.glob("*.toml"))])

    def find(self, text: str) -> list[tuple[str, str]]:
        """(category, evidence) of what any language finds, in the order of the lexicons; evidence is folded words.

        All languages are tried on every text: in mixed and very short posts the language is not known, and what is
        missed here costs more than the look.
        """
        found: dict[tuple[str, str], None] = {}
        folded = normal_form(text)
        near = {rule for rule in self.near(folded) if self.rules[rule][1].search(folded)}
        if not near:
            return []
        words = self.idioms.sub(" _", folded)
        for category, phrase, unless in (self.rules[rule] for rule in sorted(near)):
            if evidence := _first(words, phrase, unless):
                found[category, evidence] = None
        return [key for key in found if not any(_within(key, other) for other in found)]

    def near(self, folded: str) -> set[int]:
        """The rules of which an anchor stands in the text."""
        starts = {folded[at : at + _START] for at in range(len(folded) - _START + 1)}
        anchors = [anchor for start in starts & self.by_start.keys() for anchor in self.by_start[start]]
        return {rule for anchor in (*anchors, *self.short) if anchor in folded for rule in self.by_anchor[anchor]}


def _within(key: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether another find of the category says the same and more."""
    return key != other and key[0] == other[0] and f" {key[1]} " in f" {other[1]} "


def normal_form(text: str) -> str:
    """Lower-case words without accents, each with a space before it, " ." between sentences, and a last space."""
    words: list[str] = []
    for token in _TOKEN.findall(_fold(without_links(visible(text)))):
        if token[0] in ".!?\n":
            words.append(".")
        elif not token[0].isalnum() and words and words[-1] == ".":
            words.insert(-1, token)  # An emoji after the full stop still colours the sentence before it.
        else:
            words.append(token)
    return "".join(f" {word}" for word in words) + " "


def _fold(text: str) -> str:
    if text.isascii() and "'" not in text and "`" not in text:
        return text.lower()
    apart = unicodedata.normalize("NFKD", _ENDING.sub("", text)).casefold()
    return apart if apart.isascii() else "".join(filterfalse(unicodedata.combining, apart))


def _first(words: str, phrase: re.Pattern[str], unless: re.Pattern[str] | None) -> str:
    for match in phrase.finditer(words):
        if not (unless and unless.search(_sentence(words, *match.span()))):
            return match[0].strip()
    return ""


def _sentence(words: str, start: int, end: int) -> str:
    first = words.rfind(" . ", max(0, start - _AROUND), start + 1)
    last = words.find(" . ", end, end + _AROUND)
    return words[first + 2 if first >= 0 else max(0, start - _AROUND) : last + 1 if last >= 0 else end + _AROUND]


def load(path: Path, categories: Collection[str]) -> Lexicon:
    """One checked file. Raises ``ValueError`` that names the file where it does not hold to the form."""
    try:
        lexicon = Lexicon.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    if unknown := {rule.category for rule in lexicon.rule}.difference(categories):
        raise ValueError(f"{path.name}: there is no category {min(unknown)}; there are: {', '.join(categories)}")
    return lexicon


def _compiled(lexicons: Sequence[Lexicon]) -> Lexicons:
    phrases = [(rule, phrase) for lexicon in lexicons for rule in lexicon.rule for phrase in rule.phrases]
    by_anchor: dict[str, tuple[int, ...]] = {}
    for number, (_, phrase) in enumerate(phrases):
        for anchor in anchors(phrase):
            by_anchor[anchor] = (*by_anchor.get(anchor, ()), number)
    by_start: dict[str, tuple[str, ...]] = {}
    for anchor in (long for long in by_anchor if len(long) >= _START):
        by_start[anchor[:_START]] = (*by_start.get(anchor[:_START], ()), anchor)
    return Lexicons(
        _any([idiom for lexicon in lexicons for idiom in lexicon.idioms]),
        tuple((rule.category, _any([phrase]), _any(rule.unless) if rule.unless else None) for rule, phrase in phrases),
        by_anchor,
        by_start,
        tuple(anchor for anchor in by_anchor if len(anchor) < _START),
    )


def anchors(phrase: str) -> tuple[str, ...]:
    """Letters of which one must stand in every text that the phrase matches: plain search is far cheaper than a match.

    The words of the place in the phrase that may not be missing and tells the most; "" where a word there may be any.
    """
    flat = _without_inner(phrase)
    places: list[tuple[str, ...]] = [(stem,) for stem in _stems(_GROUP.sub(" ", flat))]
    groups = [group[1] for group in _GROUP.finditer(flat) if not group[0].endswith("?")]
    places += [tuple(max(_stems(part), key=len, default="") for part in group.split("|")) for group in groups]
    return max(places, key=lambda stems: min(map(len, stems)))


def _without_inner(phrase: str) -> str:
    """The phrase without the brackets that stand inside brackets."""
    depth, kept = 0, []
    for sign in phrase:
        depth += sign == "("
        if depth < 2:
            kept.append(sign)
        depth -= sign == ")"
    return "".join(kept)


def _stems(words: str) -> list[str]:
    return [stem for word in _OPTIONAL.sub(" ", words).split() if (stem := word.strip("*"))]


def _any(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(map(_pattern, phrases))})(?= )")


def _pattern(phrase: str) -> str:
    """A regular expression over the normal form; every repeat in it is bounded by a word or by three words.

    ``*`` alone is up to three words of the same sentence, ``word*`` and ``*word`` are any ending and any beginning,
    ``word?`` may be missing, ``(one|two words)`` is either.
    """
    return _PIECE.sub(_piece, phrase)


def _piece(piece: re.Match[str]) -> str:
    word = piece["word"]
    if word is None:
        return piece[0].replace("(", "(?:").strip()
    if word == "*":
        return "(?: [^ .]+){0,3}?"
    body = re.escape(word.removesuffix("?")).replace(r"\*", "[^ .]*")
    return f"(?: {body})?" if word.endswith("?") else f" {body}"
