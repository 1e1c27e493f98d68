"""Mail: answers in the thread, to the author alone, and marked as automatic so that no machine answers it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Sequence
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formataddr, formatdate, getaddresses
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from models.channel import Manifest
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed
from models.length import cut
from models.manifests import MANIFESTS
from models.settings.types import Duration, Secret, Table
from responders.mail_lookup import Lookup

MANIFEST = MANIFESTS["email"]
RENEW = "store the mailbox's user and password again; many providers want an app password"
MOST_REFERENCES = 20
Line = Literal["tls", "starttls", "none"]
_ADDRESS = r"^[!-~]+@[!-~]+$"
_ID = re.compile(r"<([^<>\s]+)>")
_MACHINES = re.compile(r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)\b", re.IGNORECASE)
_AUTOMATIC = ("list-id", "x-autoreply", "x-autorespond")
MISSHAPEN = (AttributeError, AssertionError, LookupError, RecursionError, TypeError, ValueError)
"""What the standard library raises for headers that are broken."""
_BUSY = re.compile(r"\b4\.7\.|too many|rate|throttl|slow down", re.IGNORECASE)


class MailResponder:
    """``target`` is the Message-ID of the mail that is answered; it must still lie in the mailbox."""

    class Settings(Table):
        """What a mail responder can be told."""

        address: str = Field(pattern=_ADDRESS, description="The address that answers.")
        name: str = Field("", pattern=r"^[^\r\n]*$", description="The name beside it.")
        smtp_host: str = Field(min_length=1, description="The server that takes mail.")
        smtp_port: int = Field(465, ge=1, le=65535, description="Its port.")
        smtp_security: Line = Field("tls", description="How the line is closed; starttls is for port 587.")
        imap_host: str = Field(min_length=1, description="The server that holds the mailbox.")
        imap_port: int = Field(993, ge=1, le=65535, description="Its port.")
        imap_security: Literal["tls", "none"] = Field("tls", description="How the line is closed.")
        user: str = Field(pattern=r'^[^"\\\r\n]+$', description="The user on both, often the address.")
        password: Secret = Field(description="The password on both.")
        folders: list[str] = Field(
            ["INBOX", "Sent"], min_length=1, description="Folders in which mails and copies of answers are looked for."
        )
        copy_to_self: bool = Field(
            True, description="Send a copy to the own address: after a crash it proves that an answer went out."
        )
        forms: list[str] = Field([], description="Addresses that forms write from: the person is then in Reply-To.")
        timeout: Duration = Field("20s", validate_default=True, description="How long one command may take.")

    manifest: ClassVar[Manifest | None] = MANIFEST
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.REPLY})

    def __init__(self, settings: Settings, password: str) -> None:
        self._settings, self._password = settings, password
        self._patience = settings.timeout.total_seconds()
        self._lookup = Lookup(
            settings.imap_host,
            settings.imap_port,
            settings.imap_security == "tls",
            settings.user,
            password,
            self._patience,
        )

    @classmethod
    def from_settings(cls, name: str, settings: Any) -> Self:
        """Make one; raises ValueError with the fix for a missing password or package."""
        try:
            import aioimaplib  # noqa: F401
            import aiosmtplib  # noqa: F401
        except ImportError:
            raise ValueError(f"responders.{name} needs packages: pip install 'overheard[mail]'") from None
        return cls(settings, settings.password.reveal())

    async def send(self, message: Message) -> Receipt:
        """Send it once. Before the words themselves go out, every failure is certain; after them, none is."""
        text = message.body.get("text")
        if message.kind is not Kind.REPLY or not isinstance(text, str) or not text.strip():
            raise Refused("mail takes replies with a text only")
        asked = await self._lookup.head(self._settings.folders, message.target)
        if asked is None:
            raise Refused("the mail to answer is in none of the folders")
        try:
            answer = self._written(asked, message, cut(text, MANIFEST.max_length, MANIFEST.counting))
            to, data = str(answer["To"]), answer.as_bytes(policy=WIRE)
        except MISSHAPEN:
            raise Refused("the mail to answer has headers that cannot be read") from None
        await self._post(to, data)
        return Receipt(self._id(message))

    async def find(self, message: Message) -> Receipt | None:
        """The copy of our answer. Never None: that no copy has come yet proves nothing."""
        if await self._lookup.head(self._settings.folders, self._id(message)):
            return Receipt(self._id(message))
        raise Unconfirmed(
            "no copy of the answer is in the mailbox, which proves nothing: look there, and ask the server"
        )

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Whether both servers let us in."""
        faults = []
        for call in (self._lookup.try_out, self._try_out):
            try:
                await call()
            except EdgeError as error:
                fix = RENEW if isinstance(error, AuthFailed) else "check the hosts, ports and security"
                faults.append(Fault(str(error), fix))
        return faults

    async def aclose(self) -> None:
        """Nothing is kept open."""

    def _id(self, message: Message) -> str:
        """The same for the same message, so that it can be found, and is known again by servers that look."""
        return f"{message.key}@{self._settings.address.rpartition('@')[2]}"

    def _written(self, asked: EmailMessage, message: Message, text: str) -> EmailMessage:
        """The answer; raises Refused where there is nobody to answer (RFC 3834, section 2)."""
        people = _people(asked, "from")
        if {address.lower() for address in people} & {form.lower() for form in self._settings.forms}:
            people = _people(asked, "reply-to")
        if len(people) != 1 or people[0].lower() == self._settings.address.lower():
            raise Refused("the mail has no author who could be answered")
        if _is_automatic(asked) or _MACHINES.match(people[0]):
            raise Refused("a program or a list wrote the mail, and those are not answered")
        subject = " ".join(str(asked.get("subject", "")).split())[:200]
        references = [*_ID.findall(str(asked.get("references", ""))), message.target]
        kept = references[:1] + references[1:][-MOST_REFERENCES:]
        written = EmailMessage(policy=WIRE)
        written["From"] = formataddr((self._settings.name, self._settings.address))
        written["To"] = people[0]
        written["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}".strip()
        written["Date"] = formatdate(usegmt=True)
        written["Message-ID"] = f"<{self._id(message)}>"
        written["In-Reply-To"] = f"<{message.target}>"
        written["References"] = " ".join(f"<{name}>" for name in kept)
        written["Auto-Submitted"] = "auto-replied"
        # Outlook's servers go by this one.
        written["X-Auto-Response-Suppress"] = "All"
        written.set_content(text)
        return written

    async def _post(self, to: str, data: bytes) -> None:
        client = await self._door()
        copies = [self._settings.address] if self._settings.copy_to_self else []
        try:
            await self._do(client.mail(self._settings.address))
            for person in (to, *copies):
                await self._do(client.rcpt(person))
            await self._do(client.data(data), sent=True)
            # Past this point it is carried out, whatever the goodbye says.
        finally:
            client.close()

    async def _try_out(self) -> None:
        (await self._door()).close()

    async def _door(self) -> Any:
        from aiosmtplib import SMTP

        told = self._settings
        client = SMTP(
            hostname=told.smtp_host, port=told.smtp_port, timeout=self._patience,
            use_tls=told.smtp_security == "tls", start_tls=told.smtp_security == "starttls",
            local_hostname=told.address.rpartition("@")[2],
        )  # fmt: skip
        try:
            await self._do(client.connect())
            await self._do(client.login(told.user, self._password))
        except BaseException:
            client.close()
            raise
        return client

    async def _do(self, call: Awaitable[object], *, sent: bool = False) -> None:
        from aiosmtplib import SMTPException, SMTPResponseException

        doubt: type[EdgeError] = Unconfirmed if sent else Unavailable
        try:
            async with asyncio.timeout(2 * self._patience):
                await call
        except SMTPResponseException as error:
            raise _edge(error, doubt) from None
        except (SMTPException, OSError, ValueError, TimeoutError) as error:
            raise doubt(f"the mail server gave no clear answer ({type(error).__name__})") from None


def _edge(error: Any, doubt: type[EdgeError]) -> EdgeError:
    """Our error for a refusal (RFC 5321, section 4.2; RFC 3463), without its words, which may quote ours."""
    from aiosmtplib import SMTPAuthenticationError, SMTPSenderRefused

    code, about = int(error.code), f"the mail server refuses (status {error.code})"
    if 400 <= code < 500:
        busy = _BUSY.search(str(error.message))
        return RateLimited("the mail server asks us to slow down") if busy else Unavailable(f"{about} for now")
    if not 500 <= code < 600:
        return doubt(f"the mail server's answer is none (status {code})")
    if isinstance(error, SMTPAuthenticationError) or code in (530, 534, 535, 538):
        return AuthFailed(f"the mail server does not accept the user and password: {RENEW}")
    if isinstance(error, SMTPSenderRefused):
        return AuthFailed(f"{about} our address: correct address, or let the user send for it")
    return Refused(f"{about} the answer or its reader")


def _people(mail: EmailMessage, header: str) -> list[str]:
    """Plain addresses; what could carry a second header or needs another encoding is none."""
    lines = [str(line) for line in mail.get_all(header, [])]
    return [address for _, address in getaddresses(lines) if re.fullmatch(_ADDRESS, address)]


def _is_automatic(mail: EmailMessage) -> bool:
    submitted = str(mail.get("auto-submitted", "no")).strip().lower()
    bulk = str(mail.get("precedence", "")).strip().lower() in ("bulk", "list", "junk", "auto_reply")
    marked = any(name in mail for name in _AUTOMATIC) or mail.get_content_type() == "multipart/report"
    asked = str(mail.get("x-auto-response-suppress", "")).lower()
    marked = marked or "all" in asked or "autoreply" in asked
    return submitted != "no" or bulk or marked or str(mail.get("return-path", "")).strip() == "<>"
