"""Single posts on X: whether they are still there, and the one that another answers; within the budget."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from listeners.base import Bills, Fetches, Rechecks, Spend
from listeners.x.search import XListener
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.settings.sections import Brand
from tests.fakes.x_server import Fault, XServer

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BRANDS = {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"])}


def ear(server: XServer, **settings: Any) -> XListener:
    """A listener of the fake X."""
    own = {"token": {"env": "X_TOKEN"}, "base_url": server.url} | settings
    return XListener.from_settings("x", XListener.Settings.model_validate(own), BRANDS)


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_TOKEN", XServer.token)


@pytest.mark.parametrize("new_names", [False, True])
async def test_deleted_and_protected_posts_are_gone(new_names: bool) -> None:
    """Of what X does not speak of nothing is said; what is there stays, and no user is billed."""
    async with XServer(NOW, new_names=new_names) as server:
        there, deleted, protected = (server.say(f"Kestrelo {number}") for number in range(3))
        del server.posts[deleted]
        server.protected.add(protected)
        listener = ear(server, users=True)
        assert await listener.gone([there, deleted, protected, "no-number"]) == {deleted, protected}
        assert await listener.gone(["no-number"]) == frozenset()
        assert [sorted(query) for path, query in server.requests if path == "/2/tweets"] == [["ids"]]
        await listener.aclose()


@pytest.mark.parametrize("new_names", [False, True])
async def test_the_post_above_is_fetched_whole(new_names: bool) -> None:
    """With its author and time, as a search would have brought it; None where nobody may see it."""
    async with XServer(NOW, new_names=new_names) as server:
        above = server.say("Is Kestrelo down?", author_id="9", username="bo_k")
        listener = ear(server)
        found = await listener.fetch(above)
        assert found
        assert (found.external_id, found.text, found.author.id) == (above, "Is Kestrelo down?", "9")
        assert await listener.fetch("17") is None
        assert await listener.fetch("no-number") is None
        await listener.aclose()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(401), AuthFailed),
        (Fault(403), AuthFailed),
        (Fault(429), RateLimited),
        (Fault(503), Unavailable),
        (Fault(200, "<html>"), Unavailable),
        (Fault(200, "{}"), Unavailable),
        (Fault(200, "[]"), Unavailable),
        (Fault(drop=True), Unavailable),
    ],
)
async def test_whatever_goes_wrong_is_one_of_the_three_errors(fault: Fault, error: type[EdgeError]) -> None:
    """And then no post is taken for deleted."""
    async with XServer(NOW) as server:
        listener = ear(server)
        for look in (lambda: listener.gone(["1"]), lambda: listener.fetch("1")):
            # Twice, because a connection that breaks on a second use is tried once more.
            server.faults.extend([fault, fault])
            with pytest.raises(error):
                await look()
            server.faults.clear()
        await listener.aclose()


async def test_look_ups_stay_within_their_share_of_the_budget() -> None:
    """By posts and by dollars, whichever ends first."""
    async with XServer(NOW) as server:
        listener = ear(server, posts_per_day=1000, dollars_per_day=2.0)
        assert isinstance(listener, Rechecks)
        assert isinstance(listener, Fetches)
        assert isinstance(listener, Bills)
        assert listener.affordable(Spend(), 0.25) == 100
        assert listener.affordable(Spend(60, 0.3), 0.25) == 40
        assert listener.affordable(Spend(260, 1.3), 0.25) == 0
        assert listener.cost(100) == pytest.approx(0.5)
        await listener.aclose()
