"""`match`: what a configuration's words find and leave out, of stored mentions or of a file. Writes nothing.

Posts that no brand's words found were counted and not kept, so the history shows what is lost in full, but of what is
won only posts that were heard for another reason. A file of posts shows both.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from classifiers.language import detect
from listeners.jsonl import BOM
from listeners.matching.matcher import Match, Matcher
from listeners.matching.rules import Said
from listeners.mention_line import mention_of
from listeners.screen import to_account
from models.errors import StoreError
from models.mention import Mention
from models.settings import Settings
from models.settings.sections import Brand
from models.store import Store, history

Rule = tuple[str, str, str]
"""A brand's key, the list in which an entry stands, and the entry."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the lead wants to know; ``examples`` are of each rule that changes something."""

    days: int = 30
    examples: int = 3
    as_json: bool = False


@dataclass(slots=True)
class Change:
    """Posts that one rule wins or loses, with the latest of them."""

    posts: int = 0
    examples: deque[tuple[Mention, Match | None]] = field(default_factory=deque)


@dataclass(slots=True)
class Matched:
    """All that is told. ``found`` and ``alone`` count the posts that a rule finds, and that no other rule finds.

    ``kept_out`` counts posts that a term finds and an exclusion leaves out. ``won`` and ``lost`` go by the rule that
    makes the difference: the term that finds a post now, the exclusion that leaves it out, or the term that found it.
    """

    examples: int
    posts: int = 0
    unreadable: int = 0
    accounts: Counter[str] = field(default_factory=Counter)
    found: Counter[Rule] = field(default_factory=Counter)
    alone: Counter[Rule] = field(default_factory=Counter)
    kept_out: Counter[Rule] = field(default_factory=Counter)
    won: dict[Rule, Change] = field(default_factory=dict)
    lost: dict[Rule, Change] = field(default_factory=dict)

    def note(self, changes: dict[Rule, Change], rule: Rule, post: Mention, match: Match | None) -> None:
        """Count a change and keep it as an example."""
        change = changes.setdefault(rule, Change(examples=deque(maxlen=self.examples)))
        change.posts += 1
        change.examples.append((post, match))


class Words:
    """What a configuration's brands are recognised by. Each matcher is made on first use."""

    def __init__(self, brands: Mapping[str, Brand]) -> None:
        self.brands = brands
        self._made: dict[tuple[str, str], Matcher] = {}

    def of(self, brand: str, channel: str) -> Matcher | None:
        """A brand's matcher on a channel; None where there is no such brand."""
        if brand not in self.brands:
            return None
        if (brand, channel) not in self._made:
            self._made[brand, channel] = Matcher.of(self.brands[brand], channel)
        return self._made[brand, channel]


class Walk:
    """Goes through posts and counts. ``then`` are the words in force; None where only the new ones are tried."""

    def __init__(self, found: Matched, now: Words, then: Words | None) -> None:
        self._found, self._now, self._then = found, now, then
        self._seen: set[tuple[str, str]] = set()

    def step(self, post: Mention) -> None:
        """Try one post on every brand. A post that two brands have heard is tried once."""
        if (post.channel, post.external_id) in self._seen:
            return
        self._seen.add((post.channel, post.external_id))
        self._found.posts += 1
        said, lang = Said(post.text), detect(post.text, post.lang or "")
        for brand, own in self._now.brands.items():
            if to_account(post, own.handles.get(post.channel, [])):
                self._found.accounts[brand] += 1
            else:
                self._try(brand, post, said, lang)

    def _try(self, brand: str, post: Mention, said: Said, lang: str) -> None:
        now = self._now.of(brand, post.channel)
        assert now, "only brands that are there are tried"
        matches, excluded = now.every(said, lang), now.excluded(said, lang)
        first = None if excluded or not matches else matches[0]
        self._count(brand, matches, excluded)
        if self._then is None:
            return
        then = self._then.of(brand, post.channel)
        before = then.find(said, lang) if then else None
        if first and not before:
            self._found.note(self._found.won, _rule(brand, first), post, first)
        elif before and not first:
            # Either a term is gone, or an exclusion has come.
            self._found.note(self._found.lost, _rule(brand, excluded or before), post, before)

    def _count(self, brand: str, matches: list[Match], excluded: Match | None) -> None:
        if matches and excluded:
            self._found.kept_out[_rule(brand, excluded)] += 1
            return
        self._found.found.update(_rule(brand, match) for match in matches)
        if len(matches) == 1:
            self._found.alone[_rule(brand, matches[0])] += 1


def _rule(brand: str, match: Match) -> Rule:
    return brand, match.source, match.rule


def matched(posts: Iterable[Mention | None], new: Settings, in_force: Settings | None, examples: int) -> Matched:
    """What the new words find in the posts, and how that differs from the words in force."""
    found = Matched(examples)
    walk = Walk(found, Words(new.brands), Words(in_force.brands) if in_force else None)
    for post in posts:
        if post is None:
            found.unreadable += 1
        else:
            walk.step(post)
    return found


def match(
    store: Store | None, file: Path | None, new: Settings, in_force: Settings | None, asked: Asked, now: datetime
) -> None:
    """Print what the words find in a file, else in the store's history. Raises StoreError where nothing is kept."""
    from classifiers.evaluation.sheet import show
    from engine.match_sheets import as_json, sheets

    posts: Iterable[Mention | None] = ()
    if file:
        posts = in_file(file, new.brands, now)
    elif store:
        posts = stored(store, asked.days, now)
        if not store.do(history.extent, now - timedelta(days=asked.days), now).decided:
            raise StoreError(
                f"nothing was decided in the last {asked.days} days whose text is kept: try a file of posts"
            )
    found = matched(posts, new, in_force, asked.examples)
    if asked.as_json:
        print(json.dumps(as_json(found, new.brands), indent=1))
    else:
        show(sheets(found, new.brands, in_force is not None, whole=file is not None))


def rules_of(brands: Mapping[str, Brand]) -> Iterator[Rule]:
    """Every entry of every brand, those of all languages and channels included, in their order."""
    for name, brand in brands.items():
        lists = {"terms": brand.terms, "aliases": brand.aliases, "exclude": brand.exclude}
        for table, words_by in (("languages", brand.languages), ("channels", brand.channels)):
            for key, words in words_by.items():
                lists |= {f"{table}.{key}.terms": words.terms, f"{table}.{key}.exclude": words.exclude}
        yield from ((name, source, text) for source, texts in lists.items() for text in texts)


def stored(store: Store, days: int, now: datetime) -> Iterator[Mention]:
    """The mentions heard in the last days whose text is kept, a portion at a time."""
    after = (now - timedelta(days=days), "")
    while portion := store.do(history.portion, after, now):
        yield from (past.mention for past in portion)
        after = portion[-1].place


def in_file(file: Path, brands: Iterable[str], now: datetime) -> Iterator[Mention | None]:
    """The posts of a file of mentions (docs/mention-format.md); None for a line that cannot be read."""
    known = frozenset(brands)
    for number, line in enumerate(file.read_bytes().removeprefix(BOM).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            yield mention_of(line.strip(), number, known, now)
        except ValueError:
            yield None
