"""Reads the TOML file and says every fault with its key path, its line, and what is allowed there."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from models.channel import Manifests
from models.errors import SettingsError
from models.manifests import MANIFESTS
from models.settings.root import Settings
from models.settings.sections import own_part

FaultsOf = Callable[[Settings], Iterable[tuple[tuple[str, ...], str]]]
"""What is wrong with settings that hold each for itself: key path and words."""
SchemaOf = Callable[[str, str], type[BaseModel]]
"""Room and kind → the plug-in's own Settings; raises SettingsError where no such plug-in exists."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings that hold, with the plug-ins' own parts checked: ``plugins["listeners"]["x"]``.

    ``manifests`` are the rules of every channel, those that plug-ins bring among them.
    """

    path: Path
    settings: Settings
    plugins: dict[str, dict[str, BaseModel]] = field(default_factory=dict)
    manifests: Manifests = field(default_factory=lambda: MANIFESTS)


def load_settings(path: Path, schema_of: SchemaOf | None = None, faults_of: FaultsOf | None = None) -> Loaded:
    """Load and check the whole file; raises SettingsError with one line a fault.

    Without ``schema_of`` the plug-ins' own settings are left unchecked, which needs no plug-in to be imported.
    ``faults_of`` looks at what then holds as a whole.
    """
    text = _read(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{path}: not valid TOML: {error}"]) from error
    lines = LineFinder(text)
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        raise SettingsError([*_faults(path, error, lines, Settings)]) from error
    if schema_of is None:
        return Loaded(path, settings)
    loaded = Loaded(path, settings, _plugins(path, settings, lines, schema_of))
    if faults_of and (faults := [_fault(path, place, fault, lines) for place, fault in faults_of(settings)]):
        raise SettingsError(faults)
    return loaded


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise SettingsError([f"{path}: no such file; copy config.example.toml and edit it"]) from None
    except UnicodeDecodeError as error:
        raise SettingsError([f"{path}: must be UTF-8 text ({error.reason} at byte {error.start})"]) from error
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read: {error.strerror}"]) from error


def _plugins(path: Path, settings: Settings, lines: LineFinder, schema_of: SchemaOf) -> dict[str, dict[str, BaseModel]]:
    faults: list[str] = []
    found: dict[str, dict[str, BaseModel]] = {"listeners": {}, "responders": {}}
    rooms: Sequence[tuple[str, dict[str, Any]]] = (
        ("listeners", dict(settings.listeners)),
        ("responders", dict(settings.responders)),
    )
    for room, name, table in ((room, name, table) for room, tables in rooms for name, table in tables.items()):
        try:
            schema = schema_of(room, table.kind)
            found[room][name] = schema.model_validate(own_part(table))
        except SettingsError as error:
            faults += [_fault(path, (room, name, "kind"), fault, lines) for fault in error.faults]
        except ValidationError as error:
            faults += _faults(path, error, lines, schema, prefix=(room, name))
    if faults:
        raise SettingsError(faults)
    return found


def _faults(
    path: Path, error: ValidationError, lines: LineFinder, schema: type[BaseModel], prefix: tuple[str, ...] = ()
) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        if fault["type"] == "unknown_names":
            yield from (_fault(path, place, message, lines) for place, message in fault["ctx"]["faults"])
            continue
        place = (*prefix, *(str(part) for part in fault["loc"] if part != "[key]"))
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            message = "unknown key" + _allowed(schema, fault["loc"])
        elif fault["type"] == "missing":
            message = "is missing and must be set"
        elif fault["type"] == "model_type":
            message = "must be a table" + _allowed(schema, (*fault["loc"], ""))
        yield _fault(path, place, message, lines)


def _fault(path: Path, place: tuple[str, ...], message: str, lines: LineFinder) -> str:
    line = lines.line_of(place)
    where = f"{path}:{line}" if line else str(path)
    return f"{where}: {'.'.join(place)}: {message}" if place else f"{where}: {message}"


def _allowed(schema: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """The keys that stand in the table which holds the unknown one, as far as the schema tells."""
    table: Any = schema
    for part in loc[:-1]:
        fields = getattr(table, "model_fields", None)
        annotation = fields[str(part)].annotation if fields and str(part) in fields else table
        table = _table_in(annotation) or table
    names = list(table.model_fields)
    return f"; allowed: {', '.join(names)}" if names else "; no keys are allowed here"


def _table_in(annotation: Any) -> Any:
    """The table inside an annotation such as ``dict[str, Brand]`` or ``Target | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((table for part in getattr(annotation, "__args__", ()) if (table := _table_in(part))), None)


class LineFinder:
    """Finds the line of a key path in TOML text; tomllib itself does not keep lines.

    A table of an array has its number in its path: the second ``[[brands.kestrelo.faq]]`` is ``brands.kestrelo.faq.1``.
    """

    _header = re.compile(r"^\s*\[\[?\s*(?P<path>[^\]]+?)\s*\]\]?\s*(?:#.*)?$")
    _key = re.compile(r"""^\s*(?P<key>[A-Za-z0-9_.\-]+|"[^"]*"|'[^']*')\s*=""")

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        tables: Counter[tuple[str, ...]] = Counter()
        for number, line in enumerate(text.split("\n"), 1):
            if header := self._header.match(line):
                table = _parts(header["path"])
                self._lines.setdefault(table, number)
                if line.lstrip().startswith("[["):
                    tables[table] += 1
                    table = (*table, str(tables[table] - 1))
                    self._lines[table] = number
            elif key := self._key.match(line):
                self._lines.setdefault((*table, *_parts(key["key"])), number)
        for path, number in list(self._lines.items()):
            for size in range(1, len(path)):
                self._lines.setdefault(path[:size], number)

    def line_of(self, place: tuple[str, ...]) -> int | None:
        """The line of the key, or of the nearest table around it; None where there is none."""
        around = (self._lines.get(place[:size]) for size in range(len(place), 0, -1))
        return next(filter(None, around), None)


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.\s]+", path))
