"""YouTube: hears the comments under the videos of channels, or under single videos. Data API v3, with a key alone.

A page of comments costs one of the day's 10,000 units. Replies are heard when they come with a thread that is new or
was just written; YouTube lists no later ones without asking for each thread, which nobody's units bear.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from listeners.base import Spend
from listeners.web.newest_first import Cursor, Entry, seconds
from listeners.web.web import Page, Web
from listeners.youtube.posts import comments, mention_of
from models.channel import Manifest
from models.check import Fault
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Secret, Table

API = "https://www.googleapis.com/youtube/v3"
PACIFIC = ZoneInfo("America/Los_Angeles")
"""YouTube counts units anew at midnight there."""
SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded"})
HURRIED = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
CLOSED = frozenset({"commentsDisabled", "videoNotFound", "channelNotFound"})
"""What is wrong with one video or channel and with no other."""
RENEW = "look at the key in Google's console: the YouTube Data API must be on, and the key allowed to use it"


class YouTubeListener:
    """One key. Each channel or video is a listing that is read newest first, back to what is known."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["youtube"]
    check_is_free = True

    class Settings(Table):
        """What a YouTube listener can be told."""

        key: Secret = Field(description="An API key from Google's console, for the YouTube Data API v3.")
        channels: list[str] = Field([], description="Ids of channels (UC…) under whose videos all comments are read.")
        videos: list[str] = Field([], description="Ids of single videos.")
        units_per_day: int = Field(
            9000, ge=1, description="Units spent a day (UTC) at most; a page of comments is one."
        )
        late: Duration = Field("10m", validate_default=True, description="How late a comment may show and be heard.")
        page: int = Field(100, ge=1, le=100, description="Threads in one page at most.")
        base_url: str = Field(API, pattern=r"^https?://\S+$", description="Where the API is.")
        timeout: Duration = Field("20s", validate_default=True, description="How long one request may take.")

    def __init__(self, settings: Settings, web: Web, listings: Mapping[str, Mapping[str, str]]) -> None:
        self._web = web
        self._listings = listings
        self._base = settings.base_url.rstrip("/")
        self._units = settings.units_per_day
        self._late: timedelta = settings.late
        self._page = settings.page

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing key or where there is nothing to hear."""
        listings = {f"channel:{one}": {"allThreadsRelatedToChannelId": one} for one in settings.channels}
        listings |= {f"video:{one}": {"videoId": one} for one in settings.videos}
        if not listings:
            raise ValueError(f"listener {name}: nothing to hear: name channels or videos by their ids")
        # In a header, so that it stands in no URL.
        headers = {"X-Goog-Api-Key": settings.key.reveal(), "Accept": "application/json"}
        web = Web("YouTube", timeout=settings.timeout.total_seconds(), headers=headers)
        return cls(settings, web, listings)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """One page of one listing; ``more`` while pages or listings of the round are left."""
        at = Cursor.read(cursor, self._listings)
        if spent.posts >= self._units:
            said = f"today's {self._units} units of YouTube are used up: nothing is heard until 00:00 UTC"
            return Batch(cursor=at.dumps(), pause=900.0, warning=f"{said}, unless units_per_day is raised")
        name = at.todo[0]
        if name not in self._listings:
            return Batch(cursor=at.skipped(name).dumps(), more=len(at.todo) > 1)
        place = at.places[name]
        try:
            threads, token = await self._threads(name, place.token, self._page, now)
        except _ClosedError as error:
            after = at.skipped(name)
            if len(self._listings) == 1:
                raise Unavailable(f"{name}: {error}") from None
            return Batch(cursor=after.dumps(), more=bool(after.todo), posts=1, warning=f"{name}: {error}")
        mentions, spoiled = _mentions(threads)
        step = place.after([_entry(one) for one in mentions], token, self._late, self._page)
        after = at.moved(name, step)
        return Batch(
            tuple(one for one in mentions if one.external_id in step.fresh),
            cursor=after.dumps(),
            more=bool(after.todo),
            spoiled=tuple(spoiled),
            posts=1,
            gap=f"{name}: YouTube shows no comments between the newest and those known" if step.lost else "",
        )

    async def check(self) -> list[Fault]:
        """Ask each listing for one thread, which costs a unit each."""
        faults = []
        for name in self._listings:
            try:
                await self._threads(name, "", 1, datetime.now(UTC))
            except (EdgeError, _ClosedError) as error:
                faults.append(Fault(f"{name}: {error}", RENEW if isinstance(error, AuthFailed) else "look at its id"))
        return faults

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that are not there any more; a unit for each 50."""
        gone: set[str] = set()
        for start in range(0, len(external_ids), 50):
            asked = external_ids[start : start + 50]
            found = await self._comments("id", asked)
            gone |= set(asked) - {str(one.get("id")) for one in found if isinstance(one, dict)}
        return frozenset(gone)

    async def fetch(self, external_id: str) -> Mention | None:
        """One comment, or None where it is not there."""
        for one in await self._comments("snippet", [external_id]):
            try:
                return mention_of(one, 0)
            except (ValueError, AttributeError):
                continue
        return None

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._web.aclose()

    async def _threads(self, name: str, token: str, size: int, now: datetime) -> tuple[list[Any], str]:
        params = {"part": "snippet,replies", "order": "time", "textFormat": "plainText", "maxResults": str(size)}
        more = {"pageToken": token} if token else {}
        answer = await self._ask("commentThreads", params | more | dict(self._listings[name]), now)
        return answer["items"], str(answer.get("nextPageToken") or "")

    async def _comments(self, part: str, ids: Sequence[str]) -> list[Any]:
        params = {"part": part, "id": ",".join(ids), "textFormat": "plainText", "maxResults": "50"}
        try:
            items: list[Any] = (await self._ask("comments", params, datetime.now(UTC)))["items"]
        except _ClosedError as error:
            raise Unavailable(str(error)) from None
        return items

    async def _ask(self, what: str, params: Mapping[str, str], now: datetime) -> dict[str, Any]:
        page = await self._web.get(f"{self._base}/{what}", params, also=(400, 403, 404))
        if page.status != 200:
            raise _error(page, self._web, now)
        answer = self._web.parse(page)
        if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
            raise Unavailable("YouTube's answer is no list of comments")
        return answer


