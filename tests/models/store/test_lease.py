"""One daemon a database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.errors import StoreError
from models.store import Store
from tests.build import mention
from tests.models.store.steps import hear
from tests.stores import one


def test_a_second_daemon_is_refused(store_url: str) -> None:
    """While one daemon holds the database another is told so; after it has gone, the other may start."""
    first = Store.open(store_url, exclusive=True)
    with pytest.raises(StoreError, match="another Overheard daemon runs on this database; stop it first"):
        Store.open(store_url, exclusive=True)
    first.close()
    Store.open(store_url, exclusive=True).close()


def test_a_refused_daemon_does_not_let_a_third_one_in(store_url: str) -> None:
    """The refused one takes nothing of the first one's lease with it when it ends."""
    first = Store.open(store_url, exclusive=True)
    for _ in range(2):
        with pytest.raises(StoreError):
            Store.open(store_url, exclusive=True)
    first.close()


def test_commands_work_beside_a_running_daemon(store_url: str) -> None:
    """Whoever only reads or gives an order needs no lease."""
    daemon = Store.open(store_url, exclusive=True)
    command = Store.open(store_url)
    hear(command, mention())
    assert one(daemon, "SELECT count(*) FROM mention") == 1
    command.close()
    daemon.close()


def test_a_link_to_the_file_is_the_same_database(tmp_path: Path) -> None:
    """Another way of writing the path does not let a second daemon in."""
    first = Store.open(f"sqlite:///{tmp_path / 'overheard.db'}", exclusive=True)
    (tmp_path / "link.db").symlink_to(tmp_path / "overheard.db")
    with pytest.raises(StoreError, match="another Overheard daemon"):
        Store.open(f"sqlite:///{tmp_path / 'link.db'}", exclusive=True)
    first.close()


def test_the_lock_names_the_daemon_that_holds_it(tmp_path: Path) -> None:
    """The lock file holds the process id of the holder, whoever else was refused meanwhile."""
    first = Store.open(f"sqlite:///{tmp_path / 'overheard.db'}", exclusive=True)
    with pytest.raises(StoreError):
        Store.open(f"sqlite:///{tmp_path / 'overheard.db'}", exclusive=True)
    assert (tmp_path / "overheard.db.lock").read_text() == str(os.getpid())
    first.close()


def test_a_killed_daemon_leaves_no_lock_behind(store_url: str) -> None:
    """After kill -9 the next daemon starts at once, without any hands."""
    program = (
        "import os, signal, sys; from models.store import Store; "
        "Store.open(sys.argv[1], exclusive=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", program, store_url], check=False)
    assert killed.returncode == -9
    Store.open(store_url, exclusive=True).close()
