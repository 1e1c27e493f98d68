"""Which posts of a stream of everything are handed over: the first look, before anything is asked or kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from listeners.matching.matcher import Matcher
from listeners.matching.rules import Said
from models.mention import Mention
from models.settings.sections import Brand


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a listener's brands are recognised by on one channel; the screen decides again, for each brand.

    ``literals`` are folded words of which at least one stands in every post that names a brand; ``handles`` are the
    brands' own accounts, in lower case and without "@".
    """

    matchers: Sequence[Matcher]
    literals: Sequence[str]
    handles: frozenset[str]

    @classmethod
    def of(cls, brands: Mapping[str, Brand], channel: str) -> Self:
        """Compile the words of all brands."""
        matchers = [Matcher.of(brand, channel) for brand in brands.values()]
        literals = sorted({literal for matcher in matchers for literal in matcher.literals()})
        named = (handle for brand in brands.values() for handle in brand.handles.get(channel, ()))
        return cls(matchers, literals, frozenset(handle.lower().removeprefix("@") for handle in named))

    def about(self, mention: Mention) -> bool:
        """Whether a brand is named in it, or its own account wrote it, is spoken to or quoted."""
        if self.handles & {*mention.addressees, mention.quotes or "", mention.author.handle.lower(), mention.author.id}:
            return True
        said = Said(mention.text)
        return any(matcher.find(said, mention.lang) for matcher in self.matchers)
