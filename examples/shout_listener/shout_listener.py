"""Hears each ``*.txt`` file of a folder as one post, in the order of the names. The folder is never changed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import Field

from listeners.base import Spend
from models.check import Fault
from models.errors import Unavailable
from models.mention import Author, Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Table

LONGEST = 100_000
"""Bytes of a file that are read."""


class DirectoryListener:
    """The cursor is the name of the last file, so names must sort in the order in which the files come."""

    manifest = None
    check_is_free = True

    class Settings(Table):
        """What a directory listener can be told."""

        path: Path = Field(description="The folder.")
        channel: str = Field("directory", min_length=1, description="The channel that its posts belong to.")
        page: int = Field(100, ge=1, le=1000, description="Files in one page at most.")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; nothing is opened yet."""
        return cls(settings)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """The files after ``cursor``. Without one, only the name of the last file: the past is not heard."""
        return await asyncio.to_thread(self._poll, cursor)

    async def check(self) -> list[Fault]:
        """Whether the folder can be read."""
        try:
            await asyncio.to_thread(self._names)
        except Unavailable as error:
            return [Fault(str(error), "make the folder, or correct the listener's path")]
        return []

    async def aclose(self) -> None:
        """Nothing is held between polls."""

    def _poll(self, cursor: str | None) -> Batch:
        names = self._names()
        if cursor is None:
            return Batch(cursor=names[-1] if names else "")
        fresh = [name for name in names if name > cursor]
        page = fresh[: self._settings.page]
        mentions: list[Mention] = []
        spoiled: list[tuple[str, str]] = []
        for name in page:
            try:
                mentions.append(self._mention(name))
            except (OSError, ValueError) as error:
                # One bad file must not keep the others from being heard, so it is counted and left behind.
                spoiled.append((_digest(name), type(error).__name__))
        last = page[-1] if page else cursor
        return Batch(tuple(mentions), cursor=last, more=len(fresh) > len(page), spoiled=tuple(spoiled))

    def _names(self) -> list[str]:
        try:
            return sorted(path.name for path in self._settings.path.iterdir() if path.suffix == ".txt")
        except OSError as error:
            raise Unavailable(f"cannot read the folder {self._settings.path}: {error.strerror}") from error

    def _mention(self, name: str) -> Mention:
        path = self._settings.path / name
        with path.open("rb") as file:
            text = file.read(LONGEST).decode("utf-8")
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return Mention(self._settings.channel, name, Author(), text.strip(), written)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
