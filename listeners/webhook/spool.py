"""Where accepted messages lie until the store has them: append-only files, on the disk before anybody is told "yes".

What the cursor has passed is deleted, so no post lies here for longer than it waits.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"(\d{1,20})\.jsonl")


class FullError(OSError):
    """More waits than may wait."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on: in which file, at which byte."""

    segment: int
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.segment}:{self.offset}"

    @classmethod
    def read(cls, text: str) -> Place:
        """The place that ``str`` wrote; raises ValueError for anything else."""
        found = re.fullmatch(r"(\d{1,20}):(\d{1,20})", text)
        if found is None:
            raise ValueError("the stored cursor is not one of this listener")
        return cls(int(found[1]), int(found[2]))


class Spool:
    """A folder with one file at most that is written; safe among threads, and locked against other processes.

    Every method may raise OSError. ``most`` is the bytes that may wait.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most
        self._guard = threading.Lock()
        self._lock: int | None = None
        self._segments: list[int] = []
        self._end = 0

    def open(self) -> None:
        """Make or mend it; BlockingIOError says that another process has it. Opening twice is no harm."""
        with self._guard:
            if self._lock is not None:
                return
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._segments = sorted(
                    int(found[1]) for name in os.listdir(self._folder) if (found := _NAME.fullmatch(name))
                )
                if self._segments:
                    self._mend()
                else:
                    # Later than any name that was given here before, so that a lost folder is seen as one.
                    self._begin(time.time_ns())
            except BaseException:
                os.close(lock)
                raise
            self._lock = lock

    def close(self) -> None:
        """Let go of the lock."""
        with self._guard:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    @property
    def first(self) -> Place:
        """Where the oldest message begins."""
        return Place(self._segments[0])

    def knows(self, place: Place) -> bool:
        """Whether a reader that stood at ``place`` has missed nothing: the file is there, or it was read to its end."""
        with self._guard:
            if place.segment == self._segments[0] - 1:
                return True
            return place.segment in self._segments and place.offset <= self._size(place.segment)

    def append(self, lines: bytes) -> None:
        """Put whole lines on the disk before it returns. Raises FullError, or OSError with nothing kept."""
        with self._guard:
            if self._waiting() + len(lines) > self._most:
                raise FullError("too much waits to be heard")
            path = self._path(self._segments[-1])
            with open(path, "ab", buffering=0) as file:
                try:
                    if file.write(lines) != len(lines):
                        raise OSError("the disk is full")
                    os.fsync(file.fileno())
                except OSError:
                    # Half a line would spoil the next one.
                    file.truncate(self._end)
                    raise
            self._end += len(lines)

    def read(self, place: Place, lines: int) -> tuple[list[tuple[bytes, Place]], bool]:
        """Up to ``lines`` lines from ``place`` on, each with the place behind it, and whether more follow."""
        with self._guard:
            found: list[tuple[bytes, Place]] = []
            for segment in self._segments:
                if segment < place.segment:
                    continue
                offset = place.offset if segment == place.segment else 0
                with open(self._path(segment), "rb") as file:
                    file.seek(offset)
                    while raw := file.readline():
                        if len(found) == lines:
                            return found, True
                        offset += len(raw)
                        found.append((raw, Place(segment, offset)))
            return found, False

    def forget(self, place: Place) -> None:
        """Delete what lies before ``place``; a file that is read to its end makes room for a new one."""
        with self._guard:
            last = self._segments[-1]
            if place.segment == last and place.offset == self._end > 0:
                self._begin(last + 1)
                place = Place(last + 1)
            for segment in [one for one in self._segments if one < place.segment]:
                self._path(segment).unlink(missing_ok=True)
                self._segments.remove(segment)

    def _begin(self, segment: int) -> None:
        os.close(os.open(self._path(segment), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        self._sync_folder()
        self._segments.append(segment)
        self._end = 0

    def _mend(self) -> None:
        """Cut off the half line of a process that died while it wrote: nobody was told that it was kept."""
        with open(self._path(self._segments[-1]), "r+b") as file:
            whole = file.read()
            self._end = whole.rfind(b"\n") + 1
            if self._end != len(whole):
                file.truncate(self._end)
                os.fsync(file.fileno())

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _waiting(self) -> int:
        return sum(map(self._size, self._segments))

    def _size(self, segment: int) -> int:
        return self._end if segment == self._segments[-1] else self._path(segment).stat().st_size

    def _path(self, segment: int) -> Path:
        return self._folder / f"{segment}.jsonl"
