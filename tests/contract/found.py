"""Finds the rigs in the folder ``rigs``: one file a kind."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "rigs"


def rigs(name: str) -> dict[str, Any]:
    """The rigs that the files define under ``name``, by kind."""
    modules = [import_module(f"tests.contract.rigs.{path.stem}") for path in sorted(FOLDER.glob("*.py"))]
    return {rig.kind: rig for module in modules if (rig := getattr(module, name, None))}
