"""The command with which a lead tries a brand's words before they are saved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.commands.common import OWN, Config, load, now_utc, open_store, readers_choice


def match(
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="Mentions, one JSON object a line; else the stored history."),
    ] = None,
    config: Config = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="So many days of the history.")] = 30,
    examples: Annotated[int, typer.Option(min=0, max=1000, help="The latest posts shown of each change.")] = 3,
    in_force: Annotated[
        Path | None,
        typer.Option(help="The configuration in force, whose database is read; config.toml, or else --config itself."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, not tables.")] = False,
) -> None:
    """Say what the brands' words in --config find and leave out, and what that changes; nothing is stored."""
    from engine.match import Asked
    from engine.match import match as tell

    new, known = load(config).settings, in_force or (OWN if OWN.exists() else None)
    then = load(known).settings if known else None
    asked = Asked(days, examples, as_json)
    if file:
        with readers_choice():
            tell(None, file, new, then, asked, now_utc())
        return
    with open_store(known or config, read_only=True) as store, readers_choice():
        tell(store, None, new, then, asked, now_utc())


COMMANDS = (match,)
