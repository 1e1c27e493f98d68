"""``config.example.toml`` and ``examples/channels.toml``: the first loads as it stands, and together they show every
setting with its sentence and its default.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

import listeners
import responders
from engine.plugins import schema_of
from models.settings import load_settings
from models.settings.classifier import HeadModel
from models.settings.desk import Escalation, HoursSettings
from models.settings.page import Look, Targets
from models.settings.root import Settings
from models.settings.sections import Brand, Channel, Faq, ListenerSettings, ResponderSettings

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
CHANNELS = EXAMPLE.parent / "examples" / "channels.toml"

FOR_THE_SAMPLE = {
    "brands.kestrelo.exclude",
    "brands.kestrelo.handles",
    "brands.kestrelo.private_way",
    "brands.kestrelo.phone_region",
    "brands.kestrelo.faq",
    "listeners.sample.every",
    "listeners.sample.from_start",
    "listeners.sample.page",
    "channels.telegram.reply_with",
    "channels.forum.reply_with",
    "routes.communications",
    "replies.mode",
    "replies.routes",
    "log.level",
}
"""What is set otherwise than by default, so that the sample shows something."""


@dataclass(slots=True)
class Shown:
    """A key or header of the example: its value, whether it is in force, and the comment directly above it."""

    value: str
    live: bool
    comment: str


@dataclass(slots=True)
class Section:
    """A table of the example, commented out or not."""

    kind: str = ""
    keys: dict[str, Shown] = field(default_factory=dict)


def sections() -> dict[str, Section]:
    """The tables of the example by path; of tables in arrays and twice-shown keys, the first."""
    found: dict[str, Section] = {}
    path = above = ""
    for line in [line for file in (EXAMPLE, CHANNELS) for line in file.read_text("utf-8").splitlines()]:
        live, plain = not line.startswith("#"), line.removeprefix("# ")
        if header := re.fullmatch(r"\[+([\w.]+)\]+", plain):
            path = header[1]
            found.setdefault(path, Section())
            parent, _, name = path.rpartition(".")
            owners = [(parent, name), (parent.rpartition(".")[0], parent.rpartition(".")[2])]
            for owner, key in owners:
                if owner in found:
                    found[owner].keys.setdefault(key, Shown("", live, above))
        elif key := re.fullmatch(r"(\w+) = (.*)", plain):
            found[path].keys.setdefault(key[1], Shown(key[2], live, above))
            if key[1] == "kind":
                found[path].kind = key[2].strip('"')
        above = plain if not live else ""
    return found


SHOWN = sections()


def schemas() -> Iterator[tuple[str, type[BaseModel]]]:
    """Every table that has settings of its own, with the first path under which the example shows it."""
    yield from ((name, info.annotation) for name, info in Settings.model_fields.items() if _is_table(info))
    yield "brands.kestrelo", Brand
    yield "brands.kestrelo.page", Look
    yield "brands.kestrelo.faq", Faq
    yield "channels.x", Channel
    yield "channels.x.targets", Targets
    yield "hours.support", HoursSettings
    yield "escalations.leads", Escalation
    yield "classifier.heads.sentiment", HeadModel
    yield "listeners.sample", ListenerSettings
    yield "responders.console", ResponderSettings
    for room, builtin in (("listeners", listeners.BUILTIN), ("responders", responders.BUILTIN)):
        for kind in builtin:
            path = next((path for path, shown in SHOWN.items() if path.startswith(room) and shown.kind == kind), "")
            yield path or f"a {kind} among the {room}", schema_of(room, kind)


def _is_table(info: FieldInfo) -> bool:
    return isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)


SETTINGS = [(path, key, info) for path, schema in schemas() for key, info in schema.model_fields.items()]


def names(one: Any) -> str | None:
    """A readable name for each case."""
    return one if isinstance(one, str) else ""


def test_it_loads_as_it_stands() -> None:
    """Everybody's first start works, its plug-ins' own settings included."""
    loaded = load_settings(EXAMPLE, schema_of)
    assert list(loaded.settings.brands) == ["kestrelo"]


@pytest.mark.parametrize(("path", "key", "info"), SETTINGS, ids=names)
def test_every_setting_is_shown_with_its_sentence(path: str, key: str, info: FieldInfo) -> None:
    """Directly above each setting, in force or commented out, stands the sentence that describes it in the code."""
    assert info.description, "a setting needs a description"
    assert key in SHOWN[path].keys, f"[{path}] does not show {key}"
    assert SHOWN[path].keys[key].comment.startswith(info.description)


@pytest.mark.parametrize(("path", "key", "info"), SETTINGS, ids=names)
def test_every_default_is_shown_as_it_is(path: str, key: str, info: FieldInfo) -> None:
    """What is shown of a setting is its default, unless it has none or the sample needs another value."""
    shown = SHOWN[path].keys[key]
    default = info.get_default(call_default_factory=True)
    if f"{path}.{key}" in FOR_THE_SAMPLE or info.is_required() or not shown.value:
        return
    if default is None:
        assert not shown.live, "nothing is the default, so the line must be commented out"
        return
    checked = TypeAdapter(Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation)
    value = tomllib.loads(f"value = {shown.value}")["value"]
    assert checked.validate_python(value) == checked.validate_python(default)


def test_what_is_set_for_the_sample_is_set() -> None:
    """The list of exceptions holds nothing that is not one."""
    raw = tomllib.loads(EXAMPLE.read_text("utf-8"))
    for place in FOR_THE_SAMPLE:
        table: Any = raw
        for part in place.split("."):
            assert part in table, place
            table = table[part]


def test_every_table_of_the_example_is_known_to_this_test() -> None:
    """A table that is added to the example is checked as well."""
    known = {path for path, _ in schemas()} | {"brands.kestrelo.handles", "channels.telegram", "channels.forum"}
    assert set(SHOWN) <= known
