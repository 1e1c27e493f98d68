"""The X listener keeps to its budget, checks its set-up, and refuses settings that cannot be meant."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from listeners.base import Spend
from listeners.x.search import XListener
from tests.fakes.x_ear import KESTRELO, NOON, Ear, begun
from tests.fakes.x_server import Fault, XServer


@pytest.fixture(params=[False, True], ids=["old names", "new names"])
async def x(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[XServer]:
    monkeypatch.setenv("X_TOKEN", XServer.token)
    async with XServer(NOON, new_names=request.param) as server:
        yield server


@pytest.fixture
async def ear(x: XServer) -> AsyncIterator[Ear]:
    ear = Ear(x)
    yield ear
    await ear.listener.aclose()


async def test_cost(ear: Ear) -> None:
    """A batch says what it has cost."""
    await begun(ear)
    for number in range(3):
        ear.server.say(f"kestrelo {number}")
    batch = await ear.poll(60)
    assert (batch.posts, batch.dollars) == (3, pytest.approx(0.015))


@pytest.mark.parametrize("spent", [Spend(1600, 0), Spend(0, 8.0)], ids=["posts", "dollars"])
async def test_four_fifths_of_the_budget(ear: Ear, spent: Spend) -> None:
    """From four fifths on, pages are small, posts are paid for with pauses until midnight, and the operator is told."""
    await begun(ear)
    for number in range(30):
        ear.server.say(f"kestrelo {number}")
    batch = await ear.poll(60, spent)
    assert "four fifths of today's X budget (2000 posts or $10.00) are used" in batch.warning
    assert ear.server.searches[-1]["max_results"] == "10"
    assert (batch.pause, batch.more) == (900, False)
    assert len((await ear.poll(900, spent)).mentions) == 10
    assert "next_token" in ear.server.searches[-1]


async def test_a_quiet_page_needs_no_pause(ear: Ear) -> None:
    """When little is left but nothing was read, nothing is paid and the next poll comes as usual."""
    batch = await ear.poll(spent=Spend(1900, 9.5))
    assert batch.pause is None


@pytest.mark.parametrize("spent", [Spend(2000, 0), Spend(1991, 0), Spend(0, 10.0), Spend(0, 9.96), Spend(9999, 99)])
async def test_the_budget_is_used_up(ear: Ear, spent: Spend) -> None:
    """Where the smallest page no longer fits the budget, nothing is asked, and the cursor stays for tomorrow."""
    await begun(ear)
    kept, asked = json.loads(ear.cursor or ""), len(ear.server.requests)
    ear.server.say("kestrelo")
    batch = await ear.poll(60, spent)
    assert len(ear.server.requests) == asked
    assert json.loads(batch.cursor or "")["places"] == kept["places"]
    assert (batch.pause, batch.more, batch.posts) == (3600, False, 0)
    assert "used up: nothing is heard until 00:00 UTC" in batch.warning
    assert await ear.round(3600 * 12) == ["kestrelo"]


async def test_used_up_before_the_first_poll(ear: Ear) -> None:
    """With no budget at the very first poll, the beginning is kept all the same."""
    ear.server.now = NOON.replace(hour=23, minute=50)
    assert (await ear.poll(spent=Spend(2000))).pause == 600
    ear.server.say("kestrelo", at=ear.server.now + timedelta(seconds=1))
    assert await ear.round(600) == ["kestrelo"]


@pytest.mark.parametrize(("spent", "size"), [(Spend(50, 0), "50"), (Spend(0, 0.36), "28"), (Spend(0, 0), "100")])
async def test_pages_fit_what_is_left(x: XServer, spent: Spend, size: str) -> None:
    """A page is never larger than what is left of the day's budget."""
    ear = Ear(x, posts_per_day=100, dollars_per_day=0.5)
    await ear.poll(spent=spent)
    assert x.searches[-1]["max_results"] == size
    await ear.listener.aclose()


async def test_check_finds_nothing(ear: Ear) -> None:
    """With a good token and query, check is content."""
    ear.server.now = datetime.now(UTC)
    assert await ear.listener.check() == []


@pytest.mark.parametrize(
    ("fault", "what", "fix"),
    [
        (Fault(401, "{}"), "does not accept the bearer token", "make a new one"),
        (Fault(403, "{}"), "does not let this app search", "attach the app"),
        (Fault(429, "{}"), "rate limit", "wait"),
        (Fault(400, '{"detail": "missing EOF"}'), "query (missing EOF)", "query_extra"),
        (Fault(503, "<p>", kind="text/html"), "answered 503", "try again later"),
        (Fault(200, "<p>", kind="text/html"), "could not be read", "base_url"),
        (Fault(drop=True), "could not be reached", "network"),
    ],
)
async def test_check(ear: Ear, fault: Fault, what: str, fix: str) -> None:
    """Check says what is wrong and what to do about it."""
    ear.server.now = datetime.now(UTC)
    ear.server.faults.extend([fault] * (1 + fault.drop))
    (found,) = await ear.listener.check()
    assert what in found.what
    assert fix in found.fix


def listener(**settings: Any) -> XListener:
    brands = settings.pop("brands", {"kestrelo": KESTRELO})
    return XListener.from_settings("x", XListener.Settings(token={"env": "X_TOKEN"}, **settings), brands)


@pytest.mark.parametrize(
    ("token", "says"), [("", "environment variable X_TOKEN is empty"), ("two words", "blanks"), ("a\nb", "blanks")]
)
def test_missing_token(monkeypatch: pytest.MonkeyPatch, token: str, says: str) -> None:
    """A token that is missing or cannot be one is an error that says where it was looked for."""
    monkeypatch.setenv("X_TOKEN", token)
    with pytest.raises(ValueError, match=says):
        listener()


@pytest.mark.parametrize("users", [False, True])
def test_blocked_authors_leave_the_search_where_handles_are_unknown(
    monkeypatch: pytest.MonkeyPatch, users: bool
) -> None:
    """Without users X must leave blocked authors out itself; with users the screen knows them by their handles."""
    monkeypatch.setenv("X_TOKEN", "t")
    made = listener(users=users, brands={"kestrelo": KESTRELO.model_copy(update={"blocked_authors": ["Pest"]})})
    assert any("-from:pest" in query for query in made._queries.values()) is not users


def test_own_ids_of_several_brands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Account ids that could be of two brands are refused with what to do."""
    monkeypatch.setenv("X_TOKEN", "t")
    other = KESTRELO.model_copy(update={"handles": {"x": ["finchly"]}})
    with pytest.raises(ValueError, match="a listener of its own"):
        listener(own_ids=["42"], brands={"kestrelo": KESTRELO, "finchly": other})


@pytest.mark.parametrize("settings", [{"base_url": "api"}, {"own_ids": ["@kestrelo"]}, {"max_results": 5}, {"toke": 1}])
def test_bad_settings(settings: dict[str, Any]) -> None:
    """Settings that cannot be meant are refused."""
    with pytest.raises(ValidationError):
        listener(**settings)


def test_every_setting_is_described() -> None:
    """Each setting has its one sentence for the example file."""
    assert all((field.description or "").endswith(".") for field in XListener.Settings.model_fields.values())


def test_cheap_to_import() -> None:
    """Importing the listener loads neither tweepy nor aiohttp."""
    loaded = "import sys, listeners.x.search, responders.x; sys.exit({'tweepy', 'aiohttp'} & set(sys.modules) != set())"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
