"""Overheard's command line.

`python bot.py --help` says what it can do. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import sys

import typer

from engine.commands import channels, control, daemon, keys, listen, model, report, words
from models.errors import CorrectionError, SettingsError, StoreError

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Hears what people say about a brand in public when they are not talking to it, and gets help to those who "
    "need it: an answer in the same channel, or a card that tells an agent to call.",
    epilog="New here? `run` plays a sample, and `listen NAME` hears what people say of any name right now. "
    "Then copy config.example.toml to config.toml, edit it, and `check` it.",
)
HOUSE = (*daemon.COMMANDS, *listen.COMMANDS, *control.COMMANDS)
LEAD = (*model.COMMANDS, *words.COMMANDS, *report.COMMANDS)
for command in (*HOUSE, *LEAD):
    cli.command("config" if command is daemon.config_in_force else None)(command)
cli.add_typer(channels.app, name="channels")
cli.add_typer(keys.app, name="keys")


def main() -> None:
    """The command line; what people can mend is one line on stderr and exit code 2, without a traceback."""
    try:
        cli()
    except (CorrectionError, SettingsError, StoreError, OSError) as error:
        print(f"error: {_said(error)}", file=sys.stderr)
        sys.exit(2)


def _said(error: Exception) -> str:
    """What is wrong, without the number that a system gives it."""
    named = isinstance(error, OSError) and error.filename is not None and error.strerror
    return f"{error.filename}: {error.strerror}" if named else str(error)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
