"""Answers by mail: in the thread, to one person, marked as automatic, and never to a machine."""

from __future__ import annotations

import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.errors import AuthFailed, Refused, Unavailable, Unconfirmed
from responders.mail import MailResponder
from tests.contract.rigs.email import MailReplyRig
from tests.counterparts.mail import mail
from tests.counterparts.servers import free_port

TEXT = "Hold both keys for ten seconds."


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailReplyRig]:
    """A mailbox with a question in it, and the server that takes answers."""
    async with MailReplyRig.open(tmp_path, monkeypatch) as opened:
        yield opened


def parsed(data: bytes) -> Any:
    """A mail as its reader's program reads it."""
    return email.message_from_bytes(data, policy=email.policy.default)


def asks(rig: MailReplyRig, **headers: str) -> str:
    """Somebody writes a mail with these headers; returns its id."""
    asked = mail("How?", to=rig.post.box.address, **headers)
    rig.post.box.put(asked)
    return str(asked["Message-ID"]).strip("<>")


async def test_an_answer_stands_in_its_thread(rig: MailReplyRig) -> None:
    """Mail programs put it below what it answers, people see from whom it is, and machines that it is automatic."""
    asked = asks(rig, Subject="Reset", References="<0@far.example>")
    responder = rig.make(name="Kestrelo Help")
    receipt = await responder.send(replace(rig.message(TEXT), target=asked))
    ((readers, data),) = rig.post.taken
    sent = parsed(data)
    assert readers == ["mara@far.example", rig.post.box.address]
    assert (sent["To"], sent["Subject"]) == ("mara@far.example", "Re: Reset")
    assert sent["From"] == f"Kestrelo Help <{rig.post.box.address}>"
    assert (sent["In-Reply-To"], sent["References"]) == (f"<{asked}>", f"<0@far.example> <{asked}>")
    assert sent["Auto-Submitted"] == "auto-replied"
    assert sent["Message-ID"] == f"<{receipt.external_id}>"


@pytest.mark.parametrize("headers", [
    {"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<news.far.example>"},
    {"From": "a@far.example, b@far.example"}, {"From": "nobody"}, {"Return_Path": "<>"},
])  # fmt: skip
async def test_a_machine_is_never_answered(rig: MailReplyRig, headers: dict[str, str]) -> None:
    """Two machines that answer each other do not stop; nor is anybody answered who is not one person."""
    with pytest.raises(Refused):
        await rig.make().send(replace(rig.message(TEXT), target=asks(rig, **headers)))
    assert rig.post.tries == 0


async def test_our_own_mail_is_never_answered(rig: MailReplyRig) -> None:
    """A mailbox does not talk to itself."""
    with pytest.raises(Refused, match="no author"):
        await rig.make().send(replace(rig.message(TEXT), target=asks(rig, From=rig.post.box.address)))


async def test_a_reply_address_of_a_stranger_is_not_written_to(rig: MailReplyRig) -> None:
    """Who writes cannot make us write to somebody else; who fills in a form of ours is written to."""
    named = {"Reply_To": "victim@else.example"}
    await rig.make().send(replace(rig.message(TEXT), target=asks(rig, **named)))
    forms = {"From": "form@kestrelo.example", "Reply_To": "Ada <ada@far.example>"}
    filled = replace(rig.message(TEXT, key="key-2"), target=asks(rig, **forms))
    await rig.make(forms=["form@kestrelo.example"]).send(filled)
    assert [readers[0] for readers, _ in rig.post.taken] == ["mara@far.example", "ada@far.example"]


@pytest.mark.parametrize("subject", ["=?utf-8?q?Reset=0D=0ABcc=3A_victim=40else=2Eexample?=", "Re: " * 200, "Gerät 🔥"])
async def test_a_hostile_subject_makes_no_header(rig: MailReplyRig, subject: str) -> None:
    """A subject stays a subject, of one line and a bounded length."""
    await rig.make().send(replace(rig.message(TEXT), target=asks(rig, Subject=subject)))
    sent = parsed(rig.post.taken[0][1])
    assert sent["Bcc"] is None
    assert len(sent["Subject"]) < 220
    assert len(rig.post.taken[0][0]) == 2


async def test_a_mail_that_is_not_there_is_not_answered(rig: MailReplyRig) -> None:
    """What was deleted from the mailbox needs no answer, and an id of another form finds nothing."""
    for target in ("gone@far.example", 'x" OR ALL', "ö@far.example"):
        with pytest.raises(Refused, match="none of the folders"):
            await rig.make().send(replace(rig.message(TEXT), target=target))


async def test_without_a_copy_nothing_can_be_found(rig: MailReplyRig) -> None:
    """Where no copy comes to the mailbox, what became of an answer is for a person to say."""
    responder = rig.make(copy_to_self=False)
    message = rig.message(TEXT)
    await responder.send(message)
    assert len(rig.post.taken[0][0]) == 1
    with pytest.raises(Unconfirmed):
        await responder.find(message)


async def test_check_tries_both_servers(rig: MailReplyRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that does not let us in is a fault with its fix."""
    (fault,) = await rig.make(imap_port=free_port()).check()
    assert "hosts" in fault.fix
    (fault,) = await rig.make(smtp_port=free_port()).check()
    assert "hosts" in fault.fix
    monkeypatch.setenv("RIG_PASSWORD", "wrong")
    assert any("password" in fault.fix for fault in await rig.make().check())


async def test_an_imap_server_that_is_away_is_certain(rig: MailReplyRig) -> None:
    """What could not even be looked up was not sent."""
    with pytest.raises(Unavailable):
        await rig.make(imap_port=free_port()).send(rig.message(TEXT))
    assert rig.post.tries == 0


async def test_a_server_without_tls_is_not_given_the_password(rig: MailReplyRig) -> None:
    """With starttls demanded and not offered, the line stays unused."""
    with pytest.raises((AuthFailed, Unavailable)):
        await rig.make(smtp_security="starttls").send(rig.message(TEXT))
    assert rig.post.taken == []


def test_a_closed_line_is_the_default() -> None:
    """A password goes over an open line only where the settings say so."""
    fields = MailResponder.Settings.model_fields
    assert (fields["smtp_security"].default, fields["imap_security"].default) == ("tls", "tls")
