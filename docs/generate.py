"""Writes the pages that repeat what the code knows, such as settings and commands. ``python -m docs.generate``.

It reads schemas only: no configuration, no database, no network.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer import Context
from typer.models import ArgumentInfo

import bot
from docs import channel_page, channel_settings
from engine.plugins import ROOMS, schema_of
from models.decision import REASON_WORDS, Reason
from models.settings import Settings
from models.settings.desk import Deadline, DeadlineOverrides, Notify
from models.settings.sections import ThresholdOverrides
from models.settings.types import Band, Secret, say_duration
from responders.slack import manifest as slack_manifest

FOLDER = Path(__file__).parent
MARK = "<!-- Written by `python -m docs.generate`. Change the sentence in the code, not here. -->\n"
NAMES = {"brands": "BRAND", "channels": "CHANNEL", "listeners": "NAME", "responders": "NAME", "heads": "HEAD"}
"""What stands for the name that you choose, by table."""
WORDS: dict[Any, str] = {
    timedelta: "duration",
    Path: "path",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Secret: "secret",
    Band: "threshold",
    ThresholdOverrides: "thresholds",
    Deadline: "deadline",
    DeadlineOverrides: "deadline",
    Notify: "notify",
}
INTRO = """# Settings

Every setting with its type and its default.
`config.example.toml` holds the same sentences in a file that you can start from, and `examples/channels.toml` those of
the channels for which it has no room. `python bot.py config` prints what is in force.

- A **duration** is written as `"30s"`, `"5m"`, `"2h"` or `"7d"`.
- A **secret** stands elsewhere: `{ env = "NAME" }` takes it from the environment, `{ file = "PATH" }` from a file.
- A **threshold** is `{ at = 0.5, doubt = 0.15 }`. At or above `at` it holds. Within `doubt` below it a person decides.
  Instead of `at` it takes what errors cost: with `{ missed = 20, needless = 1 }` one that is missed costs as much as 20
  needless ones, and the threshold that follows is 1 / (20 + 1) = 0.048. `config` shows it. It may not be below 0.02.
- A **target** is `{ sink = "slack", to = "#support" }`: the name of a responder, and its address there.
- A **deadline** is `{ respond = "30m", resolve = "8h", hours = "support", escalate = "leads" }`. Within `respond` of
  its opening a case should be claimed or answered, within `resolve` closed. Both count in the hours of
  `[hours.support]`, or around the clock without `hours`. `escalate` names the escalation that starts with the case and
  ends when somebody claims it; without it there is the one reminder of `calendar.nudge_after`. What you leave out is
  as in the default; where neither the route nor the channel sets `respond`, `review` and `answer` follow the target of
  the channel itself ([channels](channels.md)), and the other routes never wait longer than that.
- A **notify** is `{ sink = "slack", to = "#leads" }`: a channel, or a person such as `@U0LEAD`. `{}` is a line under
  the card itself. With `mention = ["U0LEAD", "S0SUPPORT"]` people and groups are called by name in it.
- *must be set* means that there is no default."""
SCREENED = (
    *(Reason.OWN_POST, Reason.BOT_POST, Reason.REPOST, Reason.BLOCKED_AUTHOR, Reason.FORGOTTEN_AUTHOR),
    *(Reason.TOO_OLD, Reason.EMPTY, Reason.ADDRESSED, Reason.NOT_ABOUT_US),
)
HELD = (
    *(Reason.REPLIES_OFF, Reason.NOT_ELIGIBLE, Reason.NO_TEMPLATE, Reason.OPTED_OUT, Reason.ALREADY_REPLIED),
    *(Reason.AUTHOR_COOLDOWN, Reason.HOURLY_CAP, Reason.DAILY_CAP, Reason.THANKS_CAP, Reason.PEOPLE_ONLY),
)


def pages() -> dict[str, str]:
    """File name, from docs/ → its whole text, for every generated page and the Slack app's manifest."""
    written = {"settings.md": _settings(), "commands.md": _commands(), "reasons.md": _reasons()}
    written["channels.md"] = f"{MARK}\n{channel_page.page()}"
    written[f"../{channel_settings.FILE}"] = channel_settings.page(_toml)
    return written | {f"../{slack_manifest.FILE}": slack_manifest.as_yaml()}


def _settings() -> str:
    parts = [MARK, INTRO, *_tables(Settings, "")]
    for room, builtin in ROOMS.items():
        for kind in sorted(builtin):
            title = f'\n## [{room}.NAME] with kind = "{kind}"\n'
            parts += [title, *_rows(schema_of(room, kind))]
    return "\n".join(parts).rstrip() + "\n"


def _tables(table: type[BaseModel], path: str) -> Iterator[str]:
    """A table's rows, then the tables inside it."""
    inner = {name: found for name, field in table.model_fields.items() if (found := _inner(field))}
    plain = [name for name in table.model_fields if name not in inner]
    if path:
        yield f"\n## {path}\n\n{inspect.getdoc(table)}\n"
        if plain or not inner:
            yield from _rows(table, plain)
    for name, (schema, form) in inner.items():
        place = f"{path.strip('[]')}.{name}".lstrip(".")
        yield from _tables(schema, form.format(place, NAMES.get(name, "NAME")))


