"""Opens the database, keeps its one thread, and runs work in transactions.

SQLite by default: WAL and ``synchronous=FULL``, because an intent to send must survive a power cut before the first
byte goes out. PostgreSQL by its URL. Nobody outside this room holds a session.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlmodel import Session

from models.errors import StoreError
from models.store.lease import Lease
from models.store.schema import expect, prepare

P = ParamSpec("P")
T = TypeVar("T")
Wake = tuple[str, str]
"""A stage and a key that has work."""

WRITE = 'write "sqlite:///overheard.db" or "postgresql://user@host/database"'
AGAIN = "do the same again in a moment"
SQLITE: dict[str, Any] = {"timeout": 5, "check_same_thread": False, "isolation_level": None}


class Store:
    """A database that is ready to use. ``do`` blocks; ``run`` does the same on the store's own thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.on_wake: Callable[[list[Wake]], None] = lambda wakes: None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._lease: Lease | None = None

    @classmethod
    def open(cls, url: str, *, exclusive: bool = False, read_only: bool = False) -> Store:
        """Open and bring to the newest schema; ``exclusive`` refuses where another daemon runs on it.

        ``read_only`` makes and upgrades nothing, takes no lock that a daemon waits for, and lets no work write.
        """
        engine = _engine(url, read_only)
        store = cls(engine)
        try:
            if exclusive:
                store._lease = Lease.take(engine)
            (expect if read_only else prepare)(engine)
        except SQLAlchemyError as error:
            store.close()
            # Without the URL's options, because a password may stand among them.
            place = engine.url.set(query={}).render_as_string()
            raise StoreError(f"cannot open the database {place}: {_cause(error)}{_advice(error)}") from error
        except StoreError:
            store.close()
            raise
        return store

    def do(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(session, …)`` in one transaction; wakes that it marked are told after the commit."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            with session.begin():
                result = work(session, *args, **kwargs)
            wakes: list[Wake] = session.info.pop("wakes", [])
        if wakes:
            self.on_wake(wakes)
        return result

    async def run(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same, without blocking the loop; not abandoned in the middle when the caller is cancelled."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, lambda: self.do(work, *args, **kwargs)))

    def compact(self) -> None:
        """Leave no trace of erased rows in the database's files; PostgreSQL's own vacuum does it there."""
        if self.engine.dialect.name != "sqlite":
            return
        with self.engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            try:
                raw.execute("VACUUM")
                busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError as error:
                raise StoreError(f"traces of erased rows may stay in the file ({error}); {AGAIN}") from error
        if busy:
            raise StoreError(f"traces of erased rows may stay in the log, which is being read; {AGAIN}")

    def close(self) -> None:
        """Finish what runs and let go of the database."""
        self._thread.shutdown(wait=True)
        if self._lease:
            self._lease.release()
        self.engine.dispose()


def _engine(url: str, read_only: bool) -> Engine:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Not the error's own words: they repeat the part that could not be read, which may be a password's.
        raise StoreError(f"store.url is not an address; {WRITE}, with %40 for @ and %2F for / in a password") from None
    try:
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_reader(parsed) if read_only else _sqlite(parsed)
        if parsed.get_backend_name() == "postgresql":
            address = parsed.set(drivername="postgresql+psycopg")
            engine = create_engine(address, pool_pre_ping=True, hide_parameters=True)
            return engine.execution_options(postgresql_readonly=True) if read_only else engine
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise StoreError(f"store.url cannot be used: {error}; {WRITE}") from error
    raise StoreError(f"store.url: {parsed.get_backend_name()} is not supported; {WRITE}")


def _sqlite_file(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise StoreError(f"store.url names no file, so nothing would survive a restart; {WRITE}")
    path = Path(url.database)
    if path.is_file() and not path.stat().st_size:
        # Taken as a new one, it would let everything be heard and answered a second time.
        raise StoreError(f"the database {path} is empty (0 bytes): restore a backup, or delete the file to begin anew")
    return path


def _sqlite(url: URL) -> Engine:
    _sqlite_file(url)
    # Parameters hold what people wrote: no error message may repeat them.
    engine = create_engine(url, connect_args=SQLITE, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A deferred BEGIN that reads and then writes fails at once with "database is locked", whatever the time-out.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _sqlite_reader(url: URL) -> Engine:
    """Opened so that SQLite itself writes nothing; a daemon beside it goes on, for its log keeps what we read."""
    path = _sqlite_file(url)
    if not path.exists():
        raise StoreError(f"the database {path} does not exist: there is no history yet; `python bot.py run` makes one")

    def connect() -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, **SQLITE)
        connection.execute("PRAGMA query_only=ON")
        return connection

    engine = create_engine(url, creator=connect, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _cause(error: SQLAlchemyError) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _advice(error: SQLAlchemyError) -> str:
    damaged = isinstance(error, DatabaseError) and not isinstance(error, OperationalError)
    return "; if this is the right file, restore a backup" if damaged else ""
