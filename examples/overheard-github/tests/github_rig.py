"""GitHub on this machine: the rig by which Overheard's conformance suite plays its issue comments."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from listeners.base import Listener
from listeners.conformance.rig import BOT, OWN, START, STRANGER, ListenerRig
from models.rig_site import Asked, Said, Site
from overheard_github import GithubListener

TOKEN = "github-token-canary"
REPO = "northwind/kestrelo-client"
WRITERS = {
    STRANGER: {"login": "mara-venn", "id": 7001, "type": "User"},
    OWN: {"login": "kestrelo_official", "id": 7003, "type": "Organization"},
    BOT: {"login": "stale-sweeper[bot]", "id": 7002, "type": "Bot"},
}


class Repository:
    """The comments of one issue; a moment has a whole number of seconds, as there."""

    def __init__(self) -> None:
        self.posts: dict[int, dict[str, Any]] = {}
        self.clock = START
        self.last = 2_104_510

    def say(self, text: str, by: str, late: timedelta) -> str:
        """Somebody writes a comment; returns its id."""
        self.last += 1
        self.clock += timedelta(seconds=1)
        at = moment(self.clock - late)
        web, api = f"https://github.com/{REPO}/issues/31", f"https://api.github.com/repos/{REPO}/issues/31"
        known = {"id": self.last, "html_url": f"{web}#issuecomment-{self.last}", "issue_url": api, "body": text}
        self.posts[self.last] = known | {"user": WRITERS[by], "created_at": at, "updated_at": at}
        return str(self.last)

    def answer(self, asked: Asked) -> Said:
        """As GitHub does."""
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Said({"message": "Bad credentials"}, 401)
        if found := re.fullmatch(rf"/repos/{REPO}/issues/comments/(\d+)", asked.path):
            post = self.posts.get(int(found[1]))
            return Said(post) if post else Said({"message": "Not Found"}, 404)
        since, size = asked.query.get("since", ""), int(asked.query["per_page"])
        posts = [post for post in self.posts.values() if post["updated_at"] >= since]
        posts.sort(key=lambda post: (post["updated_at"], post["id"]), reverse=asked.query["direction"] == "desc")
        return Said(posts[:size])


def moment(at: datetime) -> str:
    """In GitHub's form."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


class GithubRig(ListenerRig):
    """One issue of one repository."""

    kind = "github"
    listener = GithubListener
    secrets = (TOKEN,)
    cannot = {
        "told": "GitHub tells of deletions only to webhooks of the repository's owner",
        "forget": "GitHub keeps all comments, and our place is a moment",
    }

    def __init__(self) -> None:
        self.repository = Repository()
        self.site = Site(self.repository.answer, retry_after=self.retry_after)

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        """A fresh repository."""
        patch.setenv("GITHUB_RIG_TOKEN", TOKEN)
        rig = cls()
        async with rig.site.up():
            yield rig

    @property
    def now(self) -> datetime:
        """GitHub's clock."""
        return self.repository.clock

    def make(self, **own: Any) -> Listener:
        """A listener of this repository, with the patience that the test asks for."""
        told = {"repo": REPO, "base_url": self.site.url, "token": {"env": "GITHUB_RIG_TOKEN"}, "page": self.page}
        settings = GithubListener.Settings.model_validate(told | {"timeout": self.timeout} | own)
        return GithubListener.from_settings("one", settings, self.brands)

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        """Write the comments."""
        return [self.repository.say(text, by, late) for text in texts]

    async def delete(self, external_id: str) -> None:
        """Take one away."""
        del self.repository.posts[int(external_id)]

    async def edit(self, external_id: str, text: str) -> None:
        """Its author changes it."""
        self.repository.clock += timedelta(minutes=1)
        self.repository.posts[int(external_id)] |= {"body": text, "updated_at": moment(self.repository.clock)}

    async def fault(self, name: str) -> None:
        """Break GitHub once."""
        self.site.fault(name)

    async def hold(self) -> Awaitable[object]:
        """Let the next request hang."""
        return self.site.hold()

    async def release(self) -> None:
        """Let no further request hang."""
        self.site.release()