def _inner(field: FieldInfo) -> tuple[type[BaseModel], str] | None:
    """The table that a field opens and how its header is written; None for a value."""
    kind: Any = field.annotation
    if _is_table(kind):
        return kind, "[{}]"
    origin, inside = get_origin(kind), get_args(kind)
    if origin is dict and _is_table(inside[1]):
        return inside[1], "[{}.{}]"
    if origin is list and _is_table(inside[0]):
        return inside[0], "[[{}]]"
    return None


def _is_table(kind: Any) -> bool:
    opens = isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in WORDS
    return opens and kind.__name__ != "Target"


def _rows(table: type[BaseModel], names: Sequence[str] | None = None) -> Iterator[str]:
    names = list(table.model_fields) if names is None else names
    if not names:
        yield "Nothing more can be set."
        return
    yield "| Setting | What it is | Type | Default |\n|---|---|---|---|"
    for name in names:
        field = table.model_fields[name]
        cells = (f"`{name}`", _cell(field.description or ""), _cell(_type(field.annotation, field)), _default(field))
        yield f"| {' | '.join(cells)} |"


def _type(kind: Any, field: FieldInfo | None = None) -> str:
    """A type in words, with its bounds."""
    origin, inside = get_origin(kind), [part for part in get_args(kind) if part is not NoneType]
    if origin is Annotated:
        return _type(inside[0], field)
    if origin in (Union, UnionType):
        return " or ".join(_type(part, field) for part in inside)
    if origin is Literal:
        return " or ".join(f'`"{choice}"`' for choice in inside)
    if origin is list:
        return f"list of {_type(inside[0])}"
    if origin is dict:
        return f"{_type(inside[0])} → {_type(inside[1])}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f"`{choice.value}`" for choice in kind)
    word = WORDS.get(kind, getattr(kind, "__name__", str(kind)).lower())
    return word + (_bounds(field) if field and kind in (int, float) else "")


def _bounds(field: FieldInfo) -> str:
    least = next((rule.ge for rule in field.metadata if hasattr(rule, "ge")), None)
    most = next((rule.le for rule in field.metadata if hasattr(rule, "le")), None)
    if least is None:
        return ""
    return f", {least} to {most}" if most is not None else f", {least} or more"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*must be set*"
    value = field.get_default(call_default_factory=True)
    return "" if value is None else f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    if isinstance(value, timedelta):
        return json.dumps(say_duration(value))
    if isinstance(value, Path):
        return json.dumps(value.as_posix())
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_none=True)
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {_toml(one)}" for key, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _commands() -> str:
    intro = """# Commands

`python bot.py COMMAND --help` says the same.
Without `--config` a command takes `config.toml` from the folder where it is started, or else `config.example.toml`.
A fault that you can mend is one line on stderr and exit code 2."""
    parts = [MARK, intro]
    for name, command in commands():
        parts += [f"\n## {name}\n\n{inspect.getdoc(command)}\n", *_options(command)]
    return "\n".join(parts).rstrip() + "\n"


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by its name, those of a group under the group's own name."""
    for info in bot.cli.registered_commands:
        assert info.callback
        yield info.name or info.callback.__name__, info.callback
    for group in bot.cli.registered_groups:
        assert group.name
        assert group.typer_instance
        opening = group.typer_instance.registered_callback
        if opening and opening.callback:
            yield group.name, opening.callback
        for info in group.typer_instance.registered_commands:
            assert info.callback
            yield f"{group.name} {info.name or info.callback.__name__}", info.callback


def _options(command: Any) -> Iterator[str]:
    hints = get_type_hints(command, include_extras=True)
    yield "| Option | What it does | Default |\n|---|---|---|"
    for name, parameter in inspect.signature(command).parameters.items():
        if hints[name] is Context:
            continue
        kind, info = get_args(hints[name])[:2]
        # Typer reads the first text of Annotated[…, Option(…)] as a name, not as a default.
        names = [one for one in (info.default, *(info.param_decls or ())) if isinstance(one, str)]
        argument = isinstance(info, ArgumentInfo)
        shown = ", ".join(names) or (name.upper() if argument else f"--{name.replace('_', '-')}")
        value = "" if argument else _placeholder(kind)
        must = parameter.default is inspect.Parameter.empty
        usual = "*must be given*" if must else _usual(parameter.default)
        yield f"| `{shown}{value}` | {info.help} | {usual} |"


def _placeholder(kind: Any) -> str:
    """What stands for the value of an option of this type; nothing for a flag."""
    plain = next((part for part in get_args(kind) if part is not NoneType), kind)
    return {bool: "", int: " N", float: " N", Path: " PATH"}.get(plain, " TEXT")


def _usual(default: object) -> str:
    return "" if default is None or default is False or default == "" else f"`{default}`"


def _reasons() -> str:
    intro = """# Reasons

Every decision keeps all the reasons that hold.
A card says them in words; `replay`, `status` and the metrics use the short names.
"""
    chosen = [reason for reason in Reason if reason not in (*SCREENED, *HELD)]
    groups = (
        ("Left out before the model", "Such a post is counted and goes no further.", SCREENED),
        ("Why a route was chosen", "These come from the model, from plain rules, or from what is known.", chosen),
        ("Why the bot stays silent", "Any one of these is enough, and so are `unsure` and `too_old`.", HELD),
    )
    parts = [MARK, intro]
    for title, sentence, reasons in groups:
        rows = [f"| `{reason.value}` | {REASON_WORDS[reason]} |" for reason in reasons]
        parts += [f"## {title}\n\n{sentence}\n\n| Reason | In words |\n|---|---|", *rows, ""]
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")
