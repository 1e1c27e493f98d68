"""A mailbox on a real IMAP server (Debian's dovecot), and a real SMTP server (aiosmtpd) that delivers into it."""

from __future__ import annotations

import asyncio
import atexit
import imaplib
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.counterparts import install
from tests.counterparts.servers import LOCAL, started

PASSWORD = "mail-password-canary"
_USERS = itertools.count(1)
_MAILS = itertools.count(1)
CONFIG = """
protocols = imap
base_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1
ssl = no
mailbox_list_index = no
default_login_user = {login}
default_internal_user = {login}
default_internal_group = {group}
default_process_limit = 50
first_valid_uid = 1
first_valid_gid = 1
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
  chroot =
}}
service anvil {{
  chroot =
}}
"""
OF_2_3 = """
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""
OF_2_4 = """
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/%{{user}}
  }}
}}
"""


class Dovecot:
    """Every address is a mailbox of its own, all with one password."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def fresh(self) -> Mailbox:
        """A mailbox that nobody has written to."""
        return Mailbox(self, f"help{next(_USERS)}@kestrelo.example")


class Mailbox:
    """One mailbox, as those who write to it and its server's admin see it."""

    def __init__(self, server: Dovecot, address: str) -> None:
        self.server, self.address = server, address
        self._box = server.folder / "mail" / address
        with self._session():
            pass  # the first visit makes the folders

    def put(self, mail: EmailMessage | bytes, late: timedelta = timedelta()) -> None:
        """A mail arrives; ``late`` is by how much its moment is before now."""
        data = mail.as_bytes() if isinstance(mail, EmailMessage) else mail
        with self._session() as imap:
            imap.append("INBOX", "", imaplib.Time2Internaldate(time.time() - late.total_seconds()), data)

    def remove(self, identifier: str) -> None:
        """Somebody deletes a mail."""
        with self._session() as imap:
            imap.select("INBOX")
            _, (found,) = imap.uid("SEARCH", "HEADER", "Message-ID", f'"<{identifier}>"')
            imap.uid("STORE", found.decode().replace(" ", ","), "+FLAGS", "(\\Deleted)")
            imap.expunge()

    def keep(self, newest: int) -> None:
        """All mails but the newest are deleted, and the server numbers the rest anew."""
        with self._session() as imap:
            imap.select("INBOX")
            _, (found,) = imap.uid("SEARCH", "ALL")
            numbers = found.decode().split()[:-newest]
            if numbers:
                imap.uid("STORE", ",".join(numbers), "+FLAGS", "(\\Deleted)")
                imap.expunge()
        # Without its list the server must make a new one, under a new UIDVALIDITY, which is a time in seconds.
        listed = self._box / "dovecot-uidlist"
        lines = listed.read_text().splitlines()
        old = int(next(part[1:] for part in lines[0].split() if part.startswith("V")))
        for path in self._box.glob("dovecot*"):
            path.unlink()
        listed.write_text(f"3 V{old + 1} N1 G{'0' * 32}\n")
        shutil.chown(listed, *self._owner())

    def texts(self) -> list[bytes]:
        """All mails in it."""
        with self._session() as imap:
            imap.select("INBOX", readonly=True)
            _, found = imap.fetch("1:*", "(RFC822)")
            return [part[1] for part in found if isinstance(part, tuple)]

    def _owner(self) -> tuple[int, int]:
        about = self._box.stat()
        return about.st_uid, about.st_gid

    def _session(self) -> Any:
        imap = imaplib.IMAP4(LOCAL, self.server.port, timeout=30)
        imap.login(self.address, PASSWORD)
        return imap


def mail(text: str, *, to: str, sender: str = "Mara <mara@far.example>", **headers: str) -> EmailMessage:
    """A mail; a header's name is written with underscores."""
    made = EmailMessage()
    made["From"], made["To"] = sender, to
    made["Message-ID"] = f"<{next(_MAILS)}.{os.getpid()}@far.example>"
    for name, value in headers.items():
        del made[name.replace("_", "-")]
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


