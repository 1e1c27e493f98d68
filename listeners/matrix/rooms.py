"""Hears the Matrix rooms that let our bot in, by long polling. The server's place in its own order is the cursor."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import Field, field_validator

from listeners.base import Spend
from listeners.matrix.event import CHANNEL, MISSHAPEN, mention_of, redacted
from listeners.matrix.http import ASK_FOR_TOKEN, Forgotten, Home
from models.channel import Manifest
from models.check import Fault
from models.errors import AuthFailed, EdgeError, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Secret, Table

HEARD = ["m.room.message", "m.room.redaction", "m.room.encrypted", "m.room.member"]
NOTHING: Mapping[str, Any] = {"types": []}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the server stands for us, and the holes behind it: room, where to read on backwards, and where it ends."""

    since: str
    holes: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def read(cls, cursor: str) -> Self:
        try:
            raw = json.loads(cursor)
            return cls(str(raw["since"]), tuple((str(r), str(a), str(e)) for r, a, e in raw["holes"]))
        except (KeyError, TypeError, ValueError):
            raise Unavailable(
                "the cursor is not of Matrix: another kind of listener had this name, so give this one another"
            ) from None

    def dumps(self) -> str:
        return json.dumps({"since": self.since, "holes": self.holes})


@dataclass(slots=True)
class _Page:
    """What one answer has given so far."""

    mentions: list[Mention] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    spoiled: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class MatrixListener:
    """Hears messages, edits and redactions in every room that has the bot."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["matrix"]
    check_is_free = True

    class Settings(Table):
        """What a Matrix listener can be told."""

        server: str = Field(pattern=r"^https?://[^\s/]+/?$", description="The address of the bot's home server.")
        token: Secret = Field(description="The bot's access token.")
        accept_invites: bool = Field(False, description="Go into every room that the bot is invited to.")
        wait: Duration = Field("25s", validate_default=True, description="How long a poll waits for news, 30s at most.")
        limit: int = Field(100, ge=1, le=100, description="Messages of one room in one page at most.")
        timeout: Duration = Field("20s", validate_default=True, description="How long one request may take.")

        @field_validator("wait")
        @classmethod
        def _short_enough(cls, wait: timedelta) -> timedelta:
            if wait > timedelta(seconds=30):
                raise ValueError("must be 30s at most")
            return wait

    def __init__(self, home: Home, settings: Settings, handles: frozenset[str]) -> None:
        self._home, self._handles = home, handles
        self._limit, self._wait = settings.limit, settings.wait.total_seconds()
        self._joins = settings.accept_invites
        self._private: dict[str, bool] = {}
        self._me = ""

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing token or package."""
        home = Home(f"listeners.{name}", settings.server, settings.token.reveal(), settings.timeout.total_seconds())
        names = (handle for brand in brands.values() for handle in brand.handles.get(CHANNEL, ())[:1])
        return cls(home, settings, frozenset(handle.lstrip("@").lower() for handle in names))

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """What was said after ``cursor``; waits for news if there is none."""
        self._me = self._me or await self._home.me()
        if cursor is None:
            fresh = await self._home.sync(None, 0.0, self._filter(1))
            return Batch(cursor=_Place(_next(fresh)).dumps())
        at = _Place.read(cursor)
        page = _Page()
        if at.holes:
            at = await self._fill(at, page)
            if at.holes or page.mentions:
                return self._batch(at, page, more=bool(at.holes))
        try:
            answer = await self._home.sync(at.since, self._wait, self._filter(self._limit))
        except Forgotten:
            fresh = await self._home.sync(None, 0.0, self._filter(1))
            gap = "the Matrix server has forgotten our place: what was said until now was missed"
            return Batch(cursor=_Place(_next(fresh)).dumps(), gap=gap)
        at = await self._take(at, answer, page)
        return self._batch(at, page, more=bool(at.holes))

    def _batch(self, at: _Place, page: _Page, more: bool) -> Batch:
        moved = bool(page.mentions or page.gone)
        # The waiting is done at the server; the second keeps one that does not wait from being asked in a loop.
        pause = (0.0 if moved else 1.0) if self._wait else None
        return Batch(
            tuple(page.mentions), at.dumps(), more=more, pause=pause, spoiled=tuple(page.spoiled),
            warning="; ".join(page.warnings), gone=tuple(page.gone),
        )  # fmt: skip

    async def _take(self, at: _Place, answer: Mapping[str, Any], page: _Page) -> _Place:
        """One answer to sync: the end of each room's timeline, and where it has holes."""
        rooms, holes = answer.get("rooms") or {}, list[tuple[str, str, str]]()
        try:
            for room, told in (rooms.get("join") or {}).items():
                timeline = told["timeline"]
                events, joined = _since_join(timeline["events"], self._me)
                await self._hear(room, events, page)
                if timeline.get("limited") and not joined:
                    holes.append((room, str(timeline["prev_batch"]), at.since))
        except (AttributeError, KeyError, TypeError) as error:
            raise Unavailable(f"the Matrix server's answer is not in shape ({type(error).__name__})") from None
        await self._note(rooms, page)
        return _Place(_next(answer), tuple(holes))

    async def _fill(self, at: _Place, page: _Page) -> _Place:
        """One page of a hole, backwards."""
        (room, start, end), *rest = at.holes
        answer = await self._home.messages(room, start, end, self._limit, HEARD)
        chunk = answer.get("chunk")
        if not isinstance(chunk, list):
            raise Unavailable("the Matrix server's answer is no page of messages")
        events, joined = _since_join(list(reversed(chunk)), self._me)
        await self._hear(room, events, page)
        further = answer.get("end")
        if further and len(chunk) >= self._limit and not joined:
            return replace(at, holes=((room, str(further), end), *rest))
        return replace(at, holes=tuple(rest))

    async def _hear(self, room: str, events: Sequence[Any], page: _Page) -> None:
        """Add what events say to the page; an unreadable one is spoiled and never stops the rest."""
        for event in events:
            try:
                if event["type"] == "m.room.redaction":
                    page.gone += [f"{room}/{redacted(event)}"] if redacted(event) else []
                elif event["type"] == "m.room.encrypted":
                    page.warnings.append(f"room {room} is encrypted, so its messages cannot be read")
                elif event["type"] == "m.room.message" and await self._is_their_own(room, event):
                    heard = mention_of(room, event, self._me, self._handles, await self._is_private(room))
                    page.mentions += [heard] if heard else []
            except MISSHAPEN as error:
                digest = hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()[:16]
                page.spoiled.append((digest, f"an event of room {room}: not in shape ({type(error).__name__})"))
        page.warnings = list(dict.fromkeys(page.warnings))

    async def _is_their_own(self, room: str, event: Mapping[str, Any]) -> bool:
        """False for an edit of somebody else's message: servers hand it on, and it means nothing."""
        relation = event["content"].get("m.relates_to") or {}
        if relation.get("rel_type") != "m.replace":
            return True
        edited = await self._home.event(room, str(relation["event_id"]))
        return edited is not None and edited.get("sender") == event["sender"]

    async def _is_private(self, room: str) -> bool:
        if room not in self._private:
            self._private[room] = await self._home.members(room) <= 2
        return self._private[room]

    async def _note(self, rooms: Mapping[str, Any], page: _Page) -> None:
        """Go where we are invited, if we may; tell where we are not any more."""
        for room in rooms.get("invite") or {}:
            if self._joins and await self._home.join(room):
                continue
            page.warnings.append(f"the bot is invited to Matrix room {room} and has not gone in")
        page.warnings += [f"the bot is not in Matrix room {room} any more" for room in rooms.get("leave") or {}]
        for room in {*(rooms.get("join") or {}), *(rooms.get("leave") or {})}:
            # Who is there may have changed; it is asked again with the next message.
            told = (rooms.get("join") or {}).get(room, {}).get("timeline", {}).get("events", ())
            if any(event.get("type") == "m.room.member" for event in told if isinstance(event, dict)):
                self._private.pop(room, None)

    def _filter(self, limit: int) -> Mapping[str, Any]:
        room = {"timeline": {"limit": limit, "types": HEARD}, "state": NOTHING, "ephemeral": NOTHING}
        return {"room": {**room, "account_data": NOTHING}, "presence": NOTHING, "account_data": NOTHING}

    async def fetch(self, external_id: str) -> Mention | None:
        """One message, if the bot may see it."""
        room, _, name = external_id.partition("/")
        event = await self._home.event(room, name)
        try:
            self._me = self._me or await self._home.me()
            private = bool(event) and await self._is_private(room)
            return mention_of(room, event, self._me, self._handles, private) if event else None
        except MISSHAPEN:
            return None

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that were redacted, or that the server has no more."""
        found = set()
        for name in external_ids:
            room, _, event = name.partition("/")
            told = await self._home.event(room, event)
            found |= {name} if told is None or "redacted_because" in (told.get("unsigned") or {}) else set()
        return frozenset(found)

    async def check(self) -> list[Fault]:
        """Whether the token is good, the bot is in a room, and a brand knows it."""
        try:
            me, rooms = await self._home.me(), await self._home.rooms()
        except EdgeError as error:
            fix = ASK_FOR_TOKEN if isinstance(error, AuthFailed) else "check the network and server, then try again"
            return [Fault(str(error), fix)]
        faults = []
        if not rooms:
            faults.append(Fault(f"{me} is in no room", "invite it to the rooms that it is to hear"))
        if not self._handles:
            fix = f'add the bot to the handles of its brand: matrix = ["{me}"]'
            faults.append(Fault(f"no brand lists a handle on Matrix, so nobody who asks {me} to stop is heard", fix))
        return faults

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._home.aclose()


def _next(answer: Mapping[str, Any]) -> str:
    token = answer.get("next_batch")
    if not isinstance(token, str) or not token:
        raise Unavailable("the Matrix server's answer names no place to go on from")
    return token


def _since_join(events: Sequence[Any], me: str) -> tuple[list[Any], bool]:
    """What follows our own coming, and whether we came: what was said before it is the past."""
    for number in range(len(events) - 1, -1, -1):
        event = events[number]
        if not isinstance(event, dict) or event.get("type") != "m.room.member" or event.get("state_key") != me:
            continue
        before = ((event.get("unsigned") or {}).get("prev_content") or {}).get("membership")
        if (event.get("content") or {}).get("membership") == "join" and before != "join":
            return list(events[number + 1 :]), True
    return list(events), False
