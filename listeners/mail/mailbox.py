"""Hears one folder of a mailbox by IMAP. Nothing is changed there: mails stay unread and where they are."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator

from listeners.base import Spend
from listeners.mail.imap import RENEW, Lost, Mailbox
from listeners.mail.message import CHANNEL, MISSHAPEN, mention_of
from models.channel import Manifest
from models.check import Fault
from models.errors import AuthFailed, EdgeError, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Secret, Table

MOST = 300_000
"""Bytes of one mail that are read: its words come first, its attachments after them."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class _Place:
    """The next number to read, the folder's numbering that it belongs to, and when the last mail came."""

    validity: int
    next: int
    last: int

    @classmethod
    def read(cls, cursor: str) -> Self:
        try:
            return cls(*(int(part) for part in json.loads(cursor)))
        except (TypeError, ValueError):
            raise Unavailable(
                "the cursor is not of a mailbox: another kind of listener had this name, so give this one another"
            ) from None

    def dumps(self) -> str:
        return json.dumps([self.validity, self.next, self.last])


class MailListener:
    """Each poll waits for mail on a connection that stays open."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["email"]
    check_is_free = True

    class Settings(Table):
        """What a listener of a mailbox can be told."""

        host: str = Field(min_length=1, description="The IMAP server.")
        port: int = Field(993, ge=1, le=65535, description="Its port.")
        security: Literal["tls", "none"] = Field(
            "tls", description="How the line is closed; none sends the password in the open."
        )
        user: str = Field(pattern=r'^[^"\\\r\n]+$', description="The user, often the address.")
        password: Secret = Field(description="The password; many providers want an app password.")
        folder: str = Field(
            "INBOX", pattern=r'^[^"\\\r\n]+$', description="The folder to read, as the server names it."
        )
        forms: list[str] = Field([], description="Addresses that forms write from: the person is then in Reply-To.")
        wait: Duration = Field("25s", validate_default=True, description="How long a poll waits for mail, 30s at most.")
        limit: int = Field(50, ge=1, le=100, description="Mails in one page at most.")
        timeout: Duration = Field("20s", validate_default=True, description="How long one command may take.")

        @field_validator("wait")
        @classmethod
        def _short_enough(cls, wait: timedelta) -> timedelta:
            if wait > timedelta(seconds=30):
                raise ValueError("must be 30s at most")
            return wait

    def __init__(self, settings: Settings, password: str, known: bool) -> None:
        self._settings, self._known = settings, known
        self._password = password
        self._box = self._mailbox()
        self._validity, self._next = 0, 1

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing password or package."""
        try:
            import aioimaplib  # noqa: F401
        except ImportError:
            raise ValueError(f"listeners.{name} needs a package: pip install 'overheard[mail]'") from None
        known = any(brand.handles.get(CHANNEL) for brand in brands.values())
        return cls(settings, settings.password.reveal(), known)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """The mails from ``cursor`` on; waits for one if there is none."""
        try:
            return await self._heard(cursor, now)
        except Lost as error:
            raise Unavailable(str(error)) from None

    async def _heard(self, cursor: str | None, now: datetime) -> Batch:
        at = _Place.read(cursor) if cursor is not None else None
        if at is None or not self._box.is_open:
            await self._open()
        elif at.validity == self._validity:
            try:
                return await self._read(at)
            except Lost:
                await self._open()  # a line that rests is cut by many a router
        if at is None:
            return Batch(cursor=_Place(self._validity, self._next, int(now.timestamp())).dumps())
        return await (self._read(at) if at.validity == self._validity else self._renumbered(at))

    async def _open(self) -> None:
        folder = await self._box.open()
        self._validity, self._next = folder.validity, folder.next

    async def _read(self, at: _Place) -> Batch:
        found = await self._after(at.next)
        if not found and self._settings.wait:
            await self._box.wait(self._settings.wait.total_seconds())
            found = await self._after(at.next)
        return await self._page(at, found)

    async def _after(self, first: int) -> list[int]:
        await self._box.refresh()
        # "5:*" also means the last one where there is none from 5 on (RFC 3501, section 9).
        return [uid for uid in await self._box.uids("UID", f"{first}:*") if uid >= first]

    async def _page(self, at: _Place, found: list[int]) -> Batch:
        page, mentions, spoiled = found[: self._settings.limit], list[Mention](), list[tuple[str, str]]()
        for mail in await self._box.fetch(page, MOST):
            at = replace(at, last=max(at.last, int(mail.at.timestamp())))
            try:
                mentions.append(mention_of(mail.data, mail.at, self._settings.forms))
            except MISSHAPEN as error:
                digest = hashlib.sha256(mail.data).hexdigest()[:16]
                spoiled.append((digest, f"mail {mail.uid}: cannot be read ({type(error).__name__})"))
        at = replace(at, next=page[-1] + 1 if page else at.next)
        # The waiting is done at the server.
        pause = 0.0 if self._box.idles else None
        return Batch(tuple(mentions), at.dumps(), more=len(found) > len(page), pause=pause, spoiled=tuple(spoiled))

    async def _renumbered(self, at: _Place) -> Batch:
        """The server has numbered the folder anew: what came since the last mail is read again, known or not."""
        since = datetime.fromtimestamp(at.last, UTC) - timedelta(days=1)
        found = await self._box.uids("SINCE", f"{since.day}-{MONTHS[since.month - 1]}-{since.year}")
        every = found or await self._box.uids("ALL")
        first = found[0] if found else every[-1] + 1 if every else 1
        gap = (
            f"the mail server has numbered {self._settings.folder} anew: all mail since {since:%Y-%m-%d} that is still "
            "there is read again; what was moved away meanwhile was missed"
        )
        return Batch(cursor=_Place(self._validity, first, at.last).dumps(), more=True, gap=gap)

    async def fetch(self, external_id: str) -> Mention | None:
        """One mail of the folder by its Message-ID."""
        if not re.fullmatch(r"[!-~]+", external_id) or set(external_id) & set('"\\'):
            return None
        box = self._mailbox()
        try:
            await box.open()
            found = await box.uids("HEADER", "Message-ID", f'"<{external_id}>"')
            mails = await box.fetch(found[:1], MOST)
            return mention_of(mails[0].data, mails[0].at, self._settings.forms) if mails else None
        except MISSHAPEN:
            return None
        finally:
            await box.close()

    async def check(self) -> list[Fault]:
        """Whether the mailbox lets us in and has the folder, and a brand knows the mailbox's address."""
        box = self._mailbox()
        try:
            await box.open()
        except EdgeError as error:
            return [
                Fault(str(error), RENEW if isinstance(error, AuthFailed) else "check host, port, security and folder")
            ]
        finally:
            await box.close()
        what = "no brand lists an address, so a mail that does not name a brand is about none"
        return (
            []
            if self._known
            else [Fault(what, 'add it to the handles of its brand: email = ["help@kestrelo.example"]')]
        )

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._box.close()

    def _mailbox(self) -> Mailbox:
        told = self._settings
        return Mailbox(
            told.host, told.port, told.user, self._password, told.folder, told.security == "tls",
            told.timeout.total_seconds(),
        )  # fmt: skip
