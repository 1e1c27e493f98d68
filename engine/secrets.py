"""Finds the secrets of a configuration, so that logging can take them out of every line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import BaseModel

from models.settings import Loaded
from models.settings.types import Secret

KEY = 20
"""Signs; a shorter word of a secret may be a word of any line."""


def revealed(loaded: Loaded) -> set[str]:
    """The values of all secrets that can be read now; one that cannot be read cannot leak either."""
    values: set[str] = set()
    for settings in (loaded.settings, *(one for room in loaded.plugins.values() for one in room.values())):
        for secret in _secrets(settings):
            try:
                value = secret.reveal()
            except ValueError:
                continue
            # One that holds several keys is not written as a whole.
            values |= {value, *(word for word in re.split(r"[\s,]+", value) if len(word) >= KEY)}
    return values


def _secrets(table: BaseModel) -> Iterator[Secret]:
    for _, value in table:
        if isinstance(value, Secret):
            yield value
        elif isinstance(value, BaseModel):
            yield from _secrets(value)
