"""Where we are in a server's timelines: nothing is lost, also not what another server hands over late."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from listeners.mastodon.status import MISSHAPEN, moment

LATE = timedelta(minutes=15)
"""A post of another server is sorted in by its own moment, below what is read already, so this much is read again."""
MOST_KNOWN = 400
"""Posts that are remembered of one timeline at most; above them, less is read again."""
START = "0"
"""Sorts below the ids of all servers."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a timeline: its id there, and the status."""

    id: str
    status: Mapping[str, Any] = field(repr=False)

    def marks(self, now: datetime) -> tuple[int, int]:
        """The seconds of its posting and of its last change; 0 for what cannot be read."""
        posted = min(_seconds(self.status.get("created_at")), int(now.timestamp()) + 3600)
        return posted, _seconds(self.status.get("edited_at"))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in one timeline. What follows ``floor`` is read again in each round, ``at`` is where the round stands.

    ``known`` holds the marks of what was read above ``floor``: these posts are not handed over again, unless they
    were edited.
    """

    floor: str = START
    at: str = START
    known: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, newest: Sequence[Item]) -> Self:
        """The place above all that is there."""
        top = max((item.id for item in newest), key=order, default=START)
        return cls(top, top)

    def after(self, page: Sequence[Item], full: bool, now: datetime) -> tuple[list[Item], Place]:
        """What is new on a page, oldest first, and the place behind it; where it is not ``full``, the round ends."""
        above = [item for item in page if order(item.id) > order(self.floor)]
        fresh = [item for item in above if self.known.get(item.id) != item.marks(now)]
        known = {**self.known, **{item.id: item.marks(now) for item in above}}
        fresh.sort(key=lambda item: order(item.id))
        if full and above:
            return fresh, replace(self, at=max((item.id for item in page), key=order), known=known)
        return fresh, _rewound(self.floor, known)


def _rewound(floor: str, known: Mapping[str, tuple[int, int]]) -> Place:
    """The place for the next round, LATE before the newest post."""
    ids = sorted(known, key=order)
    newest = max((posted for posted, _ in known.values()), default=0)
    old = [name for name in ids if known[name][0] < newest - LATE.total_seconds()]
    settled = max([floor, *old[-1:], *ids[:-MOST_KNOWN][-1:]], key=order)
    return Place(settled, settled, {name: known[name] for name in ids if order(name) > order(settled)})


@dataclass(frozen=True, slots=True)
class Cursor:
    """The places of all timelines, and which are still to be asked in this round; ``down`` are servers that failed."""

    places: Mapping[str, Place]
    todo: tuple[str, ...]
    down: tuple[str, ...] = ()

    @classmethod
    def read(cls, cursor: str | None, names: Iterable[str]) -> Self:
        """A cursor for these timelines; one without a place begins now. Raises ValueError for another's cursor."""
        wanted = tuple(names)
        if cursor is None:
            return cls({}, wanted)
        try:
            raw = json.loads(cursor)
            places = {name: _place(kept) for name in wanted if (kept := raw["places"].get(name))}
            todo = tuple(name for name in raw["todo"] if name in wanted)
            return cls(places, todo or wanted, tuple(raw["down"]) if todo else ())
        except (RecursionError, *MISSHAPEN) as error:
            raise ValueError("the cursor is not of a Mastodon listener") from error

    def moved(self, name: str, place: Place, ended: bool) -> Cursor:
        """After a page of a timeline."""
        todo = tuple(other for other in self.todo if other != name) if ended else self.todo
        return replace(self, places={**self.places, name: place}, todo=todo)

    def without(self, server: str, names: Iterable[str]) -> Cursor:
        """After a server has failed: its timelines wait for the next round."""
        left = set(names)
        return replace(self, todo=tuple(n for n in self.todo if n not in left), down=(*self.down, server))

    def dumps(self) -> str:
        """As text."""
        places = {name: [place.floor, place.at, place.known] for name, place in self.places.items()}
        return json.dumps({"places": places, "todo": self.todo, "down": self.down}, separators=(",", ":"))


def _place(raw: Any) -> Place:
    floor, at, known = raw
    return Place(str(floor), str(at), {str(name): (int(marks[0]), int(marks[1])) for name, marks in known.items()})


def order(identifier: str) -> tuple[int, str]:
    """Ids are numbers on Mastodon and texts of one length elsewhere; both sort by this."""
    return len(identifier), identifier


def _seconds(value: object) -> int:
    try:
        return int(moment(value).timestamp()) if isinstance(value, str) else 0
    except MISSHAPEN:
        return 0
