"""Bluesky by search, with an account: for who wants a few requests instead of the whole stream, or its posts of before.

Bluesky itself asks who listens for much to take the stream (``listeners.bluesky.jetstream``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import Field

from listeners.base import Spend
from listeners.bluesky.pds import ASK_BLUESKY, Reader
from listeners.bluesky.post import CHANNEL, Own, of_view, read_moment
from listeners.matching.search_terms import search_terms
from listeners.web.window import Post, Rounds, Window, mark_of
from models.channel import Manifest
from models.check import Fault
from models.errors import AuthFailed, EdgeError, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Pause, Secret, Table

PAST = timedelta(days=1)
"""Where no post names a term at the start, only those from here on are heard. Longer than a clock can be wrong."""
AT_ONCE = 25
"""Posts in one question: https://docs.bsky.app/docs/api/app-bsky-feed-get-posts."""
MISSHAPEN = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
"""What a post that is not in the network's shape raises."""
MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class BlueskyListener:
    """Asks for each term in turn, and for each account of the brands; a page of one term a poll."""

    manifest: ClassVar[Manifest | None] = MANIFESTS[CHANNEL]
    check_is_free = True

    class Settings(Table):
        """What a Bluesky listener can be told."""

        account: str = Field(min_length=3, description="The handle of the account that searches, without the @.")
        password: Secret = Field(description="An app password of the account; never its own password.")
        url: str = Field(
            "https://bsky.social", pattern=r"^https?://\S+$", description="The account's PDS, or its provider."
        )
        overlap: Duration = Field(
            "10m", validate_default=True, description="How far each poll looks back for posts that show late."
        )
        page: int = Field(100, ge=1, le=100, description="Posts in one page at most.")
        timeout: Pause = Field("10s", validate_default=True, description="How long an answer may take.")

    def __init__(self, settings: Settings, reader: Reader, terms: Mapping[str, str], handles: Sequence[str]) -> None:
        self._settings, self._reader, self._terms, self._handles = settings, reader, terms, handles
        self._overlap = settings.overlap // MILLISECOND
        self._own: Own | None = None
        self._unknown: list[str] = []

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing password, or for nothing to search for."""
        named = {
            handle.lower().removeprefix("@") for brand in brands.values() for handle in brand.handles.get(CHANNEL, ())
        }
        asked = {f"@{handle}": handle for handle in sorted(named) if not handle.startswith("did:")}
        account, password = settings.account.strip().removeprefix("@"), settings.password.reveal()
        reader = Reader(settings.url, account, password, settings.timeout.total_seconds())
        return cls(settings, reader, search_terms(name, brands, CHANNEL) | asked, sorted(named))

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """One page of one term; ``more`` while pages or terms of the round are left."""
        rounds = Rounds.read(cursor, self._terms)
        window, own = rounds.windows.get(rounds.todo[0]), await self._learn()
        views = await self._views(self._terms[rounds.todo[0]], window)
        found = {post.id: (post, view) for view in views if (post := _post(view))}
        posts = [post for post, _ in found.values()]
        if window is None:
            after = rounds.moved(Window.begun(posts, self._overlap, _key(now - PAST)))
            return Batch(cursor=after.dumps(), more=bool(after.todo), warning=self._warning())
        mentions, spoiled = _read([found[post.id][1] for post in window.fresh(posts)], window, own, now)
        full = len(views) >= self._settings.page and posts
        below, gap = window.next_page(posts, self._overlap) if full else (None, "")
        after = rounds.moved(window.after(posts, self._overlap, below))
        return Batch(mentions, cursor=after.dumps(), more=bool(after.todo), spoiled=spoiled, gap=gap)

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that the network does not show any more."""
        return frozenset(external_ids) - (await self._posts(external_ids)).keys()

    async def fetch(self, external_id: str) -> Mention | None:
        """One post."""
        view = (await self._posts([external_id])).get(external_id)
        try:
            return of_view(view, await self._learn()) if view else None
        except MISSHAPEN:
            raise Unavailable("Bluesky shows a post that is none") from None

    async def check(self) -> list[Fault]:
        """Whether the account can sign in and search, and the brand's own accounts are there."""
        try:
            await self._learn()
            await self._views(next(iter(self._terms.values())), None)
        except AuthFailed as error:
            return [Fault(str(error), ASK_BLUESKY)]
        except EdgeError as error:
            return [Fault(str(error), "look at the network and at url, then try again")]
        return [Fault(self._warning(), f"correct handles.{CHANNEL} of the brand")] if self._warning() else []

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._reader.aclose()

    async def _views(self, term: str, window: Window | None) -> list[Any]:
        asked: dict[str, str | int] = {"q": term, "sort": "latest", "limit": self._settings.page}
        if window is not None:
            asked["since"] = _moment(window.since(self._overlap))
            # The end is not part of what is found.
            asked |= {"until": _moment(window.until + 1)} if window.until is not None else {}
        return await self._rows("app.bsky.feed.searchPosts", **asked)

    async def _posts(self, uris: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for at in range(0, len(uris), AT_ONCE):
            views = await self._rows("app.bsky.feed.getPosts", uris=list(uris[at : at + AT_ONCE]))
            found |= {str(view.get("uri")): view for view in views if isinstance(view, dict)}
        return found

    async def _rows(self, method: str, **asked: str | int | Sequence[str]) -> list[Any]:
        try:
            rows = (await self._reader.ask(method, **asked)).get("posts")
        except LookupError as error:
            raise Unavailable(f"Bluesky refuses the question ({error})") from None
        if not isinstance(rows, list):
            raise Unavailable("Bluesky answered with something that is no page of posts")
        return rows

    async def _learn(self) -> Own:
        """The handles of the brands' own accounts by DID, which is all that an answer says of whom it answers."""
        if self._own is None:
            own, unknown = {}, []
            for handle in self._handles:
                try:
                    told = {"did": handle} if handle.startswith("did:") else await self._whose(handle)
                    own[str(told["did"])] = handle
                except LookupError:
                    unknown.append(handle)
            self._own, self._unknown = own, unknown
        return self._own

    async def _whose(self, handle: str) -> Mapping[str, Any]:
        return await self._reader.ask("com.atproto.identity.resolveHandle", handle=handle)

    def _warning(self) -> str:
        names = ", ".join(self._unknown)
        return f"Bluesky knows no account {names}: answers to it are not recognised" if names else ""


def _read(
    views: Sequence[Any], window: Window, own: Own, now: datetime
) -> tuple[tuple[Mention, ...], tuple[tuple[str, str], ...]]:
    """The mentions, each edited now if it was heard before, and what could not be read."""
    mentions, spoiled = [], []
    for view in views:
        try:
            mention = of_view(view, own)
            known = mention.external_id in window.seen
            mentions.append(replace(mention, edited_at=max(now, mention.posted_at)) if known else mention)
        except MISSHAPEN as error:
            spoiled.append((mark_of(repr(view)), f"not in the shape of a post ({type(error).__name__})"))
    return tuple(mentions), tuple(spoiled)


def _post(view: Any) -> Post | None:
    """What the window must know; None for what has no id or no moment, which nobody could name again."""
    try:
        moments = [read_moment(view["indexedAt"]), read_moment(view["record"].get("createdAt"))]
        return Post(str(view["uri"]), _key(min(moment for moment in moments if moment)), mark_of(str(view["cid"])))
    except MISSHAPEN:
        return None


def _key(moment: datetime) -> int:
    """The search's order: the earlier of when a post says that it was made, and when it was seen."""
    return max(0, (moment - _EPOCH) // MILLISECOND)


def _moment(key: int) -> str:
    return (_EPOCH + key * MILLISECOND).isoformat(timespec="milliseconds").replace("+00:00", "Z")
