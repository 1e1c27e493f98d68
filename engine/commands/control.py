"""The commands of the operator: how it stands, hold, go on, forget."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from engine.commands.common import Config, load, now_utc, open_store, readers_choice

YEAR = 365 * 24 * 60
"""Minutes."""


def status(config: Config = None) -> None:
    """Say how sources, queues and cases stand."""
    from insights.recall import window
    from insights.status import lines
    from models.store import figures, sources, verdicts

    now = now_utc()
    since = now - window(load(config).settings.store.keep_mentions)
    with open_store(config) as store, readers_choice():
        judged = store.do(verdicts.tallies, since)
        print(*lines(store.do(figures.figures, now), store.do(sources.every), now, judged), sep="\n")


def pause(
    config: Config = None,
    minutes: Annotated[
        int, typer.Option(min=0, max=YEAR, help="Go on by itself after so many minutes; 0 means never.")
    ] = 0,
    replies_only: Annotated[
        bool, typer.Option("--replies-only", help="Hold public replies, let alerts go on.")
    ] = False,
) -> None:
    """Hold all sending at once. What waits is kept; a running daemon sees it within a second."""
    from models.store import controls

    now = now_utc()
    with open_store(config) as store:
        store.do(controls.pause, not replies_only, now + timedelta(minutes=minutes) if minutes else None, now)
    print(f"{'Public replies are' if replies_only else 'All sending is'} held. `python bot.py resume` lets it go on.")


def resume(config: Config = None) -> None:
    """Let sending go on."""
    from models.store import controls

    with open_store(config) as store:
        held = store.do(controls.resume, now_utc())
    print("Sending goes on." if held else "Nothing was held.")


def forget(
    channel: Annotated[str, typer.Argument(help="The channel, such as x or telegram.")],
    who: Annotated[str, typer.Argument(help="The person's handle or id there.")],
    config: Config = None,
) -> None:
    """Erase a person everywhere, their cards in Slack too, and never hear them again."""
    from models.store import privacy

    brands = list(load(config).settings.brands)
    with open_store(config) as store:
        mentions, cards = store.do(privacy.forget, channel, who, now_utc(), brands)
        store.compact()
    nobody = "" if mentions else f" Nobody of that name was heard on {channel}; is the channel spelt right?"
    print(f"Erased {mentions} mentions; {cards} cards will be blanked by the running bot.{nobody}")
    raise typer.Exit(0 if mentions else 1)


COMMANDS = (status, pause, resume, forget)
