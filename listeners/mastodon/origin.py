"""Asks a post's own server for it. That server may be anybody's, so no address of our own network is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from listeners.mastodon.server import Server
from listeners.mastodon.status import MISSHAPEN, mention_of
from listeners.web.guard import Guard
from listeners.web.web import Web
from models.errors import Unavailable
from models.mention import Mention

CLOSED = (401, 403)
"""A server that shows nothing to strangers says nothing about a post."""
GONE = (404, 410)


class Origins:
    """The servers that posts come from. ``servers`` are ours, which may stand in our own network."""

    def __init__(self, servers: Mapping[str, Server], timeout: float) -> None:
        self._servers = servers
        # Strangers choose the ids of posts, so of our own network no other port is asked.
        own = (urlsplit(server.url) for server in servers.values())
        private = (f"{one.hostname} {one.port or (443 if one.scheme == 'https' else 80)}" for one in own)
        self._web = Web("the post's server", timeout=timeout, guard=Guard(private))

    async def fetch(self, external_id: str) -> Mention | None:
        """The post; None where its server does not show it, or is no Mastodon. Raises as ``poll`` does."""
        address = api_of(external_id)
        if address is None:
            return None
        page = await self._web.get(address, headers={"Accept": "application/json"}, also=(*CLOSED, *GONE))
        if page.status != 200:
            return None
        try:
            found = self._web.parse(page)
            if found["uri"] != external_id:
                return None
            ours = self._servers.get(urlsplit(address).netloc)
            # A stranger's server is asked for nothing more: its host is taken for its domain.
            return await ours.mention(found) if ours else mention_of(found, urlsplit(address).hostname or "")
        except MISSHAPEN:
            return None

    async def gone(self, external_ids: Iterable[str]) -> frozenset[str]:
        """Those that their servers say are deleted; the posts of a server that does not answer stay."""
        found: set[str] = set()
        failed: list[Unavailable] = []
        answered = 0
        for name in external_ids:
            address = api_of(name)
            accept = "application/json" if address else "application/activity+json"
            try:
                page = await self._web.get(address or name, headers={"Accept": accept}, also=(*CLOSED, *GONE))
            except Unavailable as error:
                failed.append(error)
                continue
            answered += 1
            found |= {name} if page.status in GONE else set()
        if failed and not answered:
            raise failed[0]
        return frozenset(found)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._web.aclose()


def api_of(uri: str) -> str | None:
    """Where the API of the post's own server shows it; None where its id is not in the form of Mastodon's."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    steps: Sequence[str] = [step for step in parts.path.split("/") if step]
    activity = len(steps) > 3 and steps[-2] == "statuses" and steps[-4] == "users"
    page = len(steps) == 2 and steps[0].startswith("@")
    if not (activity or page) or not steps[-1].isdigit():
        return None
    return f"{parts.scheme}://{parts.netloc}/api/v1/statuses/{steps[-1]}"
