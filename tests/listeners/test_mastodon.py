"""The Mastodon listeners against a real counterpart: what each source hears, and what a break does not lose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from listeners.base import Listener
from listeners.conformance.walk import begin, heard, mentions, poll, walk
from listeners.mastodon.timelines import MastodonListener
from models.errors import AuthFailed, Unavailable
from tests.contract.rigs.mastodon import MastodonRig
from tests.contract.rigs.mastodon_stream import MastodonStreamRig
from tests.counterparts.servers import free_port


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MastodonRig]:
    """A server with people on it."""
    async with MastodonRig.open(tmp_path, monkeypatch) as opened:
        yield opened


@pytest.fixture
async def stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MastodonStreamRig]:
    """The same, heard as a stream."""
    async with MastodonStreamRig.open(tmp_path, monkeypatch) as opened:
        yield opened


async def after(rig: MastodonRig, listener: Listener, *said: Any) -> list[str]:
    """What a listener that begins now hears of what is then said."""
    cursor = await begin(rig, listener)
    for words, more in said:
        rig.server.say(words, **more)
    found = heard(rig, await walk(rig, listener, cursor))
    await listener.aclose()
    return found


async def test_hashtags_take_no_account(rig: MastodonRig) -> None:
    """Without a token a hashtag in the words of a post is heard, and other posts are not."""
    listener = rig.make(token=None, tags=["#KestreloFail"])
    assert await after(rig, listener, ("so slow #kestrelofail", {}), ("so slow kestrelo", {})) == [
        "so slow #kestrelofail"
    ]


async def test_mentions_of_the_account_are_heard(rig: MastodonRig) -> None:
    """Who speaks to the account is heard without any hashtag, and a letter to it is not."""
    listener = rig.make(sources=["mentions"])
    letter = {"visibility": "direct"}
    said = (("@kestrelo_official hi", {}), ("hi all", {}), ("@kestrelo_official secret", letter))
    assert await after(rig, listener, *said) == ["@kestrelo_official hi"]


async def test_a_search_finds_words(rig: MastodonRig) -> None:
    """With a token the terms themselves are searched for."""
    listener = rig.make(sources=["search"])
    assert await after(rig, listener, ("my kestrelo is slow", {}), ("my phone is slow", {})) == ["my kestrelo is slow"]


async def test_the_public_timeline_is_filtered(rig: MastodonRig) -> None:
    """Of all posts those with a term are handed over; who speaks to anybody is left for later to judge."""
    listener = rig.make(sources=["public"], token=None)
    assert await after(rig, listener, ("my Kestrelo is slow", {}), ("my phone is slow", {})) == ["my Kestrelo is slow"]


async def test_a_reply_knows_its_conversation(rig: MastodonRig) -> None:
    """The ids of the first post and of the one that is answered are canonical, so that the store can tie them."""
    listener = rig.make()
    cursor = await begin(rig, listener)
    root = rig.server.say("it is slow")
    middle = rig.server.say("yes", in_reply_to_id=root.rsplit("/", 1)[1])
    rig.server.say("kestrelo!", tags=["kestrelo"], in_reply_to_id=middle.rsplit("/", 1)[1])
    (found,) = mentions(await walk(rig, listener, cursor))
    assert (found.conversation_id, found.in_reply_to) == (root, middle)
    parent = await listener.fetch(middle)
    assert parent is not None
    assert parent.text == "yes"
    await listener.aclose()


async def test_a_server_that_is_down_keeps_no_other_from_being_heard(rig: MastodonRig) -> None:
    """It is told of once a round, and its timelines wait."""
    listener = rig.make(servers=[f"http://127.0.0.1:{free_port()}", rig.front.url], token=None)
    first = await walk(rig, listener, None)
    await rig.publish("kestrelo is heard")
    batches = await walk(rig, listener, first[-1].cursor)
    assert heard(rig, batches) == ["kestrelo is heard"]
    assert any("not heard in this round" in batch.warning for batch in batches)
    await listener.aclose()


async def test_where_all_servers_are_down_the_poll_fails(rig: MastodonRig) -> None:
    """A source that hears nothing at all says so."""
    ports = [f"http://127.0.0.1:{free_port()}" for _ in range(2)]
    listener = rig.make(servers=ports, token=None)
    with pytest.raises(Unavailable):
        await walk(rig, listener, None)
    await listener.aclose()


@pytest.mark.parametrize(
    "wrong",
    [
        {"sources": ["mentions"]},
        {"sources": []},
        {"servers": []},
        {"servers": ["ftp://a"]},
        {"page": 41},
        {"sources": ["x"]},
        {"servers": ["https://a.example/path"]},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    """What takes a token, or is no server, is refused when the configuration is read."""
    with pytest.raises(ValidationError):
        MastodonListener.Settings.model_validate(wrong)


async def test_check_names_half_handles(rig: MastodonRig) -> None:
    """A handle without its server is nobody's."""
    brand = rig.brands["kestrelo"].model_copy(update={"handles": {"mastodon": ["kestrelo"]}})
    settings = MastodonListener.Settings.model_validate({"servers": [rig.front.url], "timeout": "4s"})
    listener = MastodonListener.from_settings("tags", settings, {"kestrelo": brand})
    (fault,) = await listener.check()
    assert "kestrelo@" in fault.fix
    await listener.aclose()


