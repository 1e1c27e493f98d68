"""Bluesky's stream beside the conformance suite: both wires, whose posts they are, silence, and what was missed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from listeners.base import Spend
from listeners.bluesky.jetstream import JetstreamListener
from listeners.bluesky.wire import REWIND, Place, address, microseconds
from listeners.conformance.rig import START
from models.errors import Unavailable
from models.mention import Batch
from models.settings.sections import Brand
from tests.fakes.bluesky_server import BOT, OWN, STRANGER, BlueskyServer, Broken

BRANDS = {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"], handles={"bluesky": ["@Kestrelo.test"]})}


@pytest.fixture
async def network(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BlueskyServer]:
    """A network of ours."""
    monkeypatch.setattr("listeners.bluesky.jetstream.LINGER", 0.05)
    monkeypatch.setattr("listeners.bluesky.line.GOODBYE", 0.1)
    async with BlueskyServer(START) as server:
        yield server


@pytest.fixture
async def made(network: BlueskyServer) -> AsyncIterator[Any]:
    """Makes listeners, and closes them."""
    listeners: list[JetstreamListener] = []

    def make(**own: Any) -> JetstreamListener:
        told = {"url": network.stream_url, "index": network.url, "wait": "0.3s", "timeout": "20s"} | own
        settings = JetstreamListener.Settings.model_validate(told)
        listeners.append(JetstreamListener.from_settings("stream", settings, BRANDS))
        return listeners[-1]

    yield make
    for listener in listeners:
        await listener.aclose()


async def poll(network: BlueskyServer, listener: JetstreamListener, cursor: str | None = None) -> Batch:
    """One poll at the network's time."""
    return await listener.poll(cursor, Spend(), network.now)


async def heard(network: BlueskyServer, listener: JetstreamListener, cursor: str | None) -> Batch:
    """The first poll that brings anything."""
    for _ in range(20):
        batch = await poll(network, listener, cursor)
        cursor = batch.cursor
        if batch.mentions or batch.gone or batch.spoiled:
            return batch
    raise AssertionError("nothing is heard")


@pytest.mark.parametrize("ascii_only", [False, True], ids=["as itself", "escaped"])
@pytest.mark.parametrize("wire", ["v1", "v2"])
async def test_both_wires_say_the_same(network: BlueskyServer, made: Any, wire: str, ascii_only: bool) -> None:
    """On either wire a post has its at:// URI, its author from the index, its moment, thread and language."""
    network.ascii_only = ascii_only
    listener = made(wire=wire)
    start = await poll(network, listener)
    root = f"at://{BOT}/app.bsky.feed.post/3kroot"
    reply = {"root": {"uri": root, "cid": "x"}, "parent": {"uri": f"at://{OWN}/app.bsky.feed.post/3kours", "cid": "x"}}
    known = await network.say("Késtrelo & I", reply=reply, langs=["en-GB"])
    (mention,) = (await heard(network, listener, start.cursor)).mentions
    assert (mention.external_id, mention.text, mention.lang) == (known, "Késtrelo & I", "en")
    assert (mention.author.id, mention.author.handle, mention.author.followers) == (STRANGER, "ines.test", 7)
    assert (mention.conversation_id, mention.in_reply_to) == (root, reply["parent"]["uri"])
    assert mention.url == f"https://bsky.app/profile/{STRANGER}/post/{known.rpartition('/')[2]}"
    assert mention.posted_at == START
    assert "kestrelo.test" in mention.addressees


async def test_who_tags_or_quotes_the_account_is_heard_without_the_name(network: BlueskyServer, made: Any) -> None:
    """A mention by DID and a quote are for the brand, whatever the words; the handle in the text may lie."""
    listener = made()
    start = await poll(network, listener)
    facet = {"features": [{"$type": "app.bsky.richtext.facet#mention", "did": OWN}], "index": {}}
    await network.say("hey you", facets=[facet])
    quoted = {"$type": "app.bsky.embed.record", "record": {"uri": f"at://{OWN}/app.bsky.feed.post/3k1", "cid": "x"}}
    await network.say("look at this", embed={"record": quoted} | {"media": {}})
    await network.say("to @kestrelotest.example", facets=[{"features": [{"did": BOT}], "index": {}}])
    mentions = (await heard(network, listener, start.cursor)).mentions
    assert [mention.text for mention in mentions] == ["hey you", "look at this"]
    assert "kestrelo.test" in mentions[0].addressees
    assert mentions[1].quotes == "kestrelo.test"


