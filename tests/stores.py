"""The store as a fixture: every test that asks for it runs on SQLite and on PostgreSQL.

``store`` is quick, because its tables are made once a run. ``store_url`` is an empty database, for tests of opening.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session, SQLModel

from models.store import Store
from tests.counterparts import postgres

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(params=ENGINES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'overheard.db'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file to copy."""
    path = tmp_path_factory.mktemp("stores") / "prepared.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database to empty."""
    with postgres.database(postgres_url) as url:
        Store.open(url).close()
        yield url


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An open store without any rows."""
    if request.param == "sqlite":
        path = tmp_path / "overheard.db"
        shutil.copy(request.getfixturevalue("sqlite_with_tables"), path)
        opened = Store.open(f"sqlite:///{path}")
        opened.engine.dispose()
        event.listen(opened.engine, "connect", _without_sync)
    else:
        opened = Store.open(request.getfixturevalue("postgres_with_tables"))
        opened.do(_empty)
    yield opened
    opened.close()


def _without_sync(connection: Any, record: Any) -> None:
    # Nobody cuts the power of a test, and waiting for the disk is most of its time.
    connection.execute("PRAGMA synchronous=OFF")


def _empty(session: Session) -> None:
    for table in SQLModel.metadata.sorted_tables:
        session.execute(table.delete())


def rows(store: Store, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """What a query says, in a transaction of its own."""

    def read(session: Session) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in session.execute(text(sql), values)]

    return store.do(read)


def one(store: Store, sql: str, **values: Any) -> Any:
    """The single value of a query."""
    ((value,),) = rows(store, sql, **values)
    return value
