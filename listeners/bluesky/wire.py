"""Jetstream's frames and our place in the stream. Pure: bytes in, values out.

Two wires carry the same events: v2 (network.bsky.jetstream.subscribeEvents) and the older /subscribe, which is frozen.
Both take a moment in microseconds as the cursor, counted by the server's own clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from listeners.bluesky.post import POSTS, read_moment

REWIND = timedelta(seconds=5)
"""How far before our place a connection begins anew: the servers' clocks differ a little, and events come unordered."""
LONGEST_FRAME = 1_000_000
"""Bytes; the server leaves longer ones out, and a post is far shorter."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LAST = 4_000_000_000_000_000
"""Microseconds since 1970; no event is of later than this."""
DELETED = '"delete"'
"""Stands in the frame of a deletion. In a text its quotes would be escaped."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to one post. ``record`` is None where it was deleted; ``key`` is this change's own."""

    did: str
    rkey: str
    operation: str
    at: int
    record: Mapping[str, Any] | None = field(repr=False)
    key: str

    @property
    def moment(self) -> datetime:
        """When the network saw it."""
        return EPOCH + self.at * MICROSECOND


@dataclass(frozen=True, slots=True)
class Place:
    """Where we are: all up to ``at`` was handed over, and nothing before ``since`` is ours. Microseconds.

    ``seen`` are the keys of the posts that were handed over within the last ``REWIND``, each with its moment. A place
    is a ``guess`` as long as nothing was heard: it is counted by our own clock, which may be wrong.
    """

    at: int
    since: int
    seen: Mapping[str, int] = field(default_factory=dict)
    guess: bool = False

    @classmethod
    def read(cls, cursor: str) -> Self:
        """The place that ``dumps`` wrote; raises ValueError for anything else."""
        try:
            kept = json.loads(cursor)
            seen = {str(key): int(at) for key, at in kept["seen"].items()}
            return cls(int(kept["at"]), int(kept["since"]), seen, bool(kept.get("guess")))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("the cursor is none of Jetstream's") from error

    def dumps(self) -> str:
        """As the store keeps it."""
        kept = {"at": self.at, "since": self.since, "seen": dict(self.seen)} | ({"guess": True} if self.guess else {})
        return json.dumps(kept, separators=(",", ":"))

    @classmethod
    def begun(cls, at: int, handed: Mapping[str, int]) -> Self:
        """The first place that the stream itself told us."""
        return cls(at, min([at, *handed.values()])).after(at, handed)

    def after(self, at: int, handed: Mapping[str, int]) -> Self:
        """The place once all up to ``at`` was handed over, ``handed`` among it."""
        if self.guess:
            return self.begun(at, handed)
        at = max(at, self.at)
        since = max(self.since, at - REWIND // MICROSECOND)
        seen = {key: moment for key, moment in {**self.seen, **handed}.items() if moment >= since}
        return type(self)(at, since, seen)


def address(base: str, wire: str, since: int | None) -> str:
    """Where to connect: every post of the network, from ``since`` (microseconds) on, or from now."""
    names = {"v2": ("collections", "kinds"), "v1": ("wantedCollections", "")}[wire]
    asked = [(names[0], POSTS), (names[1], "commit"), ("maxMessageSizeBytes", LONGEST_FRAME)]
    asked += [("cursor", since)] if since is not None else []
    path = {"v2": "/xrpc/network.bsky.jetstream.subscribeEvents", "v1": "/subscribe"}[wire]
    return f"{base.rstrip('/')}{path}?{urlencode([(name, value) for name, value in asked if name])}"


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - EPOCH) // MICROSECOND


def read_event(frame: bytes) -> Event | None:
    """What a frame says of a post, None where it says something else; raises ValueError where it cannot be read."""
    try:
        kept = json.loads(frame)
        body = kept.get("payload", kept)
        commit = body.get("commit") or body
        if commit.get("collection") != POSTS:
            return None
        operation, record = str(commit["operation"]), commit.get("record")
        if not isinstance(record, dict) and operation != "delete":
            raise ValueError("no record")
        did, rkey = str(body["did"]), str(commit["rkey"])
        key = hashlib.sha256(f"{did}/{rkey}/{commit.get('rev')}".encode("utf-8", "replace")).hexdigest()[:12]
        return Event(did, rkey, operation, _moment(body), record, key)
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        # Without its cause, which may hold the words of a post.
        raise ValueError(f"not in the stream's shape ({type(error).__name__})") from None


def read_moment_of(frame: bytes) -> int | None:
    """When the server saw what a frame says, in microseconds; None for a notice, which has no moment."""
    try:
        kept = json.loads(frame)
        return _moment(kept.get("payload", kept))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None


def read_notice(frame: bytes) -> str:
    """The name of what the server tells about itself, such as OutdatedCursor; empty for an event."""
    try:
        kept = json.loads(frame)
        return str(kept.get("error") or kept.get("payload", {}).get("name") or "")
    except (AttributeError, ValueError, RecursionError):
        return ""


def _moment(body: Mapping[str, Any]) -> int:
    """The moment that a cursor is counted by."""
    if "time_us" in body:
        if not 0 <= body["time_us"] < LAST:
            raise ValueError("no moment")
        return int(body["time_us"])
    moment = read_moment(body.get("witnessedAt") or body["time"])
    if moment is None:
        raise ValueError("no moment")
    return microseconds(moment)
