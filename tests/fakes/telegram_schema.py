"""Telegram's published Bot API types, to check that our fake answers in them."""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
PLAIN = {"Integer": int, "String": str, "Boolean": bool, "True": bool, "Float": (int, float)}


def spec_path() -> Path:
    """Where the schema should be; the caller checks that it is there."""
    folder = os.environ.get("OVERHEARD_SPECS")
    return (Path(folder) if folder else REPOSITORY.parent / "shared" / "specs") / "telegram-bot-api.json.gz"


@cache
def _spec() -> Any:
    return json.loads(gzip.decompress(spec_path().read_bytes()))


def faults(kind: str, value: Any, where: str = "") -> list[str]:
    """What is wrong with a value of a type such as "Array of Update"."""
    if kind.startswith("Array of "):
        return [fault for i, item in enumerate(value) for fault in faults(kind[9:], item, f"{where}[{i}]")]
    if kind in PLAIN:
        good = isinstance(value, PLAIN[kind]) and isinstance(value, bool) == (PLAIN[kind] is bool)
        return [] if good else [f"{where}: {value!r} is not {kind}"]
    described = _spec()["types"][kind]
    if "subtypes" in described:
        tries = [faults(subtype, value, where) for subtype in described["subtypes"]]
        return min(tries, key=len)
    return _object_faults(described["fields"], value, where)


def _object_faults(fields: list[dict[str, Any]], value: dict[str, Any], where: str) -> list[str]:
    known = {field["name"]: field for field in fields}
    missing = [f"{where}.{name} is missing" for name, field in known.items() if field["required"] and name not in value]
    unknown = [f"{where}.{name} is unknown" for name in value if name not in known]
    wrong = [
        fault
        for name, item in value.items()
        if name in known
        for fault in min((faults(kind, item, f"{where}.{name}") for kind in known[name]["types"]), key=len)
    ]
    return missing + unknown + wrong


def answer_of(method: str) -> str:
    """The type of a method's answer."""
    return str(_spec()["methods"][method]["returns"][0])


def unknown_parameters(method: str, names: set[str]) -> set[str]:
    """The parameters that a method does not have."""
    return names - {field["name"] for field in _spec()["methods"][method].get("fields", [])}
