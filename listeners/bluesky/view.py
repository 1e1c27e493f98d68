"""What Bluesky's public index tells anybody: who an account is, and whether posts are still there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from listeners.bluesky.post import Own, of_view
from listeners.web.web import Web
from models.errors import Unavailable
from models.mention import Mention

AT_ONCE = 25
"""Accounts or posts in one question: https://docs.bsky.app/docs/api/app-bsky-feed-get-posts."""
KEPT = 5_000
"""Accounts that are remembered."""


class Index:
    """Asks an AppView, without a login."""

    def __init__(self, base: str, timeout: float) -> None:
        self._base = base.rstrip("/")
        self._web = Web("Bluesky's index", timeout=timeout)
        self._profiles: dict[str, Mapping[str, Any]] = {}

    async def did(self, handle: str) -> str | None:
        """Whose handle it is; None where nobody has it. Raises as ``Web`` does."""
        page = await self._web.get(self._url("com.atproto.identity.resolveHandle"), {"handle": handle}, also=(400,))
        told = self._web.parse(page)
        return str(told["did"]) if page.status == 200 and isinstance(told, dict) and told.get("did") else None

    async def profiles(self, dids: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """The accounts that there are, by DID. Raises as ``Web`` does; what was learnt before that is kept."""
        wanted = set(dids)
        for some in _portions(sorted(wanted - self._profiles.keys())):
            for profile in await self._ask("app.bsky.actor.getProfiles", "actors", some, "profiles"):
                self._profiles[str(profile.get("did"))] = profile
        found = {did: self._profiles[did] for did in wanted if did in self._profiles}
        while len(self._profiles) > KEPT:
            del self._profiles[next(iter(self._profiles))]
        return found

    async def posts(self, uris: Sequence[str], own: Own) -> dict[str, Mention]:
        """Those of the posts that are there, by id. Raises as ``Web`` does."""
        found: dict[str, Mention] = {}
        for some in _portions(uris):
            for view in await self._ask("app.bsky.feed.getPosts", "uris", some, "posts"):
                try:
                    found[str(view.get("uri"))] = of_view(view, own)
                except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
                    raise Unavailable(f"Bluesky's index shows a post that is none ({type(error).__name__})") from None
        return found

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._web.aclose()

    async def _ask(self, method: str, name: str, values: Sequence[str], key: str) -> list[dict[str, Any]]:
        told = await self._web.json(self._url(method), [(name, value) for value in values])
        rows = told.get(key) if isinstance(told, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Unavailable(f"Bluesky's index answers {method} in a shape that is not its own")
        return rows

    def _url(self, method: str) -> str:
        return f"{self._base}/xrpc/{method}"


def _portions(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[at : at + AT_ONCE] for at in range(0, len(values), AT_ONCE)]
