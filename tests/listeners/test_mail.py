"""The mailbox listener against a real IMAP server: it waits, changes nothing, and says what it may have missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from listeners.conformance.walk import begin, heard, mentions, poll, walk
from listeners.mail.mailbox import MailListener
from models.errors import AuthFailed, Unavailable
from tests.contract.rigs.email import MailRig
from tests.counterparts.mail import mail


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailRig]:
    """A mailbox that nobody has written to."""
    async with MailRig.open(tmp_path, monkeypatch) as opened:
        yield opened


async def test_a_poll_waits_for_mail(rig: MailRig) -> None:
    """By IDLE: a poll that finds nothing ends as soon as a mail comes, and asks for no pause after it."""
    listener = rig.make(wait="20s")
    cursor = await begin(rig, rig.make())
    waiting = asyncio.create_task(poll(rig, listener, cursor))
    while not waiting.done():
        await asyncio.to_thread(
            rig.box.put, mail("hello", to=rig.box.address)
        )  # written until heard: it may not wait yet
        await asyncio.wait({waiting}, timeout=0.5)
    batch = waiting.result()
    assert (batch.mentions[0].text, batch.pause) == ("hello", 0.0)
    await listener.aclose()


async def test_mails_stay_unread(rig: MailRig) -> None:
    """Whoever works in the mailbox sees what they would see without us."""
    listener = rig.make()
    cursor = await begin(rig, listener)
    await rig.publish("kestrelo one")
    assert heard(rig, await walk(rig, listener, cursor)) == ["kestrelo one"]
    await listener.aclose()
    with rig.box._session() as imap:
        imap.select("INBOX", readonly=True)
        assert imap.uid("SEARCH", "UNSEEN")[1] == [b"1"]


async def test_new_numbers_are_told_and_nothing_that_is_there_is_lost(rig: MailRig) -> None:
    """Where the server numbers the folder anew, what is still there is read again under the same ids."""
    listener = rig.make()
    cursor = await begin(rig, listener)
    await rig.publish("kestrelo known")
    first = await walk(rig, listener, cursor)
    await rig.publish("kestrelo unknown")
    await rig.forget()
    batches = await walk(rig, listener, first[-1].cursor)
    assert "numbered INBOX anew" in batches[0].gap
    assert heard(rig, batches) == ["kestrelo known", "kestrelo unknown"]
    assert mentions(first)[0].id in {mention.id for mention in mentions(batches)}
    await listener.aclose()


async def test_a_line_that_was_cut_is_made_anew(rig: MailRig) -> None:
    """A router that forgets a resting line is no failure of the mailbox."""
    listener = rig.make()
    cursor = await begin(rig, listener)
    rig.line.cut()
    await rig.publish("kestrelo after the cut")
    assert heard(rig, await walk(rig, listener, cursor)) == ["kestrelo after the cut"]
    await listener.aclose()


async def test_a_password_that_was_changed_is_an_error_of_the_credential(rig: MailRig) -> None:
    """In mid-poll too: the operator is told at once."""
    listener = rig.make(wait="5s")
    cursor = await begin(rig, rig.make())
    waiting = asyncio.create_task(poll(rig, listener, cursor))
    await asyncio.wait({waiting}, timeout=0.5)
    await rig.fault("401")
    with pytest.raises((AuthFailed, Unavailable)):
        await waiting
    await rig.fault("401")
    with pytest.raises(AuthFailed):
        await poll(rig, listener, cursor)
    await listener.aclose()


async def test_a_hostile_mail_spoils_at_most_itself(rig: MailRig) -> None:
    """Endless headers, bytes of no charset and a huge mail stand among others, which are all heard."""
    listener = rig.make()
    cursor = await begin(rig, listener)
    await rig.publish("kestrelo before")
    rig.box.put(b"Subject: =?x?b?//?=\r\nFrom: <>\r\n\r\n" + b"\xff" * 2000)
    rig.box.put(b"From: a@far.example\r\n\r\n" + b"huge " * 300_000)
    rig.box.put(b"\r\n")
    await rig.publish("kestrelo after")
    texts = heard(rig, await walk(rig, listener, cursor))
    assert {"kestrelo before", "kestrelo after"} <= set(texts)
    assert max(map(len, texts)) < 30_000
    await listener.aclose()


@pytest.mark.parametrize("cursor", ["x", "[1]", "{}", '"a"', "[1, 2, null]"])
async def test_anothers_cursor_is_refused(rig: MailRig, cursor: str) -> None:
    """A name that had another kind of listener before is told from a place."""
    listener = rig.make()
    with pytest.raises(Unavailable, match="not of a mailbox"):
        await poll(rig, listener, cursor)
    await listener.aclose()


async def test_check_asks_for_an_address(rig: MailRig) -> None:
    """Without one, a mail that does not name the brand would be about none."""
    brand = rig.brands["kestrelo"].model_copy(update={"handles": {}})
    told = {"host": "127.0.0.1", "port": rig.line.port, "security": "none", "user": rig.box.address}
    settings = MailListener.Settings.model_validate(told | {"password": {"env": "RIG_PASSWORD"}})
    (fault,) = await MailListener.from_settings("box", settings, {"kestrelo": brand}).check()
    assert "email = [" in fault.fix


@pytest.mark.parametrize(
    "wrong", [{"wait": "31s"}, {"user": 'a"b'}, {"folder": "a\r\nb"}, {"port": 0}, {"security": "ssl"}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    """What could carry a second command, or breaks the contract, is refused when the configuration is read."""
    told = {"host": "h", "user": "u", "password": {"env": "P"}} | wrong
    with pytest.raises(ValidationError):
        MailListener.Settings.model_validate(told)
