"""The configuration: one TOML file, checked whole before anything starts."""

from __future__ import annotations

from models.settings.load import Loaded, load_settings
from models.settings.root import Settings

__all__ = ["Loaded", "Settings", "load_settings"]
