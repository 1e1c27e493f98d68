"""Opening: a database that cannot be used is refused in words, without secrets, and never made anew in silence."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from models.errors import StoreError
from models.past import Screened
from models.store import Store, sources
from tests.build import mention
from tests.models.store.steps import hear, listen
from tests.stores import one


def sqlite_store(folder: Path) -> Store:
    """A store in a file."""
    return Store.open(f"sqlite:///{folder / 'overheard.db'}")


def test_a_file_of_garbage_is_refused_and_left_alone(tmp_path: Path) -> None:
    """The message names the file and the way out, and not a byte of the file changes."""
    path = tmp_path / "overheard.db"
    path.write_bytes(b"these are not the rows you seek " * 300)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"overheard\.db: file is not a database; .*restore a backup"):
        sqlite_store(tmp_path)
    assert path.read_bytes() == before


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """A file that lost all its bytes is not taken for a new database: everything would be heard and answered again."""
    path = tmp_path / "overheard.db"
    path.touch()
    with pytest.raises(StoreError, match=r"is empty \(0 bytes\): restore a backup, or delete the file to begin anew"):
        sqlite_store(tmp_path)
    assert path.stat().st_size == 0


def test_a_file_with_a_broken_page_of_its_schema_is_refused(tmp_path: Path) -> None:
    """Damage to the page that holds the schema is found at the start."""
    sqlite_store(tmp_path).close()
    path = tmp_path / "overheard.db"
    damaged = bytearray(path.read_bytes())
    damaged[100:4096] = b"\xff" * 3996
    path.write_bytes(damaged)
    with pytest.raises(StoreError, match="restore a backup"):
        sqlite_store(tmp_path)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The message names the place that cannot be opened."""
    with pytest.raises(StoreError, match=r"nowhere/overheard\.db: unable to open database file"):
        Store.open(f"sqlite:///{tmp_path}/nowhere/overheard.db")
    with pytest.raises(StoreError, match="cannot write beside the database"):
        Store.open(f"sqlite:///{tmp_path}/nowhere/overheard.db", exclusive=True)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_that_would_not_survive_is_refused(url: str) -> None:
    """A database in memory is not a place to keep what must not be done twice."""
    with pytest.raises(StoreError, match="names no file"):
        Store.open(url)


@pytest.mark.parametrize("url", ["", "overheard.db", "mysql://u@h/d", "no://h"])
def test_an_address_of_nothing_we_know_is_refused(url: str) -> None:
    """The message shows what an address looks like."""
    with pytest.raises(StoreError, match=r'write "sqlite:///overheard\.db" or "postgresql://'):
        Store.open(url)


UNREACHABLE = [
    "postgresql://user:hunter2@127.0.0.1:1/overheard",
    "postgresql+psycopg://user@127.0.0.1:1/overheard?password=hunter2",
    "postgresql://user:hunter2/x@127.0.0.1:1/overheard",
    "postgresql://user:hunter2@127.0.0.1:port/overheard",
    "postgresql://user@127.0.0.1:1/overheard?password=hunter2&nonsense=1",
]


@pytest.mark.parametrize("url", UNREACHABLE)
def test_no_message_repeats_a_password(url: str) -> None:
    """A server that cannot be reached, or an address that cannot be read, is said without the password."""
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    seen: BaseException | None = caught.value
    while seen is not None:
        assert "hunter2" not in str(seen)
        seen = seen.__cause__


def test_a_server_that_cannot_be_reached_is_named() -> None:
    """The message says which server was meant and why it failed."""
    with pytest.raises(StoreError, match=r"user:\*\*\*@127\.0\.0\.1:1/overheard: .*refused"):
        Store.open(UNREACHABLE[0])


def test_sqlite_keeps_what_it_has_promised(tmp_path: Path) -> None:
    """Commits survive a power cut, erased rows are overwritten, and readers do not wait for writers."""
    store = sqlite_store(tmp_path)
    found = {name: one(store, f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "secure_delete")}
    store.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


def test_work_that_raises_leaves_nothing(store: Store) -> None:
    """A transaction is kept whole or not at all."""

    def fails(session: Session) -> None:
        sources.get(session, "sample")
        raise KeyError("in the middle")

    with pytest.raises(KeyError):
        store.do(fails)
    assert store.do(sources.every) == []


async def test_work_goes_on_when_its_caller_is_cancelled(store: Store) -> None:
    """A cancelled caller does not leave a transaction half done: it ends by itself."""
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(session: Session) -> None:
        loop.call_soon_threadsafe(begun.set)
        sources.get(session, "sample")

    task = asyncio.create_task(store.run(slow))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [row.name for row in await store.run(sources.every)] == ["sample"]


def limit_pages(store: Store, spare: int) -> None:
    """Let the file grow by so many pages and no more."""
    pages = one(store, "PRAGMA page_count")
    one(store, f"PRAGMA max_page_count = {pages + spare}")


def test_a_full_disk_keeps_no_half_of_a_page(tmp_path: Path) -> None:
    """When the disk is full hearing fails as a whole, cursor included; with room again the same page is kept whole."""
    store = sqlite_store(tmp_path)
    posts = [Screened(mention(external_id=str(number), text="x" * 5_000)) for number in range(50)]
    hear(store, mention(external_id="before"), cursor="before")
    limit_pages(store, 5)
    with pytest.raises(OperationalError, match="full"):
        listen(store, *posts, cursor="after")
    assert one(store, "SELECT count(*) FROM mention") == 1
    assert store.do(sources.get, "sample").cursor == "before"
    limit_pages(store, 10_000)
    assert listen(store, *posts, cursor="after") == 50
    assert store.do(sources.get, "sample").cursor == "after"
    assert one(store, "PRAGMA quick_check") == "ok"
    store.close()


def test_compacting_a_busy_database_is_said(tmp_path: Path) -> None:
    """While another process reads, traces may stay in the log: compacting says so instead of promising too much."""
    store = sqlite_store(tmp_path)
    hear(store, mention())
    reader = sqlite3.connect(tmp_path / "overheard.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM mention").fetchall()
    with store.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(StoreError, match="do the same again in a moment"):
        store.compact()
    reader.close()
    store.compact()
    store.close()