# The stream


async def test_what_was_said_in_a_break_is_heard(stream: MastodonStreamRig) -> None:
    """A stream that ends in between, and a fresh listener after a crash, go on from the cursor."""
    listener = stream.make()
    cursor = await begin(stream, listener)
    await stream.publish("kestrelo before")
    first = await walk(stream, listener, cursor)
    stream.front.cut()
    await stream.publish("kestrelo in between")
    second = await walk(stream, listener, first[-1].cursor)
    await listener.aclose()
    await stream.publish("kestrelo after a crash")
    fresh = stream.make()
    third = await walk(stream, fresh, second[-1].cursor)
    await fresh.aclose()
    assert [heard(stream, batches) for batches in (first, second, third)] == [
        ["kestrelo before"],
        ["kestrelo in between"],
        ["kestrelo after a crash"],
    ]


async def test_a_stream_that_stalls_is_opened_anew(stream: MastodonStreamRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a byte for longer than the server's heartbeat, the line is not waited on for ever."""
    listener = stream.make()
    cursor = await begin(stream, listener)
    monkeypatch.setattr("listeners.mastodon.events.SILENCE", 0.01)
    with pytest.raises(Unavailable, match="silent"):
        await walk(stream, listener, cursor)
    monkeypatch.undo()
    await listener.aclose()


async def test_too_long_a_break_is_told(stream: MastodonStreamRig) -> None:
    """Where more was posted than may be read again, the rest is given up aloud, and hearing goes on."""
    listener = stream.make(catch_up=1, page=2)
    cursor = await begin(stream, listener)
    await listener.aclose()
    await stream.publish(*(f"kestrelo {number}" for number in range(8)))
    fresh = stream.make(catch_up=1, page=2)
    batches = await walk(stream, fresh, cursor)
    assert [bool(batch.gap) for batch in batches].count(True) == 1
    await stream.publish("kestrelo goes on")
    assert heard(stream, await walk(stream, fresh, batches[-1].cursor)) == ["kestrelo goes on"]
    await fresh.aclose()


async def test_a_revoked_token_stops_the_stream(stream: MastodonStreamRig) -> None:
    """A token that is taken back between two polls is an error of the credential, not of the network."""
    listener = stream.make()
    cursor = await begin(stream, listener)
    await stream.fault("401")
    with pytest.raises(AuthFailed):
        await poll(stream, listener, cursor)
    await listener.aclose()
