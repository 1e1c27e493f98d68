"""X's stream: only our rules, nothing lost around an outage, nothing twice, and every way in which a stream dies."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema_rs
import pytest

from listeners.base import Spend
from listeners.x.stream import XStreamListener
from models.errors import RateLimited, Unavailable
from models.mention import Batch
from tests.contract.rigs.x_stream import XStreamRig
from tests.counterparts.platforms import x_spec
from tests.fakes.x_stream_server import XStreamServer

RULES = "/2/tweets/search/stream/rules"


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[XStreamRig]:
    async with XStreamRig.open(tmp_path, monkeypatch) as one:
        yield one


@pytest.fixture
async def listener(rig: XStreamRig) -> AsyncIterator[XStreamListener]:
    one: Any = rig.make()
    yield one
    await one.aclose()


async def poll(rig: XStreamRig, listener: XStreamListener, cursor: str | None) -> Batch:
    return await listener.poll(cursor, Spend(), rig.now)


async def walk(rig: XStreamRig, listener: XStreamListener, cursor: str | None) -> tuple[list[str], str | None]:
    """The texts of all pages, and the cursor behind them."""
    texts: list[str] = []
    still = 0
    while still < 3:
        batch = await poll(rig, listener, cursor)
        cursor = batch.cursor
        texts += [mention.text for mention in batch.mentions]
        still = 0 if batch.more or batch.mentions else still + 1
    return texts, cursor


async def follow(rig: XStreamRig, listener: XStreamListener, cursor: str | None) -> None:
    """A few polls, for what only shows after a while."""
    for _ in range(4):
        cursor = (await poll(rig, listener, cursor)).cursor


async def test_only_our_rules_are_kept_and_heard(rig: XStreamRig, listener: XStreamListener) -> None:
    """An old rule of ours goes, another program's stays, and what that one finds is not taken."""
    rig.server.rules = {
        "1": {"id": "1", "value": "kestrel", "tag": "overheard:x"},
        "2": {"id": "2", "value": "heron", "tag": "somebody else's"},
    }
    _, cursor = await walk(rig, listener, None)
    assert sorted(rule["value"] for rule in rig.server.rules.values())[0] == "heron"
    assert "1" not in rig.server.rules
    assert len(rig.server.rules) == 2
    rig.server.say("a heron")
    rig.server.say("kestrelo and a heron")
    assert (await walk(rig, listener, cursor))[0] == ["kestrelo and a heron"]


async def test_an_outage_is_searched_once(rig: XStreamRig, listener: XStreamListener) -> None:
    """What was said while no stream stood is found by the search, and what both bring is heard once."""
    _, cursor = await walk(rig, listener, None)
    rig.server.say("kestrelo before")
    heard, cursor = await walk(rig, listener, cursor)
    rig.server.lose()
    rig.server.say("kestrelo meanwhile")
    rig.server.now += timedelta(minutes=2)
    more, cursor = await walk(rig, listener, cursor)
    rig.server.say("kestrelo after")
    rig.server.now += timedelta(minutes=3)
    rest, cursor = await walk(rig, listener, cursor)
    assert heard + more + rest == ["kestrelo before", "kestrelo meanwhile", "kestrelo after"]
    assert rig.server.openings == 2


async def test_what_comes_as_it_opens_is_not_lost(rig: XStreamRig, listener: XStreamListener) -> None:
    """The search's results end 30 seconds before now, so it is asked again when it can show that moment."""
    _, cursor = await walk(rig, listener, None)
    rig.server.lose()
    rig.server.say("kestrelo a second before it opens again")
    rig.server.now += timedelta(seconds=1)
    heard, cursor = await walk(rig, listener, cursor)
    assert heard == []
    rig.server.now += timedelta(minutes=3)
    heard, cursor = await walk(rig, listener, cursor)
    assert heard == ["kestrelo a second before it opens again"]
    searches = len(rig.server.searches)
    rig.server.now += timedelta(minutes=3)
    await walk(rig, listener, cursor)
    assert len(rig.server.searches) == searches


async def test_a_page_that_was_not_stored_comes_again(rig: XStreamRig, listener: XStreamListener) -> None:
    """An older cursor than the connection's opens it anew, and the search brings what was read from the stream."""
    _, cursor = await walk(rig, listener, None)
    rig.server.say("kestrelo")
    assert [mention.text for mention in (await poll(rig, listener, cursor)).mentions] == ["kestrelo"]
    rig.server.now += timedelta(minutes=3)
    assert (await walk(rig, listener, cursor))[0] == ["kestrelo"]


