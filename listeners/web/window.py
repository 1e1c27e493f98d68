"""Where a search stands that shows the newest posts first: what was heard, and how far a page reaches down. Pure.

A round begins at the newest post and goes down, page by page, to what was heard before. It always reads a little of
that again, ``overlap``, for posts that the platform shows late and for edits. Pages are bounded by the posts' own keys
(a moment or a number that grows), never by their places, which new and deleted posts shift. A crash repeats a page at
most: ``newest`` moves only when the round has reached the ground.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Post:
    """What the window must know of a post: its id, its place ``key``, and a ``mark`` that an edit changes."""

    id: str
    key: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """One search. All below ``floor`` is the past before we began, or the ground of an earlier round.

    Keys are above -1. ``seen`` has the key and the mark of each post within reach of the overlap. In an open round,
    ``until`` is the greatest key of its next page, and ``top`` the greatest that it has met.
    """

    newest: int
    floor: int = 0
    seen: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    until: int | None = None
    top: int = 0

    @classmethod
    def begun(cls, posts: Sequence[Post], overlap: int, ground: int) -> Window:
        """The window that takes what is there for the past. ``ground`` is its floor where nothing is there at all."""
        if not posts:
            return cls(newest=ground, floor=ground)
        newest = max(post.key for post in posts)
        # Below the page's last post nothing is known, so all of that is the past too.
        floor = max(newest - overlap, min(post.key for post in posts))
        return cls(newest, floor, {post.id: (post.key, post.mark) for post in posts if post.key >= floor})

    def since(self, overlap: int) -> int:
        """The least key that is asked for."""
        return max(self.floor, self.newest - overlap)

    def fresh(self, posts: Sequence[Post]) -> list[Post]:
        """Those that were not heard yet, or were edited since; the oldest come first."""
        fresh = (post for post in posts if post.id not in self.seen or self.seen[post.id][1] != post.mark)
        return sorted(fresh, key=lambda post: post.key)

    def next_page(self, posts: Sequence[Post], overlap: int) -> tuple[int | None, str]:
        """For a page that is full: the greatest key of the next one, and what may be missed for good.

        The next page begins at the least key of this one, which may have more posts of the same moment.
        """
        least = min(post.key for post in posts)
        if self.until != least or self.fresh(posts):
            return least, ""
        gap = f"more posts of one moment ({least}) than a page holds: some of them may not be heard"
        return (least - 1 if least > self.since(overlap) else None), gap

    def after(self, posts: Sequence[Post], overlap: int, below: int | None) -> Window:
        """The window once a page was read. ``below`` is the greatest key of the next page; None ends the round."""
        top = max([self.top, self.newest, *(post.key for post in posts)])
        seen = {**self.seen, **{post.id: (post.key, post.mark) for post in posts}}
        reach = max(self.floor, top - overlap)
        # Of a long round only what the next page and the next round read again is remembered.
        edge = -1 if below is None else below
        kept = {known: at for known, at in seen.items() if at[0] >= reach or at[0] <= edge}
        if below is None:
            return Window(newest=top, floor=self.floor, seen=kept)
        return replace(self, seen=kept, until=below, top=top)

    def dump(self) -> dict[str, Any]:
        """As the cursor keeps it."""
        rest = {"until": self.until, "top": self.top} if self.until is not None else {}
        return {"newest": self.newest, "floor": self.floor, "seen": dict(self.seen)} | rest


@dataclass(frozen=True, slots=True)
class Rounds:
    """The windows of several searches, by name, and those that this round has still to ask."""

    windows: Mapping[str, Window]
    todo: tuple[str, ...]

    @classmethod
    def read(cls, cursor: str | None, names: Collection[str]) -> Rounds:
        """The windows of ``names``; one that is new has none yet. Raises Unavailable for another kind's cursor."""
        try:
            kept = json.loads(cursor) if cursor else {"windows": {}, "todo": []}
            windows = {name: _window(value) for name, value in kept["windows"].items() if name in names}
            todo = tuple(name for name in kept["todo"] if name in names)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unavailable(
                "the stored cursor is not one of this listener: another kind of listener had this name, so give this "
                "one another"
            ) from None
        return cls(windows, todo or tuple(names))

    def moved(self, window: Window) -> Rounds:
        """The first search in ``todo`` now stands at ``window``; it comes up again while it has pages."""
        name, *rest = self.todo
        return Rounds({**self.windows, name: window}, (*rest, name) if window.until is not None else tuple(rest))

    def dumps(self) -> str:
        """As the store keeps it."""
        windows = {name: window.dump() for name, window in self.windows.items()}
        return json.dumps({"windows": windows, "todo": self.todo})


def _window(kept: Mapping[str, Any]) -> Window:
    seen = {str(known): (int(at), str(mark)) for known, (at, mark) in kept["seen"].items()}
    until = kept.get("until")
    return Window(
        int(kept["newest"]), int(kept["floor"]), seen, None if until is None else int(until), kept.get("top", 0)
    )


def mark_of(text: str) -> str:
    """What an edit changes, without the words."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
