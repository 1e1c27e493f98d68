"""One daemon a database: a file lock beside SQLite, an advisory lock in PostgreSQL. Both end with the process."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, text

from models.errors import StoreError

ADVISORY_KEY = 0x6F766572
"""Our number among PostgreSQL's advisory locks ("over")."""

BUSY = "another Overheard daemon runs on this database; stop it first, or give this one its own store.url"


@dataclass(slots=True)
class Lease:
    """Held until ``release`` or the end of the process."""

    file: IO[str] | None = None
    connection: Connection | None = None

    @classmethod
    def take(cls, engine: Engine) -> Lease:
        """Take the lease or raise StoreError."""
        if engine.dialect.name == "postgresql":
            return cls(connection=_advisory_lock(engine))
        # The file itself, so that a link to it or another way of writing its path finds the same lock.
        database = Path(engine.url.database or "").resolve()
        return cls(file=_file_lock(database.with_name(f"{database.name}.lock")))

    def release(self) -> None:
        """Let another daemon in."""
        if self.file:
            self.file.close()
        if self.connection:
            self.connection.close()


def _file_lock(path: Path) -> IO[str]:
    try:
        file = path.open("a")
    except OSError as error:
        raise StoreError(f"cannot write beside the database ({path}): {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise StoreError(BUSY) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _advisory_lock(engine: Engine) -> Connection:
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}).scalar():
        connection.close()
        raise StoreError(BUSY)
    return connection
