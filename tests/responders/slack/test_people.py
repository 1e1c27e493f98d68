"""Names of people: asked for once a day, and never waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.press import Person
from responders.slack import people
from responders.slack.people import KEPT, MISSED, People
from responders.slack.web import SlackWeb
from tests.fakes.faulty import Faulty, breaks, faulty, says

MARA = Person("U0MARA1", "mara.l")


def known(**names: str) -> Any:
    """Slack's answer about a person."""
    return says(200, {"ok": True, "user": {"id": "U0MARA1", "profile": names}})


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine is no slow Slack."""
    monkeypatch.setattr(people, "PATIENCE", 60)


@pytest.fixture
async def server() -> AsyncIterator[Faulty]:
    """A server that answers as a test says."""
    async with faulty() as made:
        made.answers = [known(display_name="Mara", real_name="Mara Lind")]
        yield made


@pytest.fixture
async def web(server: Faulty) -> AsyncIterator[SlackWeb]:
    """The way to that server."""
    made = SlackWeb("xoxb-kestrelo", f"{server.url}/api/", 5)
    yield made
    await made.aclose()


async def test_a_name_is_asked_for_once_a_day(server: Faulty, web: SlackWeb) -> None:
    """The whole name is kept, and asked for again when it may have changed."""
    now = [100.0]
    team = People(web, clock=lambda: now[0])
    for _ in range(3):
        assert await team.named(MARA) == Person("U0MARA1", "Mara Lind")
    assert len(server.requests) == 1
    server.answers = [known(display_name="Mara", real_name="Mara\nLind-Berg")]
    now[0] += KEPT
    assert (await team.named(MARA)).name == "Mara Lind-Berg"


@pytest.mark.parametrize(
    "answer", [breaks, says(200, {"ok": False, "error": "missing_scope"}), says(200, {"ok": True})]
)
async def test_a_missing_name_is_done_without(server: Faulty, web: SlackWeb, answer: Any) -> None:
    """The name that came with the press serves, and Slack is not asked at every press."""
    now = [100.0]
    team = People(web, clock=lambda: now[0])
    server.answers = [answer]
    for _ in range(3):
        assert await team.named(MARA) == MARA
    asked = len(server.requests)
    server.answers = [known(display_name="Mara")]
    now[0] += MISSED
    assert (await team.named(MARA)).name == "Mara"
    assert len(server.requests) == asked + 1


async def test_nobody_waits_for_a_name(server: Faulty, web: SlackWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form must open within three seconds of the press, so a slow answer is given up."""
    monkeypatch.setattr(people, "PATIENCE", 0.05)
    server.answers = [server.hangs]
    assert await People(web).named(MARA) == MARA
