"""The commands that run the bot and look at its configuration."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.commands.common import EXAMPLE, Config, load, open_store
from models.settings import Loaded


def run(
    config: Config = None,
    once: Annotated[bool, typer.Option("--once", help="Do all there is to do, then stop.")] = False,
) -> None:
    """Listen, triage, alert and answer until Ctrl-C or SIGTERM; SIGHUP or a change of the file reloads it."""
    loaded = load(config, plugins=True)
    from engine.serve import serve
    from engine.welcome import welcome

    greeting = welcome(loaded, sample=loaded.path == EXAMPLE)
    print("Loading the model …", file=sys.stderr)
    asyncio.run(serve(loaded, once=once, started=lambda: print(greeting, flush=True)))
    if once and (unheard := _unheard(config, loaded)):
        print(*unheard, sep="\n", file=sys.stderr)
        raise typer.Exit(1)


def check(config: Config = None) -> None:
    """Try every credential, permission and place that the configuration names, and say each fault's fix."""
    loaded = load(config, plugins=True)
    from engine.check import check as faults_of

    async def report() -> int:
        count = 0
        async for name, faults in faults_of(loaded):
            print(f"{'FAULT' if faults else 'ok':<6} {name}")
            for fault in faults:
                print(f"         {fault.what}\n         fix: {fault.fix}")
            count += len(faults)
        return count

    print(f"ok     {loaded.path} is valid")
    raise typer.Exit(1 if asyncio.run(report()) else 0)


def config_in_force(config: Config = None) -> None:
    """Print the configuration that is in force, defaults included; secrets are shown by name only."""
    import tomli_w

    loaded = load(config, plugins=True)
    effective = loaded.settings.model_dump(mode="json", exclude_none=True)
    for room, plugins in loaded.plugins.items():
        for name, own in plugins.items():
            effective[room][name] |= own.model_dump(mode="json", exclude_none=True)
    print(tomli_w.dumps(effective), end="")


def _unheard(config: Path | None, loaded: Loaded) -> list[str]:
    """The listeners whose last poll failed, and why."""
    from models.store import sources

    with open_store(config) as store:
        rows = [row for row in store.do(sources.every) if row.name in loaded.settings.listeners]
    return [f"{row.name} was not heard: {row.note}" for row in rows if row.state in ("failing", "paused")]


COMMANDS = (run, check, config_in_force)
