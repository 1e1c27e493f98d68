"""Overheard's command line.

`python bot.py --help` says what it can do. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import sys

import typer

from engine.commands import control, daemon, model
from models.errors import CorrectionError, SettingsError, StoreError

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Hears what people say about a brand in public when they are not talking to it, and gets help to those who "
    "need it: an answer in the same channel, or a card that tells an agent to call.",
    epilog="New here? `run` plays a sample. Then copy config.example.toml to config.toml, edit it, and `check` it.",
)
for command in (*daemon.COMMANDS, *control.COMMANDS, *model.COMMANDS):
    cli.command("config" if command is daemon.config_in_force else None)(command)


def main() -> None:
    """The command line; what people can mend is one line on stderr and exit code 2, without a traceback."""
    try:
        cli()
    except (CorrectionError, SettingsError, StoreError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
