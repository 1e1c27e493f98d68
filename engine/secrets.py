"""Finds the secrets of a configuration, so that logging can take them out of every line."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from models.settings import Loaded
from models.settings.types import Secret


def revealed(loaded: Loaded) -> set[str]:
    """The values of all secrets that can be read now; one that cannot be read cannot leak either."""
    values: set[str] = set()
    for room in loaded.plugins.values():
        for settings in room.values():
            for secret in _secrets(settings):
                try:
                    values.add(secret.reveal())
                except ValueError:
                    continue
    return values


def _secrets(table: BaseModel) -> Iterator[Secret]:
    for _, value in table:
        if isinstance(value, Secret):
            yield value
        elif isinstance(value, BaseModel):
            yield from _secrets(value)