@cache
def dovecot() -> Dovecot:
    """The server of this run; it ends with it. Skips the test where it is not installed."""
    program = install.dovecot()
    if program is None:
        pytest.skip("no dovecot: `make test` as root installs it, or install Debian's package dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    running = ExitStack()
    atexit.register(running.close)
    running.callback(shutil.rmtree, folder, ignore_errors=True)
    me = pwd.getpwuid(os.geteuid())
    uid, gid = (me.pw_uid, me.pw_gid) if me.pw_uid else (8, 8)
    (folder / "mail").mkdir()
    folder.chmod(0o755)
    if not me.pw_uid:
        os.chown(folder / "mail", uid, gid)
    login, group = ("nobody", "nogroup") if not me.pw_uid else (me.pw_name, str(me.pw_gid))

    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    old = said.startswith("2.3.")
    versions = "" if old else "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"

    def command(port: int) -> list[str]:
        told = (versions + CONFIG + (OF_2_3 if old else OF_2_4)).format(
            folder=folder, port=port, password=PASSWORD, login=login, group=group, uid=uid, gid=gid
        )  # fmt: skip
        (folder / "dovecot.conf").write_text(told)
        return [program, "-F", "-c", str(folder / "dovecot.conf")]

    port = running.enter_context(started(command, log=folder / "start.log", ready=_greets))
    return Dovecot(folder, port)


def _greets(port: int) -> bool:
    try:
        imaplib.IMAP4(LOCAL, port, timeout=10).logout()
    except (OSError, imaplib.IMAP4.error):
        return False
    return True


class Post:
    """An SMTP server that takes mail from who knows the password, and delivers to the mailboxes it knows.

    ``fault`` is what the next mail meets: an answer by command, or "drop", "hang" or "lose" after the words.
    """

    def __init__(self, box: Mailbox) -> None:
        self.box = box
        self.port = 0
        self.taken: list[tuple[list[str], bytes]] = []
        self.tries = 0
        self.fault: tuple[str, str] = ("", "")
        self.held = asyncio.Event()
        self.over = asyncio.Event()

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        """Whether the password is right."""
        from aiosmtpd.smtp import AuthResult

        right = getattr(data, "password", b"") == PASSWORD.encode()
        if answer := self._meets("AUTH"):
            return AuthResult(success=False, handled=False, message=answer)
        return AuthResult(success=right, handled=False)

    def _meets(self, command: str) -> str:
        where, answer = self.fault
        if where != command:
            return ""
        # A client tries one way to sign in after the other.
        self.fault = ("", "") if command != "AUTH" else self.fault
        return answer

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """MAIL FROM."""
        envelope.mail_from = address
        return self._meets("MAIL") or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """RCPT TO."""
        envelope.rcpt_tos.append(address)
        return self._meets("RCPT") or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """The words themselves."""
        self.tries += 1
        answer = self._meets("DATA")
        if answer == "hang":
            self.held.set()
            await self.over.wait()
        if answer and answer != "lose":
            return self._drop(server) if answer == "drop" else answer
        self.taken.append((list(envelope.rcpt_tos), envelope.content))
        if self.box.address in envelope.rcpt_tos:
            await asyncio.to_thread(self.box.put, envelope.content)
        return self._drop(server) if answer else "250 OK"

    def _drop(self, server: Any) -> str:
        server.transport.abort()
        return "250 gone"

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Post]:
        """Stand on a free port for as long as the block lasts."""
        from aiosmtpd.smtp import SMTP

        def session() -> Any:
            told = {"auth_required": True, "auth_require_tls": False, "hostname": "mx"}
            with warnings.catch_warnings():
                # It warns of passwords on an open line; this one does not leave the machine.
                warnings.simplefilter("ignore")
                return SMTP(self, authenticator=self.authenticate, **told)

        server = await asyncio.get_running_loop().create_server(session, LOCAL, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.over.set()
            server.close()
