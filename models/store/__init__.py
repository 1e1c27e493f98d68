"""All SQL. ``Store`` opens the database and runs a piece of work in one transaction; the other files are that work."""

from __future__ import annotations

from models.store.database import Store

__all__ = ["Store"]
