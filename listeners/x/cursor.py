"""Where a search on X stands: what was heard, and the page to read next. Asks nobody.

A crash between two pages repeats pages and skips none: ``since`` moves only when the last page of a round was read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from listeners.x.posts import Page

_MARGIN = timedelta(seconds=60)
"""X's results end 30 s before now, and it refuses a start after their end."""
_OLDEST = timedelta(days=7) - timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Place:
    """One query's place. All before ``start``, and up to the post ``since`` if set, was heard.

    While a round of pages is open, ``token`` names its next page, ``newest`` its greatest id, and ``began`` the moment
    of its first request.
    """

    start: datetime
    since: str = ""
    newest: str = ""
    token: str = ""
    began: datetime | None = None

    def opened(self, now: datetime) -> tuple[Place, str]:
        """The place as it is asked at ``now``, and a warning if posts are out of X's reach by now."""
        began = self.began or now
        if self.since or self.start >= now - _OLDEST:
            return replace(self, began=began), ""
        lost = f"X keeps seven days: posts from {_say(self.start)} to {_say(now - _OLDEST)} were not heard"
        return replace(self, start=now - _OLDEST, token="", newest="", began=now), lost

    def parameters(self) -> dict[str, Any]:
        """Where the search begins, in X's words; the same for every page of a round."""
        where: dict[str, Any] = {"next_token": self.token} if self.token else {}
        if self.since:
            return where | {"since_id": self.since}
        assert self.began is not None
        return where | {"start_time": min(self.start, self.began - _MARGIN)}

    def after(self, page: Page) -> Place:
        """The place once ``page`` was read."""
        newest = max((known for known in (self.since, self.newest, page.newest) if known), key=int, default="")
        # The same token again would be the same page for ever.
        if page.next_token and page.next_token != self.token:
            return replace(self, newest=newest, token=page.next_token)
        assert self.began is not None
        return Place(start=max(self.start, self.began - _MARGIN), since=newest)

    def timed(self, there: datetime) -> Place:
        """The place where X's clock said ``there`` as it was asked: ours may be fast, and would then skip posts."""
        assert self.began is not None
        return replace(self, began=min(self.began, there))

    def without_start(self, there: datetime) -> tuple[Place, str]:
        """X, whose clock says ``there``, has not come to ``start`` yet: its own now instead, and the warning."""
        said = f"our clock is ahead of X's, where it is {_say(there)}: set this machine's clock"
        return replace(self, start=min(self.start, there - _MARGIN), token="", began=None), said

    def without_id(self) -> tuple[Place, str]:
        """X does not take ``since`` any more: the place by the clock instead, and the warning."""
        said = f"X no longer takes the post id {self.since} where we stopped; hearing again from {_say(self.start)}"
        return Place(start=self.start), said

    def without_token(self) -> tuple[Place, str]:
        """X does not take ``token`` any more: the first page of the same round, and the warning."""
        said = "X no longer takes the page where we stopped; reading this round again from its first page"
        return replace(self, token="", began=None), said


@dataclass(frozen=True, slots=True)
class Cursor:
    """The places of all queries, by digest, and the queries that this round has still to ask."""

    places: Mapping[str, Place]
    todo: tuple[str, ...]

    @classmethod
    def read(cls, text: str | None, queries: Sequence[str], now: datetime) -> Cursor:
        """The cursor for today's queries. A query that is new, by a changed setting, takes the oldest place there is.

        None begins at ``now``. Raises ValueError for a text that is not ours.
        """
        known, todo = _decode(text) if text else ({}, ())
        begin = min((place.start for place in known.values()), default=now)
        places = {key: known.get(key, Place(start=begin)) for key in map(query_key, queries)}
        return cls(places, tuple(key for key in todo if key in places) or tuple(places))

    def moved(self, place: Place) -> Cursor:
        """The first query in ``todo`` now stands at ``place``; it comes up again while it has pages."""
        key, *rest = self.todo
        return Cursor({**self.places, key: place}, (*rest, key) if place.token else tuple(rest))

    def skipped(self) -> Cursor:
        """The first query in ``todo`` stays where it is until the next round."""
        return Cursor(self.places, self.todo[1:])

    def back(self, place: Place) -> Cursor:
        """The first query in ``todo`` now stands at ``place`` and is asked again."""
        return Cursor({**self.places, self.todo[0]: place}, self.todo)

    def dumps(self) -> str:
        """As the store keeps it."""
        places = {
            key: {name: _write(value) for name, value in asdict(place).items() if value}
            for key, place in self.places.items()
        }
        return json.dumps({"places": places, "todo": self.todo})


def query_key(query: str) -> str:
    """A short name of a query."""
    return hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()[:12]


def _decode(text: str) -> tuple[dict[str, Place], tuple[str, ...]]:
    try:
        kept = json.loads(text)
        return {key: _place(value) for key, value in kept["places"].items()}, tuple(kept["todo"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("the stored cursor is not one of this listener") from error


def _place(kept: Mapping[str, str]) -> Place:
    began = kept.get("began")
    return Place(
        start=datetime.fromisoformat(kept["start"]),
        since=kept.get("since", ""),
        newest=kept.get("newest", ""),
        token=kept.get("token", ""),
        began=datetime.fromisoformat(began) if began else None,
    )


def _write(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _say(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
