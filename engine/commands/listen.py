"""The command for who has nothing yet: no configuration and no account."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from engine.commands.common import readers_choice


def listen(
    brand: Annotated[str, typer.Argument(help="The name to listen for, as people write it.")],
    term: Annotated[list[str] | None, typer.Option(help="Another word that names it; may be given often.")] = None,
    sources: Annotated[
        str, typer.Option(help="Where, parted by commas: jetstream (Bluesky), hackernews, mastodon, stackexchange.")
    ] = "jetstream,hackernews,mastodon,stackexchange",
    feed: Annotated[
        list[str] | None, typer.Option(help="The address of a feed to hear too; may be given often.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=1, help="Stop after so long; else with Ctrl-C.")] = None,
) -> None:
    """Hear what people say of any name right now: no account, no configuration, nothing kept, nothing sent."""
    from engine.listen import configuration
    from engine.listen import listen as hear

    named = [name.strip() for name in sources.split(",") if name.strip()]
    settings = configuration(brand, term or [], named, feed or [])
    with readers_choice():
        asyncio.run(hear(settings, seconds, lambda text: print(text, flush=True)))


COMMANDS = (listen,)
