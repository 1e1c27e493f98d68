"""What a program says by webhook: a post, that it was changed, or that it is gone. Pure.

The body is ``{"type": "post.created" | "post.edited" | "post.deleted", "data": one or a list}``; each part is in the
form of ``docs/mention-format.md``. A bare post without ``type`` is a new one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from listeners.mention_line import Line, as_mention, digest, read_line
from listeners.webhook.spool import Place
from models.mention import Batch, Mention, storable

KINDS = ("post.created", "post.edited", "post.deleted")
MOST = 100
"""Posts in one request at most."""


class Event(BaseModel):
    """One thing that happened, as the spool keeps it; ``line`` is None for a post that is gone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["post.created", "post.edited", "post.deleted"]
    id: str
    at: AwareDatetime
    line: Line | None = None


def events_of(body: bytes, message: str, channel: str, brands: frozenset[str], now: datetime) -> list[Event]:
    """What one request says. ``message`` is its id, from which posts without an id take theirs.

    Raises ValueError whose words hold no value of the request.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("the body is not JSON") from None
    if not isinstance(said, dict):
        raise ValueError('the body must be an object with "type" and "data", or one post')
    kind = said.get("type", "post.created") if "data" in said else "post.created"
    if kind not in KINDS:
        raise ValueError(f"type: must be one of {', '.join(KINDS)}")
    data = said.get("data", said)
    parts = data if isinstance(data, list) else [data]
    if not 1 <= len(parts) <= MOST:
        raise ValueError(f"data: must be 1 to {MOST} posts")
    return [
        _event(kind, part, message if number == 0 else f"{message}:{number}", channel, brands, now)
        for number, part in enumerate(parts)
    ]


def _event(kind: str, part: Any, message: str, channel: str, brands: frozenset[str], now: datetime) -> Event:
    if kind == "post.deleted":
        identifier = part.get("id") if isinstance(part, dict) else None
        if not isinstance(identifier, str | int) or isinstance(identifier, bool) or not 0 < len(str(identifier)) <= 512:
            raise ValueError("id: a deleted post needs the id that it was sent with")
        if storable(str(identifier)) != str(identifier):
            raise ValueError("id: may hold neither NUL nor half a sign")
        return Event(kind=kind, id=str(identifier), at=now)
    try:
        line = read_line(json.dumps(part).encode(), brands)
    except RecursionError:
        raise ValueError("the post is nested too deep") from None
    if "channel" in line.model_fields_set and line.channel != channel:
        raise ValueError(f"channel: this webhook takes posts of {channel} alone")
    if kind == "post.edited" and line.id is None:
        raise ValueError("id: an edited post needs the id that it was sent with")
    edited = (line.edited_at or now) if kind == "post.edited" else line.edited_at
    line = line.model_copy(update={"channel": channel, "edited_at": edited})
    return Event.model_validate({"kind": kind, "id": line.id or message, "at": now, "line": line})


def batch_of(lines: Sequence[tuple[bytes, Place]], place: Place, now: datetime) -> tuple[Batch, Place]:
    """One page of the spool and the place behind it.

    A post that follows a deletion waits for the next page: within one, deletions come last.
    """
    mentions: list[Mention] = []
    gone: list[str] = []
    spoiled: list[tuple[str, str]] = []
    for raw, after in lines:
        try:
            event = Event.model_validate_json(raw)
        except ValidationError:
            spoiled.append((digest(raw), "not in the form of this version"))
        else:
            if event.line is not None and gone:
                return Batch(tuple(mentions), gone=tuple(gone), spoiled=tuple(spoiled), more=True), place
            if event.line is None:
                gone.append(event.id)
            else:
                mentions.append(as_mention(event.line, event.id, event.at))
        place = after
    return Batch(tuple(mentions), gone=tuple(gone), spoiled=tuple(spoiled)), place
