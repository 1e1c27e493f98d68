"""Hears posts on X by recent search, within a budget. Bills are the reason why it asks for as little as it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from listeners.base import Spend
from listeners.x import lookup as x_lookup
from listeners.x.cursor import Cursor, Place, query_key
from listeners.x.http import Answer, AnswerError, Door, seconds_to_reset, their_time, used_up
from listeners.x.posts import Page, read_page
from listeners.x.query import build_queries, own_handles
from listeners.x.settings import Allowance, XSettings
from models.channel import Manifest
from models.check import Fault
from models.errors import Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand

_LEAST = 10
"""X gives no smaller pages."""


class XListener:
    """One app's search for all brands that it is given."""

    # X bills the posts that it finds.
    manifest: ClassVar[Manifest | None] = MANIFESTS["x"]
    check_is_free = False

    Settings: ClassVar[type[XSettings]] = XSettings

    def __init__(self, settings: XSettings, door: Door, queries: tuple[str, ...], own: Mapping[str, str]) -> None:
        self._settings = settings
        self._door = door
        self._queries = {query_key(query): query for query in queries}
        self._own = own

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing token or a query that is too long."""
        token = settings.token.reveal()
        if not (token.isascii() and token.isprintable() and " " not in token):
            raise ValueError(f"listener {name}: the X token has blanks or signs that no token has; store it again")
        if not brands:
            raise ValueError(f"listener {name}: there is no brand to search for; add one under brands")
        queries = build_queries(
            brands,
            extra=settings.query_extra,
            addressed=settings.addressed,
            longest=settings.max_query_length,
            # With users their handles are known, and the screen leaves them out.
            blocked=not settings.users,
        )
        own = _own_accounts(name, settings, brands)
        door = Door(token, settings.base_url, settings.timeout.total_seconds(), settings.users)
        return cls(settings, door, queries, own)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """One page of one query; ``more`` while pages or queries of the round are left."""
        at = self._read(cursor, now)
        allowed = self._settings.allow(spent)
        if allowed.posts < _LEAST:
            return self._used_up(at, now)
        place, lost = at.places[at.todo[0]].opened(now)
        size = _LEAST if allowed.saving else min(self._settings.max_results, allowed.posts)
        try:
            answer = await self._door.search(self._queries[at.todo[0]], size, place.parameters())
        except AnswerError as error:
            return self._recover(error, at, place, now)
        page = _page(answer, self._own)
        place = place.timed(their_time(answer.headers, now))
        after = at.moved(place.after(page))
        pause = self._pause(answer, page, allowed, now)
        return Batch(
            # Without an id the search starts a little early, see Place.parameters.
            mentions=tuple(post for post in page.mentions if place.since or post.posted_at >= place.start),
            cursor=after.dumps(),
            more=bool(after.todo) and pause is None,
            pause=pause,
            spoiled=page.spoiled,
            posts=page.posts,
            dollars=self._settings.cost(page.posts, page.users),
            warning=self._slow() if allowed.saving else "",
            gap=lost,
        )

    def _read(self, cursor: str | None, now: datetime) -> Cursor:
        try:
            return Cursor.read(cursor, tuple(self._queries.values()), now)
        except ValueError as error:
            raise Unavailable(f"{error}: another kind of listener had this name, so give this one another") from error

    def _recover(self, error: AnswerError, at: Cursor, place: Place, now: datetime) -> Batch:
        """Go on from where X still lets us; raises where it does not."""
        if error.status == 400 and place.token and {"next_token", "pagination_token"} & error.blamed:
            place, warning = place.without_token()
            return Batch(cursor=at.back(place).dumps(), more=True, warning=warning)
        if error.status == 400 and place.since and "since_id" in error.blamed:
            place, warning = place.without_id()
            return Batch(cursor=at.back(place).dumps(), more=True, warning=warning)
        there = their_time(error.headers, now)
        if error.status == 400 and "start_time" in error.blamed and there < now:
            place, warning = place.without_start(there)
            return Batch(cursor=at.back(place).dumps(), more=True, warning=warning)
        if error.status == 400 and len(self._queries) > 1:
            # One bad query must not keep the others from being asked.
            after = at.skipped()
            fault = error.fault()
            warning = f"{fault.what}: {fault.fix}; the query is {self._queries[at.todo[0]]}"
            return Batch(cursor=after.dumps(), more=bool(after.todo), warning=warning)
        raise error.edge(now) from error

    def _pause(self, answer: Answer, page: Page, allowed: Allowance, now: datetime) -> float | None:
        """How long to rest: until X's window opens again, or as the rest of the budget lasts until midnight."""
        waits = [seconds_to_reset(answer.headers, now) or 60.0] if used_up(answer.headers) else []
        if allowed.saving and page.posts:
            waits.append(min(_seconds_to_midnight(now) * page.posts / allowed.posts, 900.0))
        return max(waits, default=None)

    def _used_up(self, at: Cursor, now: datetime) -> Batch:
        warning = (
            f"today's X budget ({self._settings.budget()}) is used up: nothing is heard until 00:00 UTC, "
            "unless posts_per_day or dollars_per_day is raised"
        )
        return Batch(cursor=at.dumps(), pause=min(_seconds_to_midnight(now), 3600.0), warning=warning)

    def _slow(self) -> str:
        return f"four fifths of today's X budget ({self._settings.budget()}) are used: hearing more slowly"

    async def check(self) -> list[Fault]:
        """Ask every query once, for the last minute only, which costs a few posts at most."""
        faults: list[Fault] = []
        start = datetime.now(UTC) - timedelta(seconds=90)
        for query in self._queries.values():
            try:
                _page(await self._door.search(query, _LEAST, {"start_time": start}), self._own)
            except AnswerError as error:
                faults.append(error.fault())
            except Unavailable as error:
                faults.append(Fault(str(error), "look at the network and at base_url, then try again"))
        return list(dict.fromkeys(faults))

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that X does not show any more."""
        return await x_lookup.gone(self._door, external_ids)

    async def fetch(self, external_id: str) -> Mention | None:
        """One post, such as the one that another answers."""
        return await x_lookup.fetch(self._door, external_id, self._own)

    def affordable(self, spent: Spend, share: float) -> int:
        """How many may still be looked up, if this was spent of this share of the budget."""
        return self._settings.affordable(spent, share)

    def cost(self, posts: int) -> float:
        """What X bills for so many, in dollars."""
        return self._settings.cost(posts, 0)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._door.aclose()


def _page(answer: Answer, own: Mapping[str, str]) -> Page:
    try:
        return read_page(answer.body, own)
    except ValueError as error:
        raise Unavailable("X's answer could not be read: it is no page of posts") from error


def _own_accounts(name: str, settings: XSettings, brands: Mapping[str, Brand]) -> dict[str, str]:
    """The brand's handle for each of its account ids."""
    if not settings.own_ids:
        return {}
    named = [handles[0] for brand in brands.values() if (handles := own_handles(brand))]
    if len(named) != 1:
        raise ValueError(
            f"listener {name}: own_ids needs exactly one brand with a handle on X, and there are {len(named)}: "
            "give each brand a listener of its own"
        )
    return dict.fromkeys(settings.own_ids, named[0])


def _seconds_to_midnight(now: datetime) -> float:
    """Until the next UTC day, when X's and our counts begin anew."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today + timedelta(days=1) - now).total_seconds()
