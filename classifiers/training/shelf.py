"""The folder of versions: each whole in a folder of its own, and ``current``, the name of the one in force.

Nothing is ever changed in place: what is written is renamed into its place when it is complete.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from classifiers.manifest import CURRENT, FILE, Manifest
from classifiers.training.own import TrainingError

RUNNING, LOCK = ".running", "lock"
STATE = "state.safetensors"
"""What a run goes on from."""
NEW = "new"
"""A version that is being written."""


@contextmanager
def at_work(out: Path) -> Iterator[Path]:
    """The folder of a run in ``out``, which nobody else works in; what an earlier run wrote half is gone.

    Raises OSError where nothing can be written, ``TrainingError`` where another run is at work.
    """
    running = out / RUNNING
    running.mkdir(parents=True, exist_ok=True)
    with (running / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise TrainingError(f"another training is at work in {out}: wait for it, or give another --out") from None
        _clear(running)
        yield running


def put(new: Path, out: Path, manifest: Manifest) -> Path:
    """Move a finished version to its place under its name; the same one that is there already stays."""
    place = out / f"{manifest.name}-{manifest.version.partition('@')[2][:8]}"
    if (place / FILE).exists():
        shutil.rmtree(new)
        return place
    for path in new.iterdir():
        _to_disk(path)
    _to_disk(new)
    os.replace(new, place)
    _to_disk(out)
    return place


def adopt(version: Path) -> None:
    """From now on this version is in force: whoever loads the folder of versions gets it."""
    pointer = version.parent / CURRENT
    new = pointer.with_name(f".{CURRENT}.new")
    new.write_text(f"{version.name}\n", "utf-8")
    _to_disk(new)
    os.replace(new, pointer)
    _to_disk(version.parent)


def done(running: Path) -> None:
    """The run came to its end: what it would have gone on from is not needed."""
    shutil.rmtree(running, ignore_errors=True)


def _clear(running: Path) -> None:
    """Only what a run goes on from is worth something: a killed one leaves halves of files."""
    for path in running.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in (STATE, LOCK):
            path.unlink()


def _to_disk(path: Path) -> None:
    """A rename that outlives a power cut must not name what does not."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
