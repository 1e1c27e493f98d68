"""Looks a mail up by its Message-ID in a mailbox: the one that is answered, and the copy of our own answer."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import re
import ssl
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, TypeVar

from models.errors import AuthFailed, Unavailable

T = TypeVar("T")

HEADERS = (
    "FROM REPLY-TO SUBJECT REFERENCES IN-REPLY-TO MESSAGE-ID AUTO-SUBMITTED PRECEDENCE LIST-ID RETURN-PATH "
    "CONTENT-TYPE X-AUTOREPLY X-AUTORESPOND X-AUTO-RESPONSE-SUPPRESS"
)
BROKEN = (AttributeError, AssertionError, LookupError, OSError, RecursionError, TypeError, ValueError)
"""What the SDK raises for a server that does not speak IMAP."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A mailbox and how to get in. Each question takes a connection of its own, for there are few."""

    host: str
    port: int
    tls: bool
    user: str
    password: str
    timeout: float

    def __repr__(self) -> str:
        return f"Lookup({self.host!r})"

    async def head(self, folders: Sequence[str], identifier: str) -> EmailMessage | None:
        """The headers of a mail in the first of the folders that has it; raises AuthFailed and Unavailable."""
        if not re.fullmatch(r"[!-~]+", identifier) or set(identifier) & set('"\\'):
            return None
        imap = await self._open()
        try:
            for folder in folders:
                if (await _do(imap, imap.select(f'"{folder}"'), self.timeout)).result != "OK":
                    continue
                search = imap.uid_search("HEADER", "Message-ID", f'"<{identifier}>"', charset=None)
                lines = (await _do(imap, search, self.timeout)).lines
                if found := bytes(lines[0]).split() if len(lines) > 1 else []:
                    wanted = f"(BODY.PEEK[HEADER.FIELDS ({HEADERS})])"
                    answer = await _do(imap, imap.uid("FETCH", found[0].decode("ascii"), wanted), self.timeout)
                    data = next((bytes(line) for line in answer.lines if isinstance(line, bytearray)), b"")
                    return email.message_from_bytes(data, policy=email.policy.default)
            return None
        finally:
            await _drop(imap)

    async def try_out(self) -> None:
        """Sign in and out; raises AuthFailed and Unavailable."""
        await _drop(await self._open())

    async def _open(self) -> Any:
        from aioimaplib import IMAP4

        logging.getLogger("aioimaplib").setLevel(logging.CRITICAL)
        context = ssl.create_default_context() if self.tls else None
        imap = IMAP4(self.host, self.port, timeout=self.timeout, ssl_context=context)
        try:
            await _do(imap, imap.wait_hello_from_server(), self.timeout)
            answer = await _do(imap, imap.login(f'"{self.user}"', self.password), self.timeout)
        except BaseException:
            await _drop(imap)
            raise
        if answer.result == "OK":
            return imap
        await _drop(imap)
        if re.search(rb"\[(LIMIT|INUSE|UNAVAILABLE|SERVERBUG)\]", b" ".join(map(bytes, answer.lines))):
            raise Unavailable("the IMAP server is not ready")
        raise AuthFailed("the IMAP server does not accept the user and password: store them again")


async def _do(imap: Any, call: Awaitable[T], timeout: float) -> T:
    from aioimaplib.aioimaplib import AioImapException

    work = asyncio.ensure_future(call)
    try:
        await asyncio.wait({work}, timeout=timeout)
        if not work.done():
            raise Unavailable("the IMAP server does not answer")
        return work.result()
    except (AioImapException, *BROKEN) as error:
        # Without its cause, which may hold a mail.
        raise Unavailable(f"the IMAP server cannot be asked ({type(error).__name__})") from None
    finally:
        if not work.done():
            work.cancel()
            # The SDK's own tasks hold a lock that the work waits for, even when it is cancelled: they end first.
            await _drop(imap)
            await asyncio.gather(work, return_exceptions=True)


async def _drop(imap: Any) -> None:
    """Let go of the connection, without a word."""
    tasks = (imap._client_task, *imap.tasks, *imap.protocol.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if imap.protocol.transport is not None:
        imap.protocol.transport.abort()
