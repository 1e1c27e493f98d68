"""Finds a brand's words in a text, and says which entry of the configuration found them, and where.

All entries are compiled together: one pass of Aho-Corasick over the folded text leaves those of which a word is there,
and only they are looked at closely. ``literals`` are the words of that first pass, for whoever filters earlier.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

from listeners.matching.rules import Rule, Said, Span, compiled
from models.settings.sections import Brand


@dataclass(frozen=True, slots=True)
class Match:
    """What found a brand: the entry as it is written, the list in which it stands, and a place in the text.

    ``start`` and ``end`` count code points.
    """

    rule: str
    source: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list, such as ``languages.de.terms``; ``lang`` is set where it is for posts in one language."""

    text: str
    source: str
    lang: str = ""


class Entries:
    """Many entries, compiled."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = [(entry, compiled(entry.text)) for entry in entries]
        self._of: dict[str, list[int]] = {}
        for number, (_, rule) in enumerate(self._entries):
            for literal in rule.literals:
                self._of.setdefault(literal, []).append(number)
        self.literals: tuple[str, ...] = tuple(self._of)
        self._words = AhoCorasick(self.literals)

    def matches(self, said: Said, lang: str | None, unknown: bool) -> Iterator[Match]:
        """The first place of each entry that is found, in the order of the entries.

        ``unknown``: whether an entry for one language is tried on a post whose language is not known.
        """
        for number in self._candidates(said.folded):
            entry, rule = self._entries[number]
            if _is_for(entry.lang, lang, unknown) and (span := _first(rule, said)):
                yield Match(entry.text, entry.source, *span)

    def _candidates(self, folded: str) -> list[int]:
        found = {which for which, _, _ in self._words.find_matches_as_indexes(folded, overlapping=True)}
        return sorted({number for which in found for number in self._of[self.literals[which]]})


class Matcher:
    """What one brand is recognised by on one channel. Made once, from settings that hold; keeps nothing."""

    def __init__(self, named: Iterable[Entry], excluded: Iterable[Entry]) -> None:
        self._named, self._excluded = Entries(named), Entries(excluded)

    @classmethod
    def of(cls, brand: Brand, channel: str = "") -> Matcher:
        """For a brand on a channel; with no channel, what holds on all of them."""
        named = [*_entries(brand.terms, "terms"), *_entries(brand.aliases, "aliases")]
        excluded = [*_entries(brand.exclude, "exclude")]
        more = [(f"languages.{lang}", lang, words) for lang, words in brand.languages.items()]
        more += [(f"channels.{name}", "", words) for name, words in brand.channels.items() if name == channel]
        for place, lang, words in more:
            named += _entries(words.terms, f"{place}.terms", lang)
            excluded += _entries(words.exclude, f"{place}.exclude", lang)
        return cls(named, excluded)

    def literals(self) -> Sequence[str]:
        """Pieces of folded text (``models.fold.fold``), at least one of which is in whatever ``find`` finds.

        None has a blank in it, and none is empty.
        """
        return self._named.literals

    def find(self, text: str | Said, lang: str | None = None) -> Match | None:
        """The first entry that names the brand; None where none does, or where an excluded one is there as well.

        ``lang`` is the post's language where it is known. Where it is not, every language's terms are tried, and no
        language's exclusions: a post too many can be ignored, one too few cannot be heard.
        """
        said = text if isinstance(text, Said) else Said(text)
        found = next(self._named.matches(said, lang, unknown=True), None)
        return found if found and not self.excluded(said, lang) else None

    def every(self, text: str | Said, lang: str | None = None) -> list[Match]:
        """All entries that name the brand, each with its first place, whatever is excluded."""
        said = text if isinstance(text, Said) else Said(text)
        return list(self._named.matches(said, lang, unknown=True))

    def excluded(self, text: str | Said, lang: str | None = None) -> Match | None:
        """The first entry that shows that something else is meant."""
        said = text if isinstance(text, Said) else Said(text)
        return next(self._excluded.matches(said, lang, unknown=False), None)


def _entries(texts: Iterable[str], source: str, lang: str = "") -> Iterator[Entry]:
    return (Entry(text, source, lang) for text in texts)


def _first(rule: Rule, said: Said) -> Span | None:
    return next(iter(rule.spans(said)), None)


def _is_for(wanted: str, lang: str | None, unknown: bool) -> bool:
    if not wanted:
        return True
    spoken = (lang or "").lower().replace("_", "-").partition("-")[0]
    return spoken == wanted if spoken and spoken != "und" else unknown
