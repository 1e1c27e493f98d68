"""The Matrix responder posts once, below the right message or into a room, and finds what it has posted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.decision import Kind, Message
from models.errors import Refused, Unconfirmed
from tests.contract.rigs.matrix import MatrixReplyRig

TEXT = "Hold both keys for ten seconds."


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MatrixReplyRig]:
    """A room in which Mara has asked something."""
    async with MatrixReplyRig.open(tmp_path, monkeypatch) as opened:
        yield opened


async def test_a_reply_stands_below_its_message(rig: MatrixReplyRig) -> None:
    """As a notice, which no other bot answers."""
    responder = rig.make()
    receipt = await responder.send(rig.message(TEXT))
    said = rig.server.said(rig.room, "mara")[-1]
    assert receipt.external_id == f"{rig.room}/{said['event_id']}"
    assert said["content"]["msgtype"] == "m.notice"
    assert said["content"]["m.relates_to"] == {"m.in_reply_to": {"event_id": rig.asked}}
    await responder.aclose()


async def test_a_notice_stands_alone(rig: MatrixReplyRig) -> None:
    """It goes into a room and answers nothing."""
    responder = rig.make()
    await responder.send(replace(rig.message("All quiet"), kind=Kind.NOTICE, target=rig.room))
    said = rig.server.said(rig.room, "mara")[-1]
    assert (said["content"]["body"], "m.relates_to" in said["content"]) == ("All quiet", False)
    await responder.aclose()


async def test_a_room_that_is_not_ours_is_refused(rig: MatrixReplyRig) -> None:
    """Nothing is written where the bot is not, today or later."""
    other = rig.server.room("mara")
    responder = rig.make()
    with pytest.raises(Refused, match="M_FORBIDDEN"):
        await responder.send(replace(rig.message(TEXT), target=f"{other}/$1"))
    (fault,) = await responder.check([rig.room, other])
    assert other in fault.what
    await responder.aclose()


@pytest.mark.parametrize("change", [
    {"target": "$event"}, {"target": "!room:localhost"}, {"target": "!room:localhost/x"}, {"kind": Kind.NOTICE},
    {"kind": Kind.ALERT}, {"body": {"text": None}},
])  # fmt: skip
async def test_what_cannot_be_sent_is_refused_unsent(rig: MatrixReplyRig, change: dict[str, Any]) -> None:
    """A target in another form, or no words."""
    responder = rig.make()
    with pytest.raises(Refused):
        await responder.send(replace(rig.message(TEXT), **change))
    assert await rig.requests() == 0
    await responder.aclose()


async def test_only_what_was_said_since_is_looked_through(rig: MatrixReplyRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a busy room an absence is certain only as far back as the message was queued."""
    monkeypatch.setattr("responders.matrix.PAGES", 1)
    for number in range(101):
        rig.server.say(rig.room, "mara", f"talk {number}")
    responder, message = rig.make(), rig.message(TEXT)
    old: Message = replace(message, queued_at=datetime.now(UTC) - timedelta(hours=1))
    with pytest.raises(Unconfirmed):
        await responder.find(old)
    new = replace(message, queued_at=datetime.now(UTC) + timedelta(hours=3))
    assert await responder.find(new) is None
    await responder.aclose()
