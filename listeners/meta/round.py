"""The round of a brand's own place at Meta: its posts, and below each watched post the comments, newest first.

A new post brings all its comments; below the posts that were there at the start, only what came after the start counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from listeners.meta.graph import AbsentError, Graph, Listing, digest
from listeners.web.newest_first import Cursor, Entry, Place
from models.errors import Unavailable
from models.mention import Batch, Mention

Read = Callable[[Mapping[str, Any], str], Mention]
"""A thing, and the id of the post that it stands under, as a mention; raises ValueError or KeyError."""
Mark = Callable[[Mapping[str, Any]], tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for at a path, and how a thing there is read.

    ``watch`` tells a post's mark and how many comments it has; they are read when the mark has changed. With
    ``nested``, a thing's answers stand inside it under this name, out of the order of time.
    """

    path: str
    params: Mapping[str, str]
    read: Read
    watch: Mark | None = None
    nested: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """``tops`` are the listings by name; ``below`` makes the question for the comments of a post."""

    graph: Graph
    tops: Mapping[str, Question]
    below: Callable[[str], Question]
    late: timedelta
    page: int
    watched: int
    own: Callable[[Mention], Mention] = field(default=lambda one: one)

    async def poll(self, cursor: str | None) -> Batch:
        """One page of one listing."""
        at = Cursor.read(cursor, self.tops)
        name = at.todo[0]
        question = self.tops.get(name) or (self.below(name[3:]) if name.startswith("on:") else None)
        if question is None:
            return _left(at.skipped(name))
        place = at.places[name]
        try:
            listing = await self.graph.list(question.path, {**question.params, "limit": str(self.page)}, place.token)
        except AbsentError as error:
            if name in self.tops:
                raise Unavailable(f"{error}: look at the id") from None
            # A post that was deleted takes its comments with it.
            return _left(_without(at, name))
        return self._heard(at, name, question, listing)

    def _heard(self, at: Cursor, name: str, question: Question, listing: Listing) -> Batch:
        mentions: list[Mention] = []
        entries: list[Entry] = []
        spoiled: list[tuple[str, str]] = []
        for thing, aside in _parts(listing.things, question.nested):
            try:
                one = self.own(question.read(thing, name[3:]))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                spoiled.append((digest(thing), f"not in the shape of a post ({type(error).__name__})"))
                continue
            mentions.append(one)
            entries.append(Entry(one.external_id, one.posted_at.timestamp(), aside=aside))
        step = at.places[name].after(entries, listing.token, self.late, self.page)
        after = at.moved(name, step)
        if question.watch is not None:
            after = self._watch(after, listing.things, question.watch, step.fresh)
        heard = tuple(one for one in mentions if one.external_id in step.fresh and one.text)
        gap = f"{name}: nothing between the newest and what is known is shown" if step.lost else ""
        return replace(_left(after), mentions=heard, spoiled=tuple(spoiled), gap=gap)

    def _watch(
        self,
        at: Cursor,
        posts: Sequence[Mapping[str, Any]],
        mark: Mark,
        fresh: frozenset[str],
    ) -> Cursor:
        """Read the comments of those posts whose mark has changed; forget posts that are watched no longer."""
        marks, places, todo = dict(at.notes), dict(at.places), list(at.todo)
        # The newest stand last.
        for post in reversed([one for one in posts if isinstance(one.get("id"), str)]):
            name, (now, comments) = f"on:{post.get('id')}", mark(post)
            changed = marks.pop(name, None) != now
            marks[name] = now
            # Of a new post all comments are news; of one that had some before us, those from now on.
            places.setdefault(name, Place(0.0) if post.get("id") in fresh or not comments else Place())
            if changed and comments and name not in todo:
                todo.append(name)
        for name in [*marks][: max(0, len(marks) - self.watched)]:
            del marks[name]
            places.pop(name, None)
            todo = [one for one in todo if one != name]
        return replace(at, places=places, todo=tuple(todo), notes=marks)


def _parts(things: Sequence[Mapping[str, Any]], nested: str) -> Iterator[tuple[Mapping[str, Any], bool]]:
    for thing in things:
        yield thing, False
        inside = thing.get(nested) if nested else None
        listed = inside.get("data") if isinstance(inside, dict) else None
        for one in listed if isinstance(listed, list) else []:
            if isinstance(one, dict):
                yield {**one, "parent": {"id": thing.get("id")}}, True


def _without(at: Cursor, name: str) -> Cursor:
    places = {key: place for key, place in at.places.items() if key != name}
    notes = {key: mark for key, mark in at.notes.items() if key != name}
    return replace(at.skipped(name), places=places, notes=notes)


def _left(at: Cursor) -> Batch:
    return Batch(cursor=at.dumps(), more=bool(at.todo))


async def gone(graph: Graph, ids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that are not there any more, or not for us."""
    there: set[str] = set()
    for start in range(0, len(ids), 50):
        there |= await graph.there(ids[start : start + 50])
    return frozenset(ids) - there
