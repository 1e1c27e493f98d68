"""The commands about channels: how each stands, and all that is known of one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.commands.common import Config, load, now_utc, open_store, readers_choice

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    invoke_without_command=True,
    help="Say how each channel stands: who may answer there, what is on, off or in shadow, and what came of it.",
)


@app.callback()
def channels(context: typer.Context, config: Config = None) -> None:
    """Say how each channel stands: who may answer there, what is on, off or in shadow, and what came of it."""
    if context.invoked_subcommand:
        return
    from engine.channels import standings
    from insights.channels import table

    loaded, now = load(config, plugins=True), now_utc()
    with open_store(config) as store, readers_choice():
        print(*table(standings(store, loaded, now), now), sep="\n")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The channel, such as x or hackernews.")],
    config: Config = None,
    latest: Annotated[int, typer.Option(min=0, max=1000, help="So many of its latest posts in shadow.")] = 10,
) -> None:
    """Say all that is known of one channel, and what would have been sent while it is in shadow."""
    from engine.channels import one_of, standings
    from insights.channels import page
    from models.store import shadow

    loaded, now = load(config, plugins=True), now_utc()
    with open_store(config) as store, readers_choice():
        one = one_of(standings(store, loaded, now), name)
        print(*page(name, one, store.do(shadow.latest, name, latest), now), sep="\n")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The new channel, such as my_board.")],
    replies: Annotated[
        bool, typer.Option("--replies", help="Also answer there, where its rules let programs.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option(file_okay=False, help="Where it is written; overheard-NAME beside us by default.")
    ] = None,
) -> None:
    """Write the package of a new channel: it works, its tests pass, and its clock runs until it is live in shadow."""
    from engine.kit import write

    target = folder or Path(f"overheard-{name.replace('_', '-')}")
    for path in write(name, target, replies, now_utc()):
        print(path)
    print(f"Its tests pass: cd {target} && pip install -e '.[dev]' && python -m pytest. Then follow its README.md.")
