"""Hears public posts of Mastodon servers by asking for their timelines: hashtags take no account, the rest a token.

A server knows only the posts that reach it, so several servers hear more; the same post has the same id on all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from listeners.base import Spend
from listeners.mastodon.origin import Origins
from listeners.mastodon.place import Cursor, Place
from listeners.mastodon.reader import Reader
from listeners.mastodon.server import LIMIT, MEMBERS_ONLY, Server
from listeners.mastodon.status import CHANNEL
from listeners.matching.search_terms import search_terms
from models.channel import Manifest
from models.check import Fault
from models.errors import AuthFailed, EdgeError, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Entry, Secret, Table

Source = Literal["hashtags", "mentions", "search", "public"]
Address = Annotated[str, Field(pattern=r"^https?://[^\s/]+/?$")]


class MastodonListener:
    """Asks one timeline in a poll; a round goes through all timelines of all servers."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["mastodon"]
    check_is_free = True

    class Settings(Table):
        """What a Mastodon listener can be told."""

        servers: list[Address] = Field(
            ["https://mastodon.social"], min_length=1, description="The addresses of the servers to ask."
        )
        sources: list[Source] = Field(
            ["hashtags"],
            min_length=1,
            description="What is heard: hashtags, mentions (of the token's account), search, public (all posts).",
        )
        tags: list[Entry] = Field([], description='Hashtags without "#"; without any, the terms of the brands.')
        token: Secret | None = Field(
            None, description="An access token of the first server; mentions and search need one."
        )
        page: int = Field(LIMIT, ge=1, le=LIMIT, description="Posts in one page at most.")
        timeout: Duration = Field("20s", validate_default=True, description="How long one request may take.")

        @model_validator(mode="after")
        def _possible(self) -> Self:
            if not self.token and {"mentions", "search"} & set(self.sources):
                raise ValueError(f"mentions and search take a token: {MEMBERS_ONLY}")
            return self

    def __init__(
        self,
        servers: Sequence[Server],
        timelines: Sequence[str],
        page: int,
        timeout: float,
        brands: Mapping[str, Brand],
    ) -> None:
        self._servers = {server.host: server for server in servers}
        self._origins = Origins(self._servers, timeout)
        self._timelines, self._page = tuple(timelines), page
        self._reader = Reader(brands)
        self._handles = [handle for brand in brands.values() for handle in brand.handles.get(CHANNEL, ())]

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing token, or for nothing to listen to."""
        token = settings.token.reveal() if settings.token else ""
        seconds = settings.timeout.total_seconds()
        servers = [Server(url, token * (url == settings.servers[0]), seconds) for url in settings.servers]
        timelines = _timelines(name, settings, [server.host for server in servers], brands)
        if not timelines:
            raise ValueError(f"listeners.{name}: there is no hashtag to listen to; add tags, or terms to a brand")
        return cls(servers, timelines, settings.page, seconds, brands)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """One page of one timeline; ``more`` while pages or timelines of the round are left."""
        try:
            at = Cursor.read(cursor, self._timelines)
        except ValueError as error:
            raise Unavailable(f"{error}: another kind of listener had this name, so give this one another") from None
        name = at.todo[0]
        host = name.split(" ", 2)[1]
        try:
            return await self._read(at, name, now)
        except EdgeError as error:
            after = at.without(host, [other for other in self._timelines if other.split(" ", 2)[1] == host])
            if self._servers.keys() <= set(after.down):
                raise
            # One server that fails must not keep the others from being heard.
            return Batch(cursor=after.dumps(), more=bool(after.todo), warning=f"not heard in this round: {error}")

    async def _read(self, at: Cursor, name: str, now: datetime) -> Batch:
        source, host, word = name.split(" ", 2)
        server, place, gap = self._servers[host], at.places.get(name), ""
        if place is None:
            after = at.moved(name, Place.of(await server.page(source, word, None, limit=1)), ended=True)
            return Batch(cursor=after.dumps(), more=bool(after.todo))
        if source == "search":
            page, whole = await server.search(word, place.at)
            full, gap = False, "" if whole else f"{host} found more for {word} than it hands over: some were missed"
        else:
            page = await server.page(source, word, place.at, self._page)
            # A server takes out what the account has muted after it has counted, so a page may be full with less.
            full = len(page) > self._page // 2
        fresh, then = place.after(page, full, now)
        # For the posts of everybody, too many questions would be asked.
        heard = await self._reader.read(server, fresh, everything=source != "public")
        after = at.moved(name, then, ended=not full)
        spoiled = tuple(heard.spoiled)
        return Batch(tuple(heard.mentions), after.dumps(), more=bool(after.todo), spoiled=spoiled, gap=gap)

    async def fetch(self, external_id: str) -> Mention | None:
        """One post by its ActivityPub id, from our server where it may ask on our behalf, or from its own."""
        home = next(iter(self._servers.values()))
        found = await home.resolved(external_id) if home.signed else None
        return found or await self._origins.fetch(external_id)

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that their own servers say are deleted; a server that does not answer leaves its posts in doubt."""
        return await self._origins.gone(external_ids)

    async def check(self) -> list[Fault]:
        """Whether each server answers, shows us what we ask for and knows the token, and handles name a server."""
        faults: list[Fault] = []
        for server in self._servers.values():
            try:
                mine = [name.split(" ", 2) for name in self._timelines if name.split(" ")[1] == server.host]
                faults += _closed(server, await server.instance(), {source for source, _, _ in mine})
                for source, _, word in mine[:1]:
                    await server.page(source, word, None, limit=1)
                if server.signed:
                    await server.ask("/api/v1/accounts/verify_credentials")
            except EdgeError as error:
                fix = MEMBERS_ONLY if isinstance(error, AuthFailed) else "check the address and the network"
                faults.append(Fault(str(error), fix))
        halves = [name for name in self._handles if "@" not in name.lstrip("@")]
        return faults + [
            Fault(f"the handle {name} of a brand names no server", f"write it in full, such as {name}@mastodon.social")
            for name in halves
        ]

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._origins.aclose()
        for server in self._servers.values():
            await server.web.aclose()


def _timelines(name: str, settings: Any, hosts: Sequence[str], brands: Mapping[str, Brand]) -> list[str]:
    """What is read, each as source, server and word. Only the first server knows the token."""
    asked = search_terms(name, brands, CHANNEL) if brands or not settings.tags else {}
    tags = ("".join(re.findall(r"\w+", word)).lower() for word in settings.tags or asked.values())
    words = {"hashtags": list(dict.fromkeys(filter(None, tags))), "search": list(asked.values())}
    return [
        f"{source} {host} {word}"
        for source in settings.sources
        for host in (hosts[:1] if source in ("mentions", "search") else hosts)
        for word in words.get(source, [""])
    ]


def _closed(server: Server, instance: Mapping[str, Any], sources: Collection[str]) -> list[Fault]:
    """What a server says that it shows to its members only, since 4.5."""
    configured = instance.get("configuration")
    told = configured.get("timelines_access") if isinstance(configured, dict) else None
    access = {key: one for key, one in told.items() if isinstance(one, dict)} if isinstance(told, dict) else {}
    feeds = {"hashtags": "hashtag_feeds", "public": "live_feeds"}
    shut = [s for s in sources if (access.get(feeds.get(s, "")) or {}).get("remote") not in (None, "public")]
    what = "{} shows {} to its members only"
    return [] if server.signed else [Fault(what.format(server.host, source), MEMBERS_ONLY) for source in shut]