async def test_a_post_and_its_deletion_in_one_page_are_no_post(network: BlueskyServer, made: Any) -> None:
    """What was deleted while we listened is told as gone, and never handed over."""
    listener = made()
    start = await poll(network, listener)
    known = await network.say("kestrelo, oh well")
    await network.say("", operation="delete", rkey=known.rpartition("/")[2])
    batch = await heard(network, listener, start.cursor)
    assert (batch.mentions, batch.gone) == ((), (known,))


async def test_who_asks_to_be_shown_to_members_only_is_left_out(network: BlueskyServer, made: Any) -> None:
    """Nobody signs in here, so their posts are not heard, unless the setting says so."""
    network.labels[STRANGER] = ["!no-unauthenticated"]
    for listener, texts in ((made(), ["kestrelo two"]), (made(signed_in_only=True), ["kestrelo one", "kestrelo two"])):
        start = await poll(network, listener)
        await network.say("kestrelo one")
        await network.say("kestrelo two", BOT)
        assert [mention.text for mention in (await heard(network, listener, start.cursor)).mentions] == texts


async def test_an_index_that_is_down_holds_up_no_post(network: BlueskyServer, made: Any) -> None:
    """Posts are heard without their authors' names, and the index is left alone for a while."""
    listener = made(stall_after="0s")
    start = await poll(network, listener)
    network.broken = Broken(status=500)
    await network.say("kestrelo one")
    (mention,) = (await heard(network, listener, start.cursor)).mentions
    assert (mention.author.id, mention.author.handle) == (STRANGER, "")


async def test_a_dead_account_s_dates_are_not_believed(network: BlueskyServer, made: Any) -> None:
    """A date in the future becomes the moment when the network saw the post; one in the past stays."""
    listener = made()
    start = await poll(network, listener)
    await network.say("kestrelo tomorrow", at=START + timedelta(days=1))
    await network.say("kestrelo long ago", at=START - timedelta(days=900))
    first, second = (await heard(network, listener, start.cursor)).mentions
    assert START < first.posted_at < START + timedelta(seconds=1)
    assert second.posted_at == START - timedelta(days=900)


async def test_a_frame_that_is_no_post_is_put_aside(network: BlueskyServer, made: Any) -> None:
    """It is counted once as spoiled, without its words, and what follows is heard."""
    listener = made()
    start = await poll(network, listener)
    await network.commit(STRANGER, "3kspoiled", "create", {"text": ["kestrelo", "words-canary"]})
    await network.send_all(lambda wire: '{"kestrelo": words-canary')
    await network.say("kestrelo goes on")
    batch = await heard(network, listener, start.cursor)
    assert len(batch.spoiled) == 2
    assert "canary" not in str(batch.spoiled)
    assert [mention.text for mention in batch.mentions] == ["kestrelo goes on"]


async def test_a_stream_that_stalls_without_closing_is_opened_anew(network: BlueskyServer, made: Any) -> None:
    """Too long a silence is an error; the next poll connects from the cursor and hears what was said meanwhile."""
    listener = made(stall_after="0.2s")
    with pytest.raises(Unavailable, match="has said nothing"):
        await poll(network, listener)
    quiet = made(stall_after="0s")
    start = await poll(network, quiet)
    assert (start.mentions, len(network.streams)) == ((), 2)