async def test_a_stream_that_stalls_is_given_up(rig: XStreamRig) -> None:
    """Without even keep-alive signals it is closed; with them it stands."""
    listener: Any = rig.make(wait="0.3s", stall="0.6s")
    cursor = (await poll(rig, listener, None)).cursor
    for _ in range(3):
        rig.server.push(b"")
        cursor = (await poll(rig, listener, cursor)).cursor
    with pytest.raises(Unavailable, match="stalls"):
        await follow(rig, listener, cursor)
    assert not listener._stream.is_open
    await listener.aclose()


async def test_x_may_end_it(rig: XStreamRig, listener: XStreamListener) -> None:
    """When X says that it disconnects, that is told, and the next poll connects anew."""
    _, cursor = await walk(rig, listener, None)
    rig.server.push({"errors": [{"title": "operational-disconnect", "detail": "canary"}]})
    batch = await poll(rig, listener, cursor)
    assert batch.warning == "X ends the stream: operational-disconnect"
    rig.server.lose()
    await poll(rig, listener, batch.cursor)
    assert rig.server.openings == 2


async def test_a_stream_that_ends_at_once_is_left_to_the_poller(
    rig: XStreamRig, listener: XStreamListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream that closes as soon as it opens is not opened in a loop."""
    monkeypatch.setattr("listeners.x.stream.AT_ONCE", 60.0)
    cursor = (await poll(rig, listener, None)).cursor
    rig.server.lose()
    with pytest.raises(Unavailable, match="at once"):
        await poll(rig, listener, cursor)


async def test_one_connection_is_all_that_x_gives(rig: XStreamRig, listener: XStreamListener) -> None:
    """A second program on the same app is refused, and that is a limit and no defect."""
    other: Any = rig.make()
    await poll(rig, other, None)
    with pytest.raises(RateLimited):
        await poll(rig, listener, None)
    await other.aclose()


async def test_a_broken_line_spoils_only_itself(rig: XStreamRig, listener: XStreamListener) -> None:
    """What is no post is set aside without its words, and the rest is heard."""
    _, cursor = await walk(rig, listener, None)
    rig.server.push(b"words-canary")
    rig.server.push(
        {"data": {"id": "x", "text": "words-canary"}, "matching_rules": [{"id": "1", "tag": "overheard:x"}]}
    )
    rig.server.say("kestrelo")
    spoiled: list[Any] = []
    for _ in range(5):
        batch = await poll(rig, listener, cursor)
        cursor, spoiled = batch.cursor, [*spoiled, *batch.spoiled]
        if batch.mentions:
            break
    assert [mention.text for mention in batch.mentions] == ["kestrelo"]
    assert len(spoiled) == 2
    assert "canary" not in str(spoiled)


async def test_the_budget_ends_the_stream(rig: XStreamRig, listener: XStreamListener) -> None:
    """When the day's budget is used up the connection is closed, for every post on it would be billed."""
    cursor = (await poll(rig, listener, None)).cursor
    batch = await listener.poll(cursor, Spend(posts=2000), rig.now)
    assert ("used up" in batch.warning, batch.cursor, listener._stream.is_open) == (True, cursor, False)


@pytest.mark.parametrize("version", ["2026-07-06", "2026-08"])
async def test_the_fake_keeps_to_xs_schema(version: str) -> None:
    """What our fake answers about rules, and each of its lines, is what X's published schema allows."""
    spec = x_spec(version)
    if not spec.is_file():
        pytest.skip(f"no {spec.name}: set OVERHEARD_SPECS to the folder that holds X's OpenAPI files")
    whole = json.loads(gzip.decompress(spec.read_bytes()))

    def valid(path: str, method: str, body: Any) -> None:
        schema = whole["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema_rs.validator_for({**schema, "components": whole["components"]}).validate(body)

    async with XStreamServer(datetime(2026, 3, 2, 12, tzinfo=UTC), new_names=version == "2026-08") as server:
        headers = {"Authorization": f"Bearer {server.token}"}
        async with aiohttp.ClientSession(server.url, headers=headers) as session:
            rule = {"add": [{"value": "kestrelo", "tag": "overheard:x"}]}
            async with session.post(RULES, json=rule) as made, session.get(RULES) as listed:
                valid(RULES, "post", await made.json())
                valid(RULES, "get", await listed.json())
            async with session.get(RULES.removesuffix("/rules")) as stream:
                server.say("kestrelo is down")
                valid(RULES.removesuffix("/rules"), "get", json.loads(await stream.content.readline()))
