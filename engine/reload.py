"""Watches the configuration file: a good change is handed over whole, a bad one is refused and the old one stays."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from models.errors import SettingsError
from models.settings import Loaded, Settings

log = logging.getLogger("overheard.config")

LOOK_EVERY = 1.0


class ConfigWatch:
    """``asked`` is set by SIGHUP; without it the file's time and size tell."""

    def __init__(self, current: Loaded, load: Callable[[Path], Loaded]) -> None:
        self.current = current
        self.asked = asyncio.Event()
        self._load = load
        self.refused: Callable[[str], object] = lambda text: None
        self._seen = _stamp(current.path)

    async def changed(self) -> Loaded:
        """The next good configuration that differs from the current one, or that somebody asked for."""
        while True:
            asked = await self._wait()
            self._seen = _stamp(self.current.path)
            try:
                loaded = self._load(self.current.path)
            except SettingsError as error:
                log.error("config refused", extra={"action": "reload", "faults": len(error.faults)})
                self.refused(f"the new configuration was refused, the old one keeps running: {error}")
                continue
            changes = list(differences(self.current.settings, loaded.settings))
            for key, old, new in changes:
                log.warning("config changed", extra={"action": "reload", "key": key, "old": old, "new": new})
            # Who asks by SIGHUP may have changed a secret's file, which does not show here.
            if changes or asked:
                self.current = loaded
                return loaded

    async def _wait(self) -> bool:
        """Returns when the file changed or somebody asked; whether somebody asked."""
        while not self.asked.is_set() and _stamp(self.current.path) == self._seen:
            try:
                await asyncio.wait_for(self.asked.wait(), LOOK_EVERY)
            except TimeoutError:
                continue
        asked = self.asked.is_set()
        self.asked.clear()
        return asked


def differences(old: Settings, new: Settings) -> Iterator[tuple[str, Any, Any]]:
    """Every setting that differs, as (key path, old, new); None stands for not set."""
    before, after = dict(_flat(old.model_dump(mode="json"))), dict(_flat(new.model_dump(mode="json")))
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        yield path, value
        return
    for key, part in value.items():
        yield from _flat(part, f"{path}.{key}" if path else str(key))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
