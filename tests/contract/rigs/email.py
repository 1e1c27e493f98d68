"""A mailbox that people write to, and the answers that leave it."""

from __future__ import annotations

import email
import email.policy
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from listeners.base import Listener
from listeners.conformance.rig import BOT, OWN, STRANGER, ListenerRig
from listeners.mail.mailbox import MailListener
from models.decision import Kind, Message
from models.errors import AuthFailed, EdgeError, Refused, Unavailable
from models.settings.sections import Brand
from responders.base import Responder
from responders.conformance.rig import ResponderRig
from responders.mail import MailResponder
from tests.counterparts.mail import PASSWORD, Mailbox, Post, dovecot, mail
from tests.counterparts.servers import free_port
from tests.fakes.line import Line
from tests.responders.cards import message


class MailRig(ListenerRig):
    """Real mail in a real mailbox; the line to it can fail."""

    kind = "email"
    listener = MailListener
    secrets: ClassVar[tuple[str, ...]] = (PASSWORD,)
    retry_after = None
    cannot: ClassVar[Mapping[str, str]] = {
        "told": "who has sent a mail cannot take it back",
        "gone": "who has sent a mail cannot take it back",
        "edit": "a mail that was sent is never changed",
    }

    def __init__(self, box: Mailbox, line: Line) -> None:
        self.box, self.line = box, line

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_PASSWORD", PASSWORD)
        server = dovecot()
        async with Line(server.port).serve() as line:
            yield cls(server.fresh(), line)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def brands(self) -> Mapping[str, Brand]:
        return {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"], handles={"email": [self.box.address]})}

    def make(self, **own: Any) -> Listener:
        told = {"host": "127.0.0.1", "port": self.line.port, "security": "none", "user": self.box.address}
        told |= {"password": {"env": "RIG_PASSWORD"}, "wait": "0s", "limit": self.page, "timeout": self.timeout}
        return MailListener.from_settings("box", MailListener.Settings.model_validate(told | own), self.brands)

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        sender = {OWN: self.box.address, BOT: "news@far.example"}.get(by, "Mara <mara@far.example>")
        marks = {"Auto_Submitted": "auto-generated"} if by == BOT else {}
        mails = [mail(text, to=self.box.address, sender=sender, **marks) for text in texts]
        for each in mails:
            self.box.put(each, late)
        return [str(each["Message-ID"]).strip("<>") for each in mails]

    async def delete(self, external_id: str) -> None:
        self.box.remove(external_id)

    async def forget(self) -> None:
        self.line.cut()
        self.box.keep(self.page)

    async def fault(self, name: str) -> None:
        self.line.play(name)

    async def hold(self) -> Awaitable[object]:
        self.line.play("hold")
        return self.line.met.wait()

    async def release(self) -> None:
        self.line.cut()


class MailReplyRig(ResponderRig):
    """Mara has written, and an answer goes out by SMTP. Faults are the SMTP server's."""

    kind = "email"
    responder = MailResponder
    secrets: ClassVar[tuple[str, ...]] = (PASSWORD,)
    retry_after = None
    errors: ClassVar[Mapping[str, tuple[type[EdgeError], ...]]] = {
        "500": (Refused,),
        "503": (Unavailable,),
        "403": (AuthFailed,),
    }
    cannot: ClassVar[Mapping[str, str]] = {
        "repeat": "SMTP knows no mail again",
        "check": "what an SMTP server refuses of a mail it says when it gets one",
    }

    def __init__(self, post: Post, asked: str) -> None:
        self.post, self.asked = post, asked

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        patch.setenv("RIG_PASSWORD", PASSWORD)
        box = dovecot().fresh()
        asked = mail("How do I reset it?", to=box.address, Subject="Reset")
        box.put(asked)
        async with Post(box).serve() as post:
            yield cls(post, str(asked["Message-ID"]).strip("<>"))

    def make(self, **own: Any) -> Responder:
        told = {"smtp_host": "127.0.0.1", "smtp_port": self.post.port, "smtp_security": "none"}
        told |= {"imap_host": "127.0.0.1", "imap_port": self.post.box.server.port, "imap_security": "none"}
        told |= {"address": self.post.box.address, "user": self.post.box.address, "timeout": self.timeout}
        told |= {"password": {"env": "RIG_PASSWORD"}}
        return MailResponder.from_settings("us", MailResponder.Settings.model_validate(told | own))

    def make_closed(self) -> Responder:
        return self.make(smtp_port=free_port())

    def message(self, text: str, key: str = "key-1") -> Message:
        return message(Kind.REPLY, {"text": text}, target=self.asked, key=key)

    async def fault(self, name: str) -> None:
        answers = {
            "401": ("AUTH", "535 5.7.8 words-canary"), "403": ("MAIL", "553 5.7.1 words-canary"),
            "404": ("RCPT", "550 5.1.1 words-canary"), "429": ("RCPT", "450 4.7.1 too many, words-canary"),
            "500": ("DATA", "554 5.7.1 words-canary"), "503": ("DATA", "451 4.3.0 words-canary"),
            "silent": ("DATA", "hang"), "dropped": ("DATA", "drop"), "lost": ("DATA", "lose"),
        }  # fmt: skip
        self.post.fault = answers.get(name, ("DATA", "<html>words-canary</html>"))

    async def hold(self) -> Awaitable[object]:
        self.post.fault = ("DATA", "hang")
        return self.post.held.wait()

    async def release(self) -> None:
        self.post.over.set()

    async def requests(self) -> int:
        return self.post.tries

    async def sent(self) -> Sequence[str]:
        return [text_of(data) for _, data in self.post.taken]


def text_of(data: bytes) -> str:
    """The words of a mail."""
    parsed: Any = email.message_from_bytes(data, policy=email.policy.default)
    return str(parsed.get_content()).replace("\r\n", "\n").removesuffix("\n")


LISTENER = MailRig
RESPONDER = MailReplyRig
