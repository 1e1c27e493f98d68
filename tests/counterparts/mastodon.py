"""A Mastodon server by others (mastodon-mock) in a thread of this process, and the people on it by Mastodon.py."""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from tests.counterparts.servers import post

TOKENS = {name: f"{name}-token-canary" for name in ("mara", "kestrelo_official", "news_bot", "ada")}
STEP = 1 << 16
"""Ids of Mastodon are milliseconds, shifted by 16 bits: https://docs.joinmastodon.org/api/guidelines/#id."""


class MastodonServer:
    """Mara is a person, kestrelo_official the brand's account, news_bot another bot, ada a person of another server."""

    def __init__(self) -> None:
        from mastodon_mock import ids
        from mastodon_mock.config import MastodonMockConfig, SeedAccount, SeedConfig, StreamingConfig
        from mastodon_mock.routers import statuses, streaming
        from mastodon_mock.testing import MockServer

        # The package counts ids by one; then no post could be sorted in late.
        ids._counter = itertools.count(int(time.time() * 1000) * STEP, STEP)
        # It counts code points, where Mastodon counts what a reader sees, links and names as it says.
        statuses.MAX_STATUS_CHARACTERS = 100_000
        # It calls an edit status_update, where Mastodon says status.update.
        told = streaming.sse_format
        streaming.sse_format = lambda name, data: told(name.replace("status_update", "status.update"), data)
        homes = {"ada": "far.example"}
        people = [
            SeedAccount(username=name, access_token=token, bot="_" in name, domain=homes.get(name))
            for name, token in TOKENS.items()
        ]
        streams = StreamingConfig(heartbeat_seconds=0.2)
        config = MastodonMockConfig(seed=SeedConfig(accounts=people), streaming=streams, url_scheme="http")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._server = MockServer(config=config, log_level="critical").start()
        self.url = self._server.base_url

    def reset(self, domain: str) -> None:
        """Forget everything; from now on the server's domain is another."""
        post(f"{self.url}/api/v1/_mock/reset", {})
        self._server.config.domain = domain

    def client(self, name: str = "mara") -> Any:
        """Mastodon.py, signed in as one of the people."""
        from mastodon import Mastodon

        return Mastodon(access_token=TOKENS[name], api_base_url=self.url, request_timeout=10)

    def say(
        self, text: str, by: str = "mara", tags: Sequence[str] = (), late: timedelta = timedelta(), **more: Any
    ) -> str:
        """Post a status; returns its ActivityPub id. ``late`` is by how much its moment is before now."""
        said = self.client(by).status_post(text, **more)
        number, uri = int(said["id"]), str(said["uri"])
        if not late:
            self.tag(number, tags)
            return uri
        moved = number - int(late.total_seconds() * 1000) * STEP
        self._change(number, id=moved, created_at=said["created_at"].replace(tzinfo=None) - late)
        self.tag(moved, tags)
        return uri.replace(str(number), str(moved))

    def tag(self, number: int, tags: Sequence[str]) -> None:
        """Put a status into hashtags that its text does not name, as a server does with those of a long post."""
        from mastodon_mock.db.models import StatusTag

        with self._sessions() as session:
            session.add_all(StatusTag(status_id=number, name=tag) for tag in tags)
            session.commit()

    def edit(self, uri: str, text: str, tags: Sequence[str] = ()) -> None:
        """Its author changes a status."""
        number = number_of(uri)
        self.client(self._author(number)).status_update(number, status=text)
        self.tag(number, tags)

    def delete(self, uri: str) -> None:
        """Its author deletes a status."""
        self.client(self._author(number_of(uri))).status_delete(number_of(uri))

    def _author(self, number: int) -> str:
        return str(self.client().status(number)["account"]["username"])

    def _change(self, number: int, **values: Any) -> None:
        from mastodon_mock.db.models import Status
        from sqlalchemy import update

        with self._sessions() as session:
            session.execute(update(Status).where(Status.id == number).values(**values))
            session.commit()

    def _sessions(self) -> Any:
        return self._server._server.config.app.state.session_factory()


def number_of(uri: str) -> int:
    """The server's own id of a status."""
    return int(uri.rstrip("/").rsplit("/", 1)[-1])


@cache
def mastodon() -> MastodonServer:
    """The server of this process; it ends with it."""
    return MastodonServer()
