"""One page of the stream: which frames are kept, what they say, and where they leave us."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from listeners.bluesky.firehose import Sieve
from listeners.bluesky.post import Own, mention_of, uri_of
from listeners.bluesky.wanted import Wanted
from listeners.bluesky.wire import Event, Place, read_event, read_moment_of
from models.mention import Author, Mention

MOST_GONE = 1_000
"""Deletions in one page."""


@dataclass(frozen=True, slots=True)
class Ear:
    """What is listened for: the first pass, the close look, and the brands' own accounts, by DID."""

    sieve: Sieve
    wanted: Wanted
    own: Own


@dataclass(slots=True)
class Page:
    """What one poll has found so far, ``most`` posts. ``last`` is the newest frame, whatever it says."""

    place: Place | None
    most: int
    found: dict[str, tuple[Event, Mention]] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    spoiled: list[tuple[str, str]] = field(default_factory=list)
    last: bytes = b""

    @property
    def full(self) -> bool:
        """Whether the rest must wait for another page."""
        return len(self.found) >= self.most or len(self.gone) >= MOST_GONE

    def after(self) -> Place | None:
        """Where the newest frame leaves us."""
        at = read_moment_of(self.last) if self.last else None
        if at is None:
            return self.place
        handed = {event.key: event.at for event, _ in self.found.values()}
        return self.place.after(at, handed) if self.place else Place.begun(at, handed)

    def take(self, frame: bytes, ear: Ear) -> bool:
        """Add what one frame says; whether it was the first find. An unreadable one never stops the rest."""
        self.last = frame
        if not ear.sieve(frame):
            return False
        try:
            event = read_event(frame)
            if event is None or (self.place and event.key in self.place.seen):
                return False
            return self._hear(event, ear)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            digest = hashlib.sha256(frame).hexdigest()[:16]
            self.spoiled.append((digest, f"a frame of {len(frame)} bytes: no post ({type(error).__name__})"))
            return False

    def _hear(self, event: Event, ear: Ear) -> bool:
        uri = uri_of(event.did, event.rkey)
        self.found.pop(uri, None)
        if event.record is None:
            self.gone[uri] = None
            return False
        author = Author(id=event.did, handle=ear.own.get(event.did, ""))
        edited = event.operation == "update"
        mention = mention_of(uri, event.record, author, event.moment, ear.own, edited=edited)
        if not ear.wanted.about(mention):
            return False
        self.gone.pop(uri, None)
        self.found[uri] = (event, mention)
        return len(self.found) == 1
