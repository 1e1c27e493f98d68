"""One folder of an IMAP mailbox, on a connection that stays open between polls (RFC 3501, RFC 2177).

Nothing is changed there: mails stay unread. After any failure the connection is dropped and made anew.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable

T = TypeVar("T")

BROKEN = (AttributeError, AssertionError, LookupError, OSError, RecursionError, TypeError, ValueError)
"""What the SDK raises for a server that does not speak IMAP."""
BUSY = re.compile(rb"\[(LIMIT|INUSE|OVERQUOTA)\]|too many|rate limit|throttl", re.IGNORECASE)
"""Refusals that ask for patience (RFC 5530, and what large providers say instead)."""
PASSING = re.compile(rb"\[(UNAVAILABLE|SERVERBUG)\]|temporar|try again", re.IGNORECASE)
RENEW = "store the mailbox's user and password again; many providers want an app password"


@dataclass(frozen=True, slots=True)
class Folder:
    """How a folder numbers its mails: numbers are good for as long as ``validity`` stays."""

    validity: int
    next: int


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: its number, when the server got it, and its beginning."""

    uid: int
    at: datetime
    data: bytes = field(repr=False)


class Lost(Unavailable):
    """The connection ended, as each does from time to time."""


class Mailbox:
    """``open`` before all else; ``is_open`` says whether that still holds."""

    def __init__(self, host: str, port: int, user: str, password: str, folder: str, tls: bool, timeout: float) -> None:
        quiet()
        self._host, self._port, self._tls = host, port, tls
        self._user, self._password, self._folder = user, password, folder
        self._timeout = timeout
        self._imap: Any = None
        self._lost = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection on which the folder is chosen."""
        return self._imap is not None and not self._lost.is_set()

    @property
    def idles(self) -> bool:
        """Whether the server can tell of new mail by itself."""
        return self._imap is not None and bool(self._imap.has_capability("IDLE"))

    async def open(self) -> Folder:
        """Connect, sign in and choose the folder; raises AuthFailed, RateLimited and Unavailable."""
        from aioimaplib import IMAP4

        await self.close()
        self._lost = lost = asyncio.Event()
        context = ssl.create_default_context() if self._tls else None
        self._imap = IMAP4(
            self._host, self._port, timeout=self._timeout, conn_lost_cb=lambda _: lost.set(), ssl_context=context
        )
        self._imap.protocol.welcome = _calmly(self._imap.protocol.welcome, lost)
        await self._do(self._imap.wait_hello_from_server())
        # A password in letters beyond ASCII, or with signs of the protocol, goes as it is: the SDK quotes it.
        answer = await self._do(self._imap.login(f'"{self._user}"', self._password))
        if answer.result != "OK":
            raise await self._refused(answer.lines)
        chosen = await self._do(self._imap.select(f'"{self._folder}"'))
        if chosen.result != "OK":
            await self.close()
            raise Unavailable(f"the mailbox has no folder {self._folder} for us: correct folder")
        return await self._numbers(chosen.lines)

    async def refresh(self) -> None:
        """Let the server look for mail that came since the last command; some do so only when told."""
        await self._do(self._imap.noop())

    async def uids(self, *criteria: str) -> list[int]:
        """The numbers of the mails that a search finds, lowest first."""
        answer = await self._do(self._imap.uid_search(*criteria, charset=None))
        if answer.result != "OK":
            await self.close()
            raise Unavailable("the mail server does not search")
        first = bytes(answer.lines[0]) if len(answer.lines) > 1 else b""
        return sorted(int(part) for part in first.split() if part.isdigit())

    async def fetch(self, uids: Sequence[int], most: int, part: str = "") -> list[Mail]:
        """The mails with these numbers that are still there, in order, ``most`` bytes of each."""
        if not uids:
            return []
        wanted = f"(UID INTERNALDATE BODY.PEEK[{part}]<0.{most}>)"
        answer = await self._do(self._imap.uid("FETCH", ",".join(map(str, uids)), wanted))
        if answer.result != "OK":
            await self.close()
            raise Unavailable("the mail server does not hand its mails over")
        return sorted(_mails(answer.lines), key=lambda mail: mail.uid)

    async def wait(self, seconds: float) -> None:
        """Wait until the folder changes, for so many seconds at most; returns at once where a server cannot tell."""
        if not self.idles:
            return
        idle = await self._do(self._imap.idle_start(timeout=seconds + self._timeout))
        try:
            async with asyncio.timeout(seconds):
                while not any(b"EXISTS" in line for line in await self._pushed()):
                    pass
        except TimeoutError:
            pass
        self._imap.idle_done()
        await self._do(idle)

    async def _pushed(self) -> list[bytes]:
        pushed = await self._do(self._imap.protocol.idle_queue.get(), bounded=False)
        return pushed if isinstance(pushed, list) else [b"EXISTS"]

    async def close(self) -> None:
        """Let go of the connection, without a word."""
        imap, self._imap = self._imap, None
        if imap is None:
            return
        tasks = (imap._client_task, *imap.tasks, *imap.protocol.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if imap._idle_waiter is not None:
            imap._idle_waiter.cancel()
        if imap.protocol.transport is not None:
            imap.protocol.transport.abort()

    async def _do(self, call: Coroutine[Any, Any, T] | asyncio.Future[T], *, bounded: bool = True) -> T:
        """One command, ended when the connection is lost, which the SDK would wait through."""
        from aioimaplib.aioimaplib import AioImapException

        work, lost = asyncio.ensure_future(call), asyncio.ensure_future(self._lost.wait())
        try:
            async with asyncio.timeout(self._timeout if bounded else None):
                await asyncio.wait({work, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise Lost("the mail server has ended the connection")
            return work.result()
        except (AioImapException, *BROKEN, TimeoutError) as error:
            # Without its cause, which may hold a mail.
            raise Unavailable(f"the mail server cannot be heard ({type(error).__name__})") from None
        finally:
            lost.cancel()
            if not work.done() or work.cancelled() or work.exception():
                work.cancel()
                # The SDK's own tasks hold a lock that the work waits for, even when it is cancelled: they end first.
                await self.close()
                await asyncio.gather(work, return_exceptions=True)

    async def _refused(self, lines: Sequence[bytes]) -> EdgeError:
        await self.close()
        said = b" ".join(map(bytes, lines))
        if BUSY.search(said):
            return RateLimited("the mail server has too many connections, or asks us to slow down")
        if PASSING.search(said):
            return Unavailable("the mail server cannot check passwords now")
        return AuthFailed(f"the mail server does not accept the user and password: {RENEW}")

    async def _numbers(self, lines: Sequence[bytes]) -> Folder:
        said = b" ".join(map(bytes, lines))
        validity, following = re.search(rb"UIDVALIDITY (\d+)", said), re.search(rb"UIDNEXT (\d+)", said)
        if validity is None:
            await self.close()
            raise Unavailable("the mail server does not number its mails, so none could be told from another")
        if following is not None:
            return Folder(int(validity[1]), int(following[1]))
        known = await self.uids("ALL")
        return Folder(int(validity[1]), known[-1] + 1 if known else 1)


def _mails(lines: Sequence[Any]) -> list[Mail]:
    """What the lines of an answer to FETCH hold; the words of a mail come as a bytearray."""
    found: list[Mail] = []
    said, data = b"", b""
    for line in [*lines, b"0 FETCH ("]:
        if isinstance(line, bytearray):
            data = bytes(line)
        elif re.match(rb"\d+ FETCH \(", line):
            number, moment = re.search(rb"\bUID (\d+)", said), re.search(rb'INTERNALDATE "([^"]+)"', said)
            if number and moment and data:
                at = datetime.strptime(moment[1].decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")
                found.append(Mail(int(number[1]), at.astimezone(UTC), data))
            said, data = line, b""
        else:
            said += b" " + line
    return found


def _calmly(welcome: Callable[[bytes], Awaitable[None]], lost: asyncio.Event) -> Callable[[bytes], Awaitable[None]]:
    """The SDK's reader of a greeting; one that is none ends the connection and goes into no log."""
    from aioimaplib.aioimaplib import AioImapException

    async def greet(line: bytes) -> None:
        try:
            await welcome(line)
        except (AioImapException, *BROKEN):
            lost.set()

    return greet


def quiet() -> None:
    """Keep the SDK from logging what it receives, which is people's mail."""
    logging.getLogger("aioimaplib").setLevel(logging.CRITICAL)
