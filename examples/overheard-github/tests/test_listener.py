"""What every listener of Overheard promises, checked on this one, and how it reads an answer of GitHub's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from listeners.base import Spend
from listeners.conformance import *  # noqa: F403
from models.errors import RateLimited
from models.rig_site import Said
from overheard_github import MANIFEST, mention_of

from github_rig import GithubRig


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GithubRig]:
    """A fresh rig for each test of the suite."""
    async with GithubRig.open(tmp_path, monkeypatch) as opened:
        yield opened


def test_a_recorded_answer_is_read() -> None:
    """Each comment becomes a mention with its author, moment, change and issue; a deleted account is nobody's."""
    recorded = json.loads(Path(__file__).with_name("recorded.json").read_text("utf-8"))
    heard = [mention_of(post) for post in recorded]
    assert [mention.external_id for mention in heard] == ["2104511", "2104530", "2104544"]
    assert [mention.author.handle for mention in heard] == ["mara-venn", "stale-sweeper[bot]", "ghost"]
    assert [mention.author.bot for mention in heard] == [False, True, False]
    assert [mention.edited_at for mention in heard] == [None, datetime(2026, 3, 2, 13, 5, 10, tzinfo=UTC), None]
    assert {mention.conversation_id for mention in heard} == {"northwind/kestrelo-client#31"}
    assert (heard[0].channel, heard[0].reach.likes) == (MANIFEST.name, 3)


async def test_a_limit_that_comes_as_403_is_a_limit(rig: GithubRig) -> None:
    """GitHub says 403 also where only the hour's requests are used up; no person has to act then."""
    listener = rig.make()
    used_up = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "4102444800"}
    rig.site.answer = lambda _: Said({"message": "API rate limit exceeded"}, 403, used_up)
    with pytest.raises(RateLimited):
        await listener.poll(None, Spend(), rig.now)
    await listener.aclose()


async def test_more_of_one_second_than_a_page_holds_is_told(rig: GithubRig) -> None:
    """Where one second has more comments than a page, the listener goes on and says what it may have missed."""
    listener = rig.make()
    cursor = (await listener.poll(None, Spend(), rig.now)).cursor
    for number in range(2 * rig.page):
        await rig.publish(f"kestrelo {number}")
    for post in rig.repository.posts.values():
        post["updated_at"] = post["created_at"] = "2026-03-02T12:30:00Z"
    gaps = []
    for _ in range(5):
        batch = await listener.poll(cursor, Spend(), rig.now)
        cursor = batch.cursor
        gaps += [batch.gap] * bool(batch.gap)
    assert len(gaps) == 1
    assert not batch.more
    await listener.aclose()
