"""The Matrix listener against a real home server: rooms come and go, and the place is never lost in silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from listeners.conformance.walk import begin, heard, poll, walk
from models.errors import Unavailable
from tests.contract.rigs.matrix import MatrixRig
from tests.fakes.troubled import says


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MatrixRig]:
    """A room with Mara and the bot in it."""
    async with MatrixRig.open(tmp_path, monkeypatch) as opened:
        yield opened


async def test_a_poll_waits_for_news(rig: MatrixRig) -> None:
    """A poll that finds nothing ends as soon as somebody speaks, and asks for no pause after it."""
    listener = rig.make(wait="20s")
    cursor = (await poll(rig, listener, None)).cursor
    waiting = asyncio.create_task(poll(rig, listener, cursor))
    await asyncio.wait({waiting}, timeout=0.3)
    await asyncio.to_thread(rig.server.say, rig.room, "mara", "hello")
    batch = await waiting
    assert (batch.mentions[0].text, batch.pause) == ("hello", 0.0)
    await listener.aclose()


async def test_an_invitation_is_followed_only_where_we_may(rig: MatrixRig) -> None:
    """Strangers cannot make the bot hear their rooms; an operator who wants that says so. The past stays unheard."""
    other = rig.server.room("mara")
    rig.server.say(other, "mara", "kestrelo of the past")
    careful, open_door = rig.make(), rig.make(accept_invites=True)
    cursor = await begin(rig, careful)
    rig.server.invite(other, "mara", rig.me)
    batch = await poll(rig, careful, cursor)
    assert f"invited to Matrix room {other}" in batch.warning
    first = await walk(rig, open_door, cursor)
    assert (heard(rig, first), first[0].warning) == ([], "")
    rig.server.say(other, "mara", "kestrelo of now")
    assert heard(rig, await walk(rig, open_door, first[-1].cursor)) == ["kestrelo of now"]
    await careful.aclose()
    await open_door.aclose()


async def test_the_operator_hears_of_a_lost_room(rig: MatrixRig) -> None:
    """A room that throws the bot out is named."""
    listener = rig.make()
    cursor = await begin(rig, listener)
    rig.server.call("mara", "POST", f"/rooms/{rig.room}/kick", {"user_id": f"@{rig.me}:localhost"})
    assert f"not in Matrix room {rig.room} any more" in (await poll(rig, listener, cursor)).warning
    await listener.aclose()


async def test_an_encrypted_room_is_told(rig: MatrixRig) -> None:
    """What cannot be read is not passed over in silence."""
    listener = rig.make()
    cursor = await begin(rig, listener)
    sealed = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "s"}
    rig.server.call("mara", "PUT", f"/rooms/{rig.room}/send/m.room.encrypted/e1", sealed)
    assert "encrypted" in (await poll(rig, listener, cursor)).warning
    await listener.aclose()


async def test_a_long_silence_of_ours_leaves_no_hole(rig: MatrixRig) -> None:
    """More than one page in a room is read backwards to where we stood, by a fresh listener too."""
    listener = rig.make(limit=3)
    cursor = await begin(rig, listener)
    said = sorted(f"kestrelo {number}" for number in range(10))
    await rig.publish(*said)
    first = await poll(rig, listener, cursor)
    await listener.aclose()
    fresh = rig.make(limit=3)
    assert heard(rig, [first, *await walk(rig, fresh, first.cursor)]) == said
    await fresh.aclose()


async def test_a_place_that_is_forgotten_is_told(rig: MatrixRig) -> None:
    """A server that was set up anew knows no token of the old one: hearing goes on, with an alarm."""
    listener = rig.make()
    await begin(rig, listener)
    batch = await poll(rig, listener, json.dumps({"since": "nonsense", "holes": []}))
    assert "forgotten our place" in batch.gap
    await rig.publish("kestrelo goes on")
    assert heard(rig, await walk(rig, listener, batch.cursor)) == ["kestrelo goes on"]
    await listener.aclose()


@pytest.mark.parametrize("cursor", ["x", "{}", "5", '{"since": "s", "holes": [1]}'])
async def test_anothers_cursor_is_refused(rig: MatrixRig, cursor: str) -> None:
    """A name that had another kind of listener before is told from a place."""
    listener = rig.make()
    with pytest.raises(Unavailable, match="not of Matrix"):
        await poll(rig, listener, cursor)
    await listener.aclose()


@pytest.mark.parametrize("body", [{}, {"next_batch": 5}, {"next_batch": "s", "rooms": {"join": {"!r": {}}}}, []])
async def test_an_answer_out_of_shape_is_unavailable(rig: MatrixRig, body: object) -> None:
    """JSON that is no sync is not taken for silence."""
    listener = rig.make()
    cursor = await begin(rig, listener)
    rig.front.trouble.refusal = lambda status: says(200, body)
    rig.front.trouble.play("503")
    with pytest.raises(Unavailable):
        await poll(rig, listener, cursor)
    await listener.aclose()


async def test_a_limit_may_name_no_pause(rig: MatrixRig) -> None:
    """Then the poller chooses one."""
    listener = rig.make()
    cursor = await begin(rig, listener)
    rig.front.trouble.refusal = lambda status: web.json_response({"errcode": "M_LIMIT_EXCEEDED"}, status=429)
    rig.front.trouble.play("429")
    with pytest.raises(Unavailable) as caught:
        await poll(rig, listener, cursor)
    assert caught.value.retry_after is None  # type: ignore[attr-defined]
    await listener.aclose()
