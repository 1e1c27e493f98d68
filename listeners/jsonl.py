"""A file of JSON lines: for imports, trials and any source that can append to a file. The file is never changed."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Self

from pydantic import Field

from listeners.base import Spend
from listeners.mention_line import digest, mention_of
from models.channel import Manifest
from models.check import Fault
from models.errors import Unavailable
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Table

log = logging.getLogger(__name__)

MAX_LINE = 1_000_000
MAX_PAGE = 8_000_000
"""Bytes after which a page ends, so that a file of huge lines cannot fill the memory."""
CHUNK = 1 << 20
BOM = b"\xef\xbb\xbf"
MISSING = "missing"
"""The cursor of a file that was not there at the first poll: all that it will ever hold is new."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on: in which file, at which byte, after how many lines."""

    inode: int
    offset: int = 0
    line: int = 0

    def __str__(self) -> str:
        return f"{self.inode}:{self.offset}:{self.line}"


class JsonlListener:
    """Hears each whole line of a file as one post."""

    manifest: ClassVar[Manifest | None] = None
    check_is_free = True

    class Settings(Table):
        """What a JSONL listener can be told."""

        path: Path = Field(description="The file: one JSON object a line, see docs/mention-format.md.")
        from_start: bool = Field(False, description="Play the file from its beginning; else only what is appended.")
        page: int = Field(100, ge=1, le=1000, description="Lines in one page at most.")

    def __init__(self, name: str, settings: Settings, brands: frozenset[str]) -> None:
        self.name = name
        self._path = settings.path
        self._from_start = settings.from_start
        self._page = settings.page
        self._brands = brands

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; the file is opened with each poll."""
        return cls(name, settings, frozenset(brands))

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """The next lines after ``cursor``; a file that is new, replaced or cut short is read from its beginning."""
        return await asyncio.to_thread(self._poll, cursor, now)

    async def check(self) -> list[Fault]:
        """Whether the file can be read."""
        try:
            await asyncio.to_thread(self._poll, MISSING, datetime.now(UTC))
        except Unavailable as error:
            return [Fault(str(error), "create the file, or correct the listener's path")]
        return []

    async def aclose(self) -> None:
        """Nothing is held between polls."""

    def _poll(self, cursor: str | None, now: datetime) -> Batch:
        try:
            with open(self._path, "rb", opener=_without_waiting) as file:
                known = os.fstat(file.fileno())
                if not stat.S_ISREG(known.st_mode):
                    raise Unavailable(f"{self._path} is not a regular file")
                if cursor is None and not self._from_start:
                    return Batch(cursor=str(_end(file, known.st_ino)))
                return self._read(file, self._found(file, cursor, known), now)
        except FileNotFoundError as error:
            if cursor is None and not self._from_start:
                return Batch(cursor=MISSING, warning=f"{self._path} does not exist yet")
            raise Unavailable(f"cannot read {self._path}: {error.strerror}") from error
        except OSError as error:
            raise Unavailable(f"cannot read {self._path}: {error.strerror}") from error

    def _found(self, file: BinaryIO, cursor: str | None, known: os.stat_result) -> Place:
        """The cursor's place in this file, or the beginning if it is not the file that the cursor was made for."""
        match = re.fullmatch(r"(\d+):(\d+):(\d+)", cursor or "")
        if match is None:
            return Place(known.st_ino)
        place = Place(*map(int, match.groups()))
        # A new file may have been given the old one's inode, but hardly a line's end at the same place.
        file.seek(max(place.offset - 1, 0))
        same = place.inode == known.st_ino and (place.offset == 0 or file.read(1) == b"\n")
        if not same:
            log.warning("the file was replaced or cut short", extra={"action": "restart", "listener": self.name})
        return place if same else Place(known.st_ino)

    def _read(self, file: BinaryIO, place: Place, now: datetime) -> Batch:
        mentions: list[Mention] = []
        spoiled: list[tuple[str, str]] = []
        first, size = place.offset, 0
        file.seek(place.offset)
        lines = _whole_lines(file)
        for _, (raw, length) in zip(range(self._page), lines, strict=False):
            at, place = place, Place(place.inode, place.offset + length, place.line + 1)
            words = raw.removeprefix(BOM if at.offset == 0 else b"").strip()
            try:
                if length > MAX_LINE:
                    raise ValueError(f"longer than {MAX_LINE} bytes")
                if words:
                    mentions.append(mention_of(words, at.offset, self._brands, now))
            except ValueError as error:
                spoiled.append((digest(raw), f"line {place.line}: {error}"))
            size = place.offset - first
            if size >= MAX_PAGE:
                break
        more = next(lines, None) is not None
        return Batch(tuple(mentions), cursor=str(place), more=more, spoiled=tuple(spoiled))


def _without_waiting(path: str, flags: int) -> int:
    """A named pipe without a writer would otherwise hold us."""
    return os.open(path, flags | os.O_NONBLOCK)


def _whole_lines(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Each line that is ended, at most its first MAX_LINE bytes, and its whole length; a half-written one waits."""
    while raw := file.readline(MAX_LINE + 1):
        length, last = len(raw), raw
        while not last.endswith(b"\n"):
            last = file.readline(CHUNK)
            length += len(last)
            if not last:
                return
        yield raw, length


def _end(file: BinaryIO, inode: int) -> Place:
    """After the last whole line: what stands behind it is being written now."""
    offset = end = lines = 0
    while chunk := file.read(CHUNK):
        lines += chunk.count(b"\n")
        end = offset + chunk.rfind(b"\n") + 1 if b"\n" in chunk else end
        offset += len(chunk)
    return Place(inode, end, lines)
