"""Stack Exchange: questions that name a brand on Stack Overflow and its sister sites, by their search.

The API: https://api.stackexchange.com/docs. Its quota is by day, its ``backoff`` must be obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import Field

from listeners.base import Spend
from listeners.matching.search_terms import search_terms
from listeners.stackexchange.post import MISSHAPEN, mention_of, place_of, read_questions
from listeners.web.web import Web
from listeners.web.window import Rounds, Window
from models.channel import Manifest
from models.check import Fault
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Entry, Pause, Secret, Table

PAST = timedelta(days=1)
"""Where no question names a term at the start, only those from here on are heard. Longer than a clock can be wrong."""
KEY_FAULTS = frozenset(
    ("access_denied", "access_token_compromised", "access_token_required", "invalid_access_token", "key_required")
)
STEADY = 60.0
"""Seconds between two polls that no quota has to make longer."""


class StackExchangeListener:
    """Asks each site for each term in turn; a page of one of them a poll."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["stackexchange"]
    check_is_free = True

    class Settings(Table):
        """What a Stack Exchange listener can be told."""

        sites: list[Entry] = Field(
            ["stackoverflow"],
            min_length=1,
            description='The sites, as in the API: "stackoverflow", "superuser" and so on.',
        )
        key: Secret | None = Field(
            None,
            description="A free key of stackapps.com, for 10,000 requests a day instead of 300.",
        )
        overlap: Duration = Field(
            "2h", validate_default=True, description="How far each poll looks back for late questions and edits."
        )
        page: int = Field(100, ge=1, le=100, description="Questions in one page at most.")
        timeout: Pause = Field("20s", validate_default=True, description="How long an answer may take.")
        base_url: str = Field("https://api.stackexchange.com/2.3", pattern="^https?://", description="The API.")

    def __init__(self, settings: Settings, key: str, terms: Mapping[str, str]) -> None:
        self._settings = settings
        self._key = {"key": key} if key else {}
        self._searches = {f"{site} {term}": (site, asked) for site in settings.sites for term, asked in terms.items()}
        self._overlap = int(settings.overlap.total_seconds())
        self._web = Web("Stack Exchange", timeout=settings.timeout.total_seconds())

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing key, or where there is no brand to search for."""
        key = settings.key.reveal() if settings.key else ""
        return cls(settings, key, search_terms(name, brands, "stackexchange"))

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """One page of one search; ``more`` while pages or searches of the round are left and the quota allows."""
        rounds = Rounds.read(cursor, self._searches)
        name = rounds.todo[0]
        site, term = self._searches[name]
        window = rounds.windows.get(name)
        answer = await self._search(site, term, window)
        found = {post.id: (post, raw) for raw in answer["items"] if (post := place_of(raw, site))}
        posts = [post for post, _ in found.values()]
        if window is None:
            after = rounds.moved(Window.begun(posts, self._overlap, int((now - PAST).timestamp())))
            return self._batch(after, answer, now)
        fresh = [(found[post.id][1], post.id in window.seen) for post in window.fresh(posts)]
        mentions, spoiled = read_questions(fresh, site, now)
        full = answer.get("has_more") is True and posts
        below, gap = window.next_page(posts, self._overlap) if full else (None, "")
        after = rounds.moved(window.after(posts, self._overlap, below))
        return self._batch(after, answer, now, mentions=mentions, spoiled=spoiled, gap=gap)

    def _batch(self, after: Rounds, answer: Mapping[str, Any], now: datetime, **heard: Any) -> Batch:
        pause = self._pause(answer, now)
        return Batch(cursor=after.dumps(), more=bool(after.todo) and pause is None, pause=pause, **heard)

    def _pause(self, answer: Mapping[str, Any], now: datetime) -> float | None:
        """How long the API asks us to rest, or as long as lets the day's quota last."""
        waits = [float(min(answer["backoff"], 86_400))] if isinstance(answer.get("backoff"), int) else []
        left = answer.get("quota_remaining")
        if isinstance(left, int):
            tomorrow = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            pace = (tomorrow - now).total_seconds() * len(self._searches) / max(left, 1)
            waits += [min(pace, 3600.0)] if pace > STEADY else []
        return max(waits, default=None)

    async def _search(self, site: str, term: str, window: Window | None) -> dict[str, Any]:
        asked: dict[str, str | int] = {"q": term, "site": site, "sort": "creation", "order": "desc"}
        if window is not None:
            asked["fromdate"] = window.since(self._overlap)
            asked |= {"todate": window.until} if window.until is not None else {}
        return await self._ask("/search/advanced", asked)

    async def _ask(self, path: str, asked: Mapping[str, str | int]) -> dict[str, Any]:
        params = {**asked, "pagesize": self._settings.page, "filter": "withbody", **self._key}
        page = await self._web.get(f"{self._settings.base_url}{path}", params, also=(400,))
        answer = self._web.parse(page)
        if page.status == 400:
            raise _refusal(answer)
        if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
            raise Unavailable("Stack Exchange answered with something that is no page of posts")
        return answer

    async def fetch(self, external_id: str) -> Mention | None:
        """One question."""
        for site, numbers in _by_site([external_id]).items():
            for raw in await self._questions(site, numbers):
                try:
                    return mention_of(raw, site)
                except MISSHAPEN:
                    raise Unavailable("Stack Exchange answered with something that is no question") from None
        return None

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that the site does not show any more; up to 100 of a site in one request."""
        gone: set[str] = set()
        for site, numbers in _by_site(external_ids).items():
            for start in range(0, len(numbers), 100):
                some = numbers[start : start + 100]
                there = {str(raw.get("question_id")) for raw in await self._questions(site, some)}
                gone |= {f"{site}/{number}" for number in some if number not in there}
        return frozenset(gone)

    async def _questions(self, site: str, numbers: Sequence[str]) -> list[dict[str, Any]]:
        answer = await self._ask(f"/questions/{';'.join(numbers)}", {"site": site})
        return [raw for raw in answer["items"] if isinstance(raw, dict)]

    async def check(self) -> list[Fault]:
        """Whether each site answers, and the key, if there is one, is taken."""
        faults = []
        for site, term in dict(self._searches.values()).items():
            try:
                await self._search(site, term, None)
            except AuthFailed as error:
                faults.append(Fault(str(error), "copy the key of your app from stackapps.com again, or leave key out"))
            except EdgeError as error:
                faults.append(
                    Fault(f"{site}: {error}", "look at the network, at sites and at base_url, then try again")
                )
        return faults

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._web.aclose()


def _refusal(answer: Any) -> EdgeError:
    """The API gives all its refusals with status 400: https://api.stackexchange.com/docs/error-handling."""
    told = answer if isinstance(answer, dict) else {}
    name = str(told.get("error_name", ""))
    if name == "throttle_violation":
        wait = re.search(r"(\d{1,6}) seconds?", str(told.get("error_message", "")))
        return RateLimited("Stack Exchange asks us to slow down", float(wait[1]) if wait else None)
    if name in KEY_FAULTS:
        return AuthFailed(f"Stack Exchange does not let us in ({name}): check the key")
    shown = name if re.fullmatch("[a-z_]{1,40}", name) else "bad request"
    return Unavailable(f"Stack Exchange refuses the request ({shown}): check the names of the sites")


def _by_site(external_ids: Sequence[str]) -> dict[str, list[str]]:
    """The numbers of the questions, by site; without what is no id of ours."""
    found: dict[str, list[str]] = {}
    for known in dict.fromkeys(external_ids):
        site, _, number = known.partition("/")
        if site and number.isascii() and number.isdecimal():
            found.setdefault(site, []).append(number)
    return found
