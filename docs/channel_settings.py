"""The settings of the channels that ``config.example.toml`` has no room for, as a file to copy from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

from pydantic.fields import FieldInfo

from engine.plugins import ROOMS, schema_of
from models.settings.types import Secret

FILE = "examples/channels.toml"
IN_THE_EXAMPLE = frozenset({"x", "telegram", "jsonl", "console", "slack"})
"""Kinds that ``config.example.toml`` shows itself."""
HEAD = """# Every other channel with its settings, each with its default. Copy a table into config.toml, take the "# "
# away and fill it in. What a channel can hear and say, and who may answer there, is in docs/channels.md.
# Written by `python -m docs.generate`. Change the sentence in the code, not here.
"""


def page(toml: Callable[[Any], str]) -> str:
    """The whole file; ``toml`` writes a value."""
    parts = [HEAD]
    for room, builtin in ROOMS.items():
        for kind in sorted(set(builtin) - IN_THE_EXAMPLE):
            parts += [f"# [{room}.{kind}]", f'# kind = "{kind}"', *_settings(room, kind, toml), ""]
    return "\n".join(parts)


def _settings(room: str, kind: str, toml: Callable[[Any], str]) -> Iterator[str]:
    for name, field in schema_of(room, kind).model_fields.items():
        yield f"# {field.description}"
        yield f"# {name} = {_value(kind, name, field, toml)}"


def _value(kind: str, name: str, field: FieldInfo, toml: Callable[[Any], str]) -> str:
    """The default, or what stands for a value that must be set."""
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    if default is not None:
        return toml(default)
    if Secret in (field.annotation, *get_args(field.annotation)):
        return f'{{ env = "{kind}_{name}" }}'.replace(f"{kind}_{name}", f"{kind}_{name}".upper())
    return "[]" if "list" in str(field.annotation) else '"…"'
