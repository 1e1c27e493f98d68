"""How one entry is looked for in a text: as words, as hashtags, exactly, or two near each other."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from listeners.matching.hashtags import Tag, tags
from models.fold import BREAKLESS, alone, bare, fold, places_folded, places_written, written
from models.terms import Exact, Near, Plain, Term, read_term

Span = tuple[int, int]
"""Where something begins and ends in a text, in code points."""
_WORD = re.compile(rf"[^\W{BREAKLESS}]+|[{BREAKLESS}]")
"""A word; in scripts without blanks every sign counts as one."""


class Said:
    """A text in the forms in which it is searched, each made when it is first needed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._bare = bare(text)
        self.folded: str = self._bare.casefold()

    @cached_property
    def written(self) -> str:
        """The text where case and accents count."""
        return written(self.text)

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """Its hashtags, taken apart. Their places are those of ``bare``."""
        return tuple(tags(self._bare)) if "#" in self._bare else ()

    def from_folded(self, start: int, end: int) -> Span:
        """A place of ``folded`` in the text itself."""
        return (start, end) if self.text.isascii() else _origin(self._places, start, end)

    def from_written(self, start: int, end: int) -> Span:
        """A place of ``written`` in the text itself."""
        return (start, end) if self.text.isascii() else _origin(self._places_written, start, end)

    def words_between(self, start: int, end: int) -> int:
        """How many words begin between two places of the text."""
        return bisect_left(self._words, end) - bisect_left(self._words, start)

    @cached_property
    def _words(self) -> list[int]:
        return [found.start() for found in _WORD.finditer(self.text)]

    @cached_property
    def _places(self) -> list[int]:
        return places_folded(self.text)

    @cached_property
    def _places_written(self) -> list[int]:
        return places_written(self.text)


def _origin(places: Sequence[int], start: int, end: int) -> Span:
    """From the first sign's origin to behind the last one's."""
    last = places[end - 1]
    after = next((place for place in places[end:] if place > last), places[-1])
    return places[start], after


class Rule(Protocol):
    """One entry, compiled."""

    @property
    def literals(self) -> tuple[str, ...]:
        """Pieces of folded text, at least one of which is in whatever is found."""
        ...

    def spans(self, said: Said) -> Iterable[Span]:
        """Every place where it is found."""
        ...


@dataclass(frozen=True, slots=True)
class PlainRule:
    """Words in folded text, and in hashtags: as one of their words, or run together."""

    literals: tuple[str, ...]
    pattern: re.Pattern[str]
    keys: frozenset[str] = field(default=frozenset())
    before: bool = False
    after: bool = False

    @classmethod
    def of(cls, term: Plain) -> PlainRule:
        """Compile it."""
        patterns = [
            alone(
                r"\s+".join(map(re.escape, words)),
                "" if term.before else words[0][0],
                "" if term.after else words[-1][-1],
            )
            for words in term.forms
        ]
        keys = {join.join(words) for words in term.forms for join in ("", " ")}
        longest = tuple(dict.fromkeys(max(words, key=len) for words in term.forms))
        return cls(longest, re.compile("|".join(patterns)), frozenset(keys), term.before, term.after)

    def spans(self, said: Said) -> Iterator[Span]:
        """In the text, then in its hashtags."""
        for found in self.pattern.finditer(said.folded):
            yield said.from_folded(*found.span())
        for tag in said.tags:
            if any(self._is(run) for run in tag.runs):
                yield said.from_folded(tag.start, tag.end)

    def _is(self, run: str) -> bool:
        if not (self.before or self.after):
            return run in self.keys
        return any(
            key in run and (self.before or run.startswith(key)) and (self.after or run.endswith(key))
            for key in self.keys
        )


@dataclass(frozen=True, slots=True)
class ExactRule:
    """Words as they are written."""

    literals: tuple[str, ...]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, term: Exact) -> ExactRule:
        """Compile it."""
        body = r"\s+".join(map(re.escape, term.words))
        longest = max(map(fold, term.words), key=len)
        return cls((longest,), re.compile(alone(body, term.words[0][0], term.words[-1][-1])))

    def spans(self, said: Said) -> Iterator[Span]:
        """In the text only: a hashtag is not written as people write."""
        for found in self.pattern.finditer(said.written):
            yield said.from_written(*found.span())


@dataclass(frozen=True, slots=True)
class NearRule:
    """Two rules, found so near each other."""

    literals: tuple[str, ...]
    left: PlainRule | ExactRule
    right: PlainRule | ExactRule
    within: int

    @classmethod
    def of(cls, term: Near) -> NearRule:
        """Compile it. Both must be there, so the longer words are looked for first."""
        left, right = _simple(term.left), _simple(term.right)
        rarer = max(left, right, key=lambda rule: min(map(len, rule.literals)))
        return cls(rarer.literals, left, right, term.within)

    def spans(self, said: Said) -> Iterator[Span]:
        """From the beginning of the first to the end of the second, whichever is which."""
        left, right = sorted(self.left.spans(said)), sorted(self.right.spans(said))
        yield from (pair for one, two in ((left, right), (right, left)) for pair in self._pairs(one, two, said))

    def _pairs(self, one: Sequence[Span], two: Sequence[Span], said: Said) -> Iterator[Span]:
        """Each of ``two`` with the nearest of ``one`` before it."""
        before = sorted((end, start) for start, end in one)
        for start, end in two:
            at = bisect_right(before, start, key=lambda span: span[0])
            if at and said.words_between(before[at - 1][0], start) < self.within:
                yield before[at - 1][1], end


def _simple(term: Plain | Exact) -> PlainRule | ExactRule:
    return PlainRule.of(term) if isinstance(term, Plain) else ExactRule.of(term)


def compiled(entry: str) -> Rule:
    """The rule of an entry; raises ValueError that says what is wrong with it."""
    term: Term = read_term(entry)
    return NearRule.of(term) if isinstance(term, Near) else _simple(term)
