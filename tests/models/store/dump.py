"""A database as somebody gets it who steals a backup: a real dump of it, and of SQLite the bytes of its files too."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from models.store import Store
from tests.counterparts.postgres import installed_programs


def dump(store: Store) -> str:
    """All that the dump says."""
    url = store.engine.url
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        with closing(sqlite3.connect(path)) as connection:
            said = "\n".join(connection.iterdump())
        return said + "".join(file.read_bytes().decode("latin-1") for file in path.parent.glob(f"{path.name}*"))
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    program = installed_programs() / "pg_dump"
    done = subprocess.run([program, "--inserts", address], capture_output=True, check=True, timeout=60)
    return done.stdout.decode()


def found(store: Store, *words: str) -> list[str]:
    """Those of the words that stand in a dump."""
    text = dump(store)
    assert "INSERT INTO" in text
    return [word for word in words if word in text]