async def test_a_line_that_ends_is_opened_again_in_the_same_poll(network: BlueskyServer, made: Any) -> None:
    """A server that restarts costs no error, no post and no repeat."""
    listener = made()
    start = await poll(network, listener)
    await network.say("kestrelo one")
    first = await heard(network, listener, start.cursor)
    await network.hang_up()
    await network.say("kestrelo two")
    second = await heard(network, listener, first.cursor)
    assert [mention.text for mention in second.mentions] == ["kestrelo two"]


@pytest.mark.parametrize("wire", ["v1", "v2"])
async def test_what_the_stream_has_forgotten_is_told(network: BlueskyServer, made: Any, wire: str) -> None:
    """A cursor from before the server's memory brings what there is, and says since when posts may be missing."""
    first = made(wire=wire)
    start = await poll(network, first)
    await network.say("kestrelo early")
    stored = await heard(network, first, start.cursor)
    await network.say("kestrelo lost")
    network.now += 2 * network.keep
    await network.say("kestrelo kept")
    batch = await heard(network, made(wire=wire), stored.cursor)
    assert [mention.text for mention in batch.mentions] == ["kestrelo kept"]
    assert "2026-03-02 12:00" in batch.gap


async def test_a_place_that_is_refused_is_told(network: BlueskyServer, made: Any) -> None:
    """A server that takes our cursor for none of its own is heard from now on, and the gap is said."""
    strange = Place(1000, 1000).dumps()
    batch = await poll(network, made(), strange)
    assert "refuses our place" in batch.gap
    assert "cursor" not in network.streams[-1]


async def test_the_cursor_of_another_kind_is_refused_in_words(network: BlueskyServer, made: Any) -> None:
    """No post is read from a place that we do not understand."""
    for cursor in ("17", "[]", '{"at": "x", "since": 1, "seen": {}}', '{"at": 1}'):
        with pytest.raises(Unavailable, match="give this one another"):
            await poll(network, made(), cursor)


async def test_an_account_that_nobody_has_is_told(network: BlueskyServer, made: Any, monkeypatch: Any) -> None:
    """A handle with a typing error would let the brand's own posts pass for strangers'."""
    monkeypatch.setitem(BRANDS, "kestrelo", BRANDS["kestrelo"].model_copy(update={"handles": {"bluesky": ["k.test"]}}))
    listener = made()
    assert "k.test" in (await poll(network, listener)).warning
    (fault,) = await listener.check()
    assert "k.test" in fault.what


async def test_a_flood_that_nobody_wants_does_not_hold_the_loop(network: BlueskyServer, made: Any) -> None:
    """While thousands of frames lie ready, others run, the poll ends in time, and the place moves on."""
    listener = made(wait="0.5s")
    start = await poll(network, listener)
    for number in range(2000):
        await network.commit(STRANGER, f"3kx{number}", "create", {"text": "noise"})
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(beat())
    batch = await poll(network, listener, start.cursor)
    other.cancel()
    assert beats > 10
    assert json.loads(str(batch.cursor))["at"] > microseconds(START)


def test_the_place_keeps_only_what_a_new_connection_brings_again() -> None:
    """Keys older than the rewind are forgotten, and the cursor stays small."""
    second = 1_000_000
    place = Place.begun(100 * second, {"a": 99 * second})
    later = place.after(200 * second, {"b": 199 * second})
    assert later.since == 200 * second - REWIND // timedelta(microseconds=1)
    assert dict(later.seen) == {"b": 199 * second}
    assert Place.read(later.dumps()) == later
    assert later.after(1, {}).at == later.at


def test_the_addresses_are_those_of_the_two_wires() -> None:
    """Posts only, no giants, and from a moment on."""
    v2, v1 = (address("wss://stream.example/", wire, 17) for wire in ("v2", "v1"))
    assert v2.startswith("wss://stream.example/xrpc/network.bsky.jetstream.subscribeEvents?collections=app.bsky.feed")
    assert v2.endswith("&kinds=commit&maxMessageSizeBytes=1000000&cursor=17")
    assert v1 == (
        "wss://stream.example/subscribe?wantedCollections=app.bsky.feed.post&maxMessageSizeBytes=1000000&cursor=17"
    )
