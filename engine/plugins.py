"""Turns the configuration's tables into listeners and responders, built in or from other packages."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

import listeners
import responders
from models import plugins
from models.errors import SettingsError
from models.settings import Loaded

ROOMS = {"listeners": listeners.BUILTIN, "responders": responders.BUILTIN}


def kind_of(room: str, kind: str) -> Any:
    """The class of a listener or responder."""
    return plugins.find(kind, ROOMS[room], f"overheard.{room}")


def schema_of(room: str, kind: str) -> type[BaseModel]:
    """Its own settings."""
    schema: type[BaseModel] = kind_of(room, kind).Settings
    return schema


def make_listener(loaded: Loaded, name: str) -> Any:
    """A listener by its name in the configuration."""
    settings = loaded.settings
    kind = kind_of("listeners", settings.listeners[name].kind)
    own = loaded.plugins["listeners"][name]
    return _made(f"listeners.{name}", lambda: kind.from_settings(name, own, settings.brands_of(name)))


def make_responder(loaded: Loaded, name: str) -> Any:
    """A responder by its name in the configuration."""
    kind = kind_of("responders", loaded.settings.responders[name].kind)
    return _made(f"responders.{name}", lambda: kind.from_settings(name, loaded.plugins["responders"][name]))


def _made(place: str, make: Any) -> Any:
    try:
        return make()
    except ValueError as error:
        raise SettingsError([f"{place}: {error}"]) from error
