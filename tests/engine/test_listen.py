"""`listen`: a first look without a configuration, an account, or anything that stays."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

import engine.listen
from engine.listen import configuration, listen
from models.errors import SettingsError
from tests.crash.plugins import FakeThinking
from tests.fakes.bluesky_server import BlueskyServer


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.listen, "Thinking", FakeThinking)
    monkeypatch.setattr(engine.listen, "configure", lambda *args: None)
    monkeypatch.setattr(engine.listen, "LOOK_EVERY", 0.05)


@pytest.fixture
async def network() -> AsyncIterator[BlueskyServer]:
    """A Bluesky that goes by this machine's clock, for decisions do."""
    async with BlueskyServer(datetime.now(UTC)) as server:
        yield server


def on(server: BlueskyServer) -> dict[str, Any]:
    """What a newcomer asks for, on a network of ours."""
    settings = configuration("Kestrelo", [], ["jetstream"], [])
    settings["listeners"]["jetstream"] |= {"url": server.stream_url, "index": server.url, "wait": "1s"}
    return settings


async def test_a_name_is_heard_and_judged_at_once(network: BlueskyServer) -> None:
    """A post that names the brand is shown with its author, one that does not is not; Ctrl-C ends it in good order."""
    said: list[str] = []

    async def speak() -> None:
        while not network.streams or not any("Listening" in text for text in said):
            await asyncio.sleep(0.01)
        while not any("ines.test" in text for text in said):
            await network.say("thank you Kestrelo, lovely \x1b[2Jservice")
            await network.say("nothing of interest")
            await asyncio.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    talk = asyncio.create_task(speak())
    judged = await listen(on(network), 60.0, said.append)
    await talk
    (found, *_) = [text for text in said if "ines.test" in text]
    assert "thank you Kestrelo, lovely [2Jservice" in found
    assert judged >= 1
    assert not any("nothing of interest" in text for text in said)
    assert "nothing was kept" in said[-2]


async def test_offline_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be reached, no model is loaded and one line says why and what is possible without a network."""
    settings = configuration("Kestrelo", [], ["jetstream"], [])
    settings["listeners"]["jetstream"] |= {"url": "ws://127.0.0.1:9", "index": "http://127.0.0.1:9", "timeout": "1s"}
    said: list[str] = []
    with pytest.raises(SettingsError, match=r"Is this machine online.*python bot.py run"):
        await listen(settings, 5.0, said.append)
    assert len(said) == 1
    assert said[0].startswith("  no  Bluesky, the whole network: ")


async def test_what_cannot_be_reached_does_not_hold_up_the_rest(network: BlueskyServer) -> None:
    """One source that is down is said and left out."""
    settings = on(network)
    settings["listeners"]["hackernews"] = {"kind": "hackernews", "base_url": "http://127.0.0.1:9", "timeout": "1s"}
    said: list[str] = []
    assert await listen(settings, 0.3, said.append) == 0
    assert any(text.startswith("  yes Bluesky") for text in said)
    assert any(text.startswith("  no  Hacker News: ") for text in said)


def test_a_source_that_needs_an_account_is_refused() -> None:
    """The error names what there is."""
    with pytest.raises(SettingsError, match="jetstream, hackernews"):
        configuration("Kestrelo", [], ["x"], [])
    with pytest.raises(SettingsError, match="--feed"):
        configuration("Kestrelo", [], [], [])


def test_feeds_and_more_words_are_taken_over() -> None:
    """Addresses become one listener of feeds, and further words name the brand too."""
    settings = configuration("Kestrelo", ["#kestrelofail"], [], ["https://news.example/feed"])
    assert settings["brands"]["own"]["terms"] == ["Kestrelo", "#kestrelofail"]
    assert settings["listeners"] == {
        "feeds": {"kind": "feed", "urls": ["https://news.example/feed"], "every": "60s"},
    }
