"""Where listings stand that a platform gives newest first, page by page. Asks nobody, and trusts no clock of ours.

A listing is read back to what is known already. A post that comes a little late, or was edited, is still heard: the
posts of the last while are remembered. A crash between two pages repeats pages and skips none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

MOST = 2000
"""Posts of one listing that are remembered."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A post on a page: its id, its moment, and when it was edited last; all in seconds since 1970.

    ``aside`` is one that stands out of the listing's order, such as a reply beside the thread that it belongs to.
    """

    id: str
    at: float
    edited: float = 0.0
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """One listing's place. All before ``since`` was heard, and what is in ``seen``: id → moment and last edit.

    While pages are left to read, ``token`` names the next and ``read`` counts the posts so far; ``known`` says that
    something known was met. ``again`` says that the first page was read twice, for the platform lost ours.
    """

    since: float | None = None
    seen: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    token: str = ""
    read: int = 0
    known: bool = False
    again: bool = False

    def after(self, entries: Sequence[Entry], token: str, late: timedelta, full: int) -> Step:
        """The place behind a page, and what is new on it; ``token`` names the page that follows, if there is one.

        ``full`` is how many posts a page may hold: where so many are new and nothing follows them, the platform shows
        no more of what lay between.
        """
        if self.since is None:
            return self._begun(entries, token, late)
        if not entries and self.token and not self.again:
            return Step(replace(self, token="", read=0, again=True), frozenset(), more=True)
        known = self.known or any(one.id in self.seen or one.at < self.since for one in entries)
        fresh = frozenset(one.id for one in entries if self._is_new(one, self.since))
        seen = dict(self.seen) | {one.id: (one.at, one.edited) for one in entries if one.id in fresh}
        read = self.read + len(entries)
        if token and token != self.token and not any(one.at < self.since for one in entries if not one.aside):
            return Step(replace(self, seen=seen, token=token, read=read, known=known), fresh, more=True)
        lost = bool(self.since) and not known and read >= full
        return Step(_shut(seen, self.since, late), fresh, lost=lost)

    def _is_new(self, one: Entry, since: float) -> bool:
        if one.id in self.seen:
            return one.edited > self.seen[one.id][1]
        return one.at >= since

    def _begun(self, entries: Sequence[Entry], token: str, late: timedelta) -> Step:
        """Nothing on the first page of all is heard; older posts than these are not looked for."""
        oldest = min((one.at for one in entries if not one.aside), default=0.0) if token else 0.0
        return Step(_shut({one.id: (one.at, one.edited) for one in entries}, oldest, late), frozenset())


@dataclass(frozen=True, slots=True)
class Step:
    """What a page has changed: the place behind it, the ids that are new, and whether the next page is to be read.

    ``lost`` says that posts before this page may be out of reach for good.
    """

    place: Place
    fresh: frozenset[str]
    more: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """The places of all listings, by name, and those to be read in this round. ``notes`` are the listener's."""

    places: Mapping[str, Place]
    todo: tuple[str, ...]
    notes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None, listings: Iterable[str]) -> Cursor:
        """The cursor for today's listings; a new one begins now. A text that is not ours begins anew."""
        kept = _decode(text)
        try:
            places = {name: _place(value) for name, value in kept.get("places", {}).items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            kept, places = {}, {}
        names = tuple(listings)
        todo = tuple(map(str, kept.get("todo", ()))) or names
        return cls({**dict.fromkeys((*names, *todo), Place()), **places}, todo, kept.get("notes", {}))

    def moved(self, name: str, step: Step) -> Cursor:
        """``name`` now stands behind the page; it stays the next while it has pages."""
        rest = tuple(one for one in self.todo if one != name)
        return replace(self, places={**self.places, name: step.place}, todo=(name, *rest) if step.more else rest)

    def skipped(self, name: str) -> Cursor:
        """``name`` stays where it is until the next round."""
        return replace(self, todo=tuple(one for one in self.todo if one != name))

    def dumps(self) -> str:
        """As the store keeps it."""
        places = {
            name: {
                "since": place.since,
                "seen": {key: [at, edited] if edited else [at] for key, (at, edited) in place.seen.items()},
                **{key: value for key in ("token", "read", "known", "again") if (value := getattr(place, key))},
            }
            for name, place in self.places.items()
            if place.since is not None
        }
        return json.dumps({"places": places, "todo": self.todo, "notes": dict(self.notes)}, separators=(",", ":"))


def seconds(moment: datetime | None) -> float:
    """A moment as an Entry holds it; 0 for none."""
    return moment.timestamp() if moment else 0.0


def _shut(seen: Mapping[str, tuple[float, float]], since: float, late: timedelta) -> Place:
    """The place between two rounds: what came in the last while before the newest post stays known."""
    newest = max((at for at, _ in seen.values()), default=since)
    since = max(since, newest - late.total_seconds())
    kept = sorted((item for item in seen.items() if item[1][0] >= since), key=lambda item: -item[1][0])
    if len(kept) > MOST:
        since = kept[MOST - 1][1][0]
    return Place(since, dict(kept[:MOST]))


def _decode(text: str | None) -> dict[str, Any]:
    try:
        kept = json.loads(text or "{}")
    except (RecursionError, ValueError):
        return {}
    shape = {"places": dict, "todo": list}
    good = isinstance(kept, dict) and all(isinstance(kept.get(name), kind) for name, kind in shape.items())
    good = good and isinstance(kept.get("notes", {}), dict)
    return kept if good else {}


def _place(kept: Mapping[str, Any]) -> Place:
    seen = {key: (float(at), float(rest[0]) if rest else 0.0) for key, (at, *rest) in kept["seen"].items()}
    return Place(
        None if kept["since"] is None else float(kept["since"]),
        seen,
        kept.get("token", ""),
        kept.get("read", 0),
        kept.get("known", False),
        kept.get("again", False),
    )
