"""Overheard's command line.

`python bot.py --help` says what it can do. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import SettingsError, StoreError
from models.settings import Loaded, load_settings

if TYPE_CHECKING:
    from models.store import Store

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Hears what people say about a brand in public when they are not talking to it, and gets help to those who "
    "need it: an answer in the same channel, or a card that tells an agent to call.",
    epilog="New here? `run` plays a sample. Then copy config.example.toml to config.toml, edit it, and `check` it.",
)
EXAMPLE = Path("config.example.toml")
YEAR = 365 * 24 * 60
"""Minutes."""
Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="The configuration; config.toml, or else the example.")
]


@cli.command()
def run(
    config: Config = None,
    once: Annotated[bool, typer.Option("--once", help="Do all there is to do, then stop.")] = False,
) -> None:
    """Listen, triage, alert and answer until Ctrl-C or SIGTERM; SIGHUP or a change of the file reloads it."""
    loaded = _load(config, plugins=True)
    from engine.serve import serve
    from engine.welcome import welcome

    greeting = welcome(loaded, sample=loaded.path == EXAMPLE)
    print("Loading the model …", file=sys.stderr)
    asyncio.run(serve(loaded, once=once, started=lambda: print(greeting, flush=True)))
    if once and (unheard := _unheard(config, loaded)):
        print(*unheard, sep="\n", file=sys.stderr)
        raise typer.Exit(1)


def _unheard(config: Path | None, loaded: Loaded) -> list[str]:
    """The listeners whose last poll failed, and why."""
    from models.store import sources

    with _store(config) as store:
        rows = [row for row in store.do(sources.every) if row.name in loaded.settings.listeners]
    return [f"{row.name} was not heard: {row.note}" for row in rows if row.state in ("failing", "paused")]


@cli.command()
def check(config: Config = None) -> None:
    """Try every credential, permission and place that the configuration names, and say each fault's fix."""
    loaded = _load(config, plugins=True)
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


@cli.command()
def classify(
    config: Config = None,
    batch: Annotated[int, typer.Option(min=1, max=4096, help="Posts a pass through the model.")] = 64,
    threads: Annotated[int, typer.Option(min=0, help="Processor threads; 0 means all.")] = 0,
) -> None:
    """Label posts: JSON lines with "text" (and "id", "brand", "lang"), or plain lines, on stdin; JSON on stdout."""
    from classifiers.panel import Panel
    from classifiers.stream import classify_lines, progress
    from engine.thinking import load_classifiers
    from models.settings.sections import ClassifierSettings

    known = _load(config).settings.classifier if _path(config).exists() else ClassifierSettings()
    heads, languages = load_classifiers(known.model_copy(update={"batch": batch, "threads": threads}))
    with _readers_choice():
        for row in progress(classify_lines(sys.stdin.buffer, Panel(heads, languages, {}), batch)):
            print(json.dumps(row))


@cli.command()
def status(config: Config = None) -> None:
    """Say how sources, queues and cases stand."""
    from insights.status import lines
    from models.store import figures, sources

    now = _now()
    with _store(config) as store, _readers_choice():
        print(*lines(store.do(figures.figures, now), store.do(sources.every), now), sep="\n")


@cli.command()
def replay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Mentions, one JSON object a line.")],
    config: Config = None,
) -> None:
    """Say what would be decided about the mentions of a file; nothing is stored or sent."""
    loaded = _load(config, plugins=True)
    from engine.replay import replay as outcomes
    from engine.thinking import Thinking

    with _readers_choice():
        for row in outcomes(loaded, file, Thinking().panel(loaded.settings), _now()):
            print(json.dumps(row))


@cli.command()
def channels(config: Config = None) -> None:
    """Say what each channel can hear and send, and who may answer there."""
    from insights.channels import table

    print(*table(_load(config).settings), sep="\n")


@cli.command()
def forget(
    channel: Annotated[str, typer.Argument(help="The channel, such as x or telegram.")],
    who: Annotated[str, typer.Argument(help="The person's handle or id there.")],
    config: Config = None,
) -> None:
    """Erase a person everywhere, their cards in Slack too, and never hear them again."""
    from models.store import privacy

    brands = list(_load(config).settings.brands)
    with _store(config) as store:
        mentions, cards = store.do(privacy.forget, channel, who, _now(), brands)
        store.compact()
    nobody = "" if mentions else f" Nobody of that name was heard on {channel}; is the channel spelt right?"
    print(f"Erased {mentions} mentions; {cards} cards will be blanked by the running bot.{nobody}")
    raise typer.Exit(0 if mentions else 1)


@cli.command(name="config")
def show_config(config: Config = None) -> None:
    """Print the configuration that is in force, defaults included; secrets are shown by name only."""
    import tomli_w

    loaded = _load(config, plugins=True)
    effective = loaded.settings.model_dump(mode="json", exclude_none=True)
    for room, plugins in loaded.plugins.items():
        for name, own in plugins.items():
            effective[room][name] |= own.model_dump(mode="json", exclude_none=True)
    print(tomli_w.dumps(effective), end="")


@cli.command()
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

    now = _now()
    with _store(config) as store:
        store.do(controls.pause, not replies_only, now + timedelta(minutes=minutes) if minutes else None, now)
    print(f"{'Public replies are' if replies_only else 'All sending is'} held. `python bot.py resume` lets it go on.")


@cli.command()
def resume(config: Config = None) -> None:
    """Let sending go on."""
    from models.store import controls

    with _store(config) as store:
        held = store.do(controls.resume, _now())
    print("Sending goes on." if held else "Nothing was held.")


def _path(config: Path | None) -> Path:
    own = Path("config.toml")
    return config or (own if own.exists() else EXAMPLE)


def _load(config: Path | None, *, plugins: bool = False) -> Loaded:
    if not plugins:
        return load_settings(_path(config))
    from engine.plugins import schema_of

    return load_settings(_path(config), schema_of)


@contextmanager
def _store(config: Path | None) -> Iterator[Store]:
    from sqlalchemy.exc import SQLAlchemyError

    from models.store import Store

    store = Store.open(_load(config).settings.store.url)
    try:
        yield store
    except SQLAlchemyError as error:
        raise StoreError(f"the database did not do it, try again: {getattr(error, 'orig', None) or error}") from error
    finally:
        store.close()


@contextmanager
def _readers_choice() -> Iterator[None]:
    """Who reads only the beginning, such as `head`, has seen enough: no error, exit code 0."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer goes nowhere, or the interpreter would complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """The command line; what people can mend is one line on stderr and exit code 2, without a traceback."""
    try:
        cli()
    except (SettingsError, StoreError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
