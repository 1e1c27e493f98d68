"""Where each of many feeds stands: what was heard of it, what it was when we last looked, and when it is asked again.

Items are known by a short digest of their id, so their order, their dates and their places may change as they like.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from listeners.feed.document import Item
from models.errors import Unavailable

REMEMBERED = 100
"""Items that have left the feed and are still known, in case they come back."""
MOST_EDITS = 5
"""Of one item. A feed whose texts change with every look, by a counter in them, is not judged anew for ever."""


@dataclass(frozen=True, slots=True)
class Place:
    """One feed. ``seen`` has, by a digest of its id, each item's digest of the words and the number of its edits.

    ``begun`` says that the feed was read once, so that what is new in it is known. ``due`` is when it is asked again,
    in seconds of Unix time.
    """

    seen: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    modified: str = ""
    due: int = 0
    fails: int = 0
    begun: bool = False

    def conditions(self) -> dict[str, str]:
        """The headers that spare both sides a feed that has not changed (RFC 9110, 13.1)."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        # What is not of ASCII can be sent in no header.
        return {name: value for name, value in asked.items() if value and value.isascii() and value.isprintable()}

    def fresh(self, items: Sequence[Item]) -> list[tuple[Item, bool]]:
        """The items that were not heard yet, or have changed since, which is the second; the feed's last come first."""
        return [(item, _id(item) in self.seen) for item in reversed(items) if self._state(item) is not None]

    def knows_none(self, items: Sequence[Item]) -> bool:
        """Whether the feed has moved on so far that nothing of what it showed before is left in it."""
        return bool(self.seen and items) and not any(_id(item) in self.seen for item in items)

    def heard(self, items: Sequence[Item], shown: Sequence[Item]) -> Place:
        """The place once ``items`` of those that are ``shown`` were heard."""
        states = {_id(item): state for item in reversed(items) if (state := self._state(item)) is not None}
        now = {_id(item) for item in shown}
        seen = {**self.seen, **states}
        gone = [known for known in seen if known not in now][:-REMEMBERED]
        return replace(self, seen={known: state for known, state in seen.items() if known not in gone}, begun=True)

    def _state(self, item: Item) -> str | None:
        """What is kept of an item once it was heard now; None where it is not to be heard."""
        mark, before = _short(item.text)[:6], self.seen.get(_id(item))
        if before is None:
            return f"{mark}0"
        edits = int(before[6:])
        return f"{mark}{edits + 1}" if before[:6] != mark and edits < MOST_EDITS else None

    def rested(self, until: datetime, headers: Mapping[str, str] | None = None) -> Place:
        """The place after a good answer; ``headers`` where it was read to its end, so that it may be asked for less."""
        etag, modified = self.etag, self.modified
        if headers is not None:
            etag, modified = headers.get("etag", "")[:500], headers.get("last-modified", "")[:100]
        return replace(self, etag=etag, modified=modified, due=int(until.timestamp()), fails=0)

    def failed(self, until: datetime) -> Place:
        """The place after one more failure."""
        return replace(self, due=int(until.timestamp()), fails=self.fails + 1)


@dataclass(frozen=True, slots=True)
class Feeds:
    """All feeds, by key, and those that this round has still to ask."""

    places: Mapping[str, Place]
    todo: tuple[str, ...]

    @classmethod
    def read(cls, cursor: str | None, keys: Sequence[str], now: datetime, longest: float) -> Feeds:
        """The places of ``keys``; raises Unavailable for another kind's cursor.

        A new round holds the feeds that are due, and those that would rest for more than ``longest`` (s), which only
        a clock that was wrong can have said.
        """
        try:
            kept = json.loads(cursor) if cursor else {"feeds": {}, "todo": []}
            places = {key: Place(**kept["feeds"][key]) for key in keys if key in kept["feeds"]}
            todo = tuple(key for key in kept["todo"] if key in keys)
        except (ValueError, KeyError, TypeError):
            raise Unavailable(
                "the stored cursor is not one of this listener: another kind of listener had this name, so give this "
                "one another"
            ) from None
        waits = {key: places[key].due - now.timestamp() if key in places else 0.0 for key in keys}
        due = [key for key in keys if waits[key] <= 0 or waits[key] > longest]
        return cls(places, todo or tuple(sorted(due, key=waits.__getitem__)))

    def turn(self, most: int, start: int) -> tuple[str, ...]:
        """The feeds to ask now, beginning with number ``start`` of those that wait."""
        first = start % len(self.todo) if self.todo else 0
        return (self.todo[first:] + self.todo[:first])[:most]

    def moved(self, key: str, place: Place, again: bool) -> Feeds:
        """A feed stands at ``place``; it waits to be asked ``again`` in this round, or its turn is over."""
        todo = self.todo if again else tuple(other for other in self.todo if other != key)
        return Feeds({**self.places, key: place}, todo)

    @property
    def all_fail(self) -> bool:
        """Whether none of the feeds that were ever asked has answered last."""
        return all(place.fails for place in self.places.values())

    def dumps(self) -> str:
        """As the store keeps it."""
        feeds = {
            key: {name: value for name, value in asdict(place).items() if value} for key, place in self.places.items()
        }
        return json.dumps({"feeds": feeds, "todo": self.todo})


def key_of(url: str) -> str:
    """A feed's name in the cursor, which does not show its address."""
    return _short(url)


def _id(item: Item) -> str:
    return _short(item.id)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