class _ClosedError(Exception):
    """One listing cannot be read, and the others can."""


def _error(page: Page, web: Web, now: datetime) -> Exception:
    """What a refusal means, by the reason that YouTube gives."""
    said = web.parse(page)
    error = said.get("error") if isinstance(said, dict) else None
    listed = error.get("errors") if isinstance(error, dict) else None
    reasons = {str(one.get("reason")) for one in listed if isinstance(one, dict)} if isinstance(listed, list) else set()
    if reasons & SPENT:
        return RateLimited("the day's units of YouTube are used up", _seconds_to_midnight(now))
    if reasons & HURRIED:
        return RateLimited("YouTube asks us to slow down")
    if reasons & CLOSED:
        return _ClosedError(f"YouTube shows no comments there ({', '.join(sorted(reasons & CLOSED))}): take it out")
    if page.status == 404:
        return Unavailable("YouTube does not know what was asked for: look at the ids")
    if page.status == 403 or reasons & {"keyInvalid", "keyExpired", "badRequest"}:
        return AuthFailed(f"YouTube does not accept the key: {RENEW}")
    return Unavailable(f"YouTube answered with status {page.status}")


def _mentions(threads: Sequence[Any]) -> tuple[list[Mention], list[tuple[str, str]]]:
    found, spoiled = [], []
    for thread in threads:
        video = ""
        for comment, replies in comments(thread):
            try:
                one = mention_of(comment, replies, video)
            except ValueError as error:
                digest = hashlib.sha256(json.dumps(comment, sort_keys=True).encode()).hexdigest()[:16]
                spoiled.append((digest, str(error)))
                continue
            video = video or str(comment["snippet"].get("videoId") or "")
            found.append(one)
    return found, spoiled


def _entry(one: Mention) -> Entry:
    # Threads are in the order of their first comments, so those alone say how far back a page reaches.
    return Entry(one.external_id, one.posted_at.timestamp(), seconds(one.edited_at), aside=one.in_reply_to is not None)


def _seconds_to_midnight(now: datetime) -> float:
    here = now.astimezone(PACIFIC)
    midnight = datetime.combine(here.date() + timedelta(days=1), time(), PACIFIC)
    return (midnight - here).total_seconds()
