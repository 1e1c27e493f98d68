"""Finds plug-ins: built-in ones by name, others by entry point, through one door and only when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from models.errors import SettingsError


def find(kind: str, builtin: Mapping[str, str], group: str | None) -> Any:
    """The class of a kind; raises SettingsError that lists what there is. ``group`` None leaves other packages out."""
    if kind in builtin:
        module, _, name = builtin[kind].partition(":")
        return getattr(import_module(module), name)
    others = {point.name: point for point in entry_points(group=group)} if group else {}
    if kind in others:
        return others[kind].load()
    known = ", ".join(sorted({*builtin, *others}))
    raise SettingsError([f'there is no "{kind}"; there are: {known}'])
