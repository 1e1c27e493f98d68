"""Overheard's command line.

`python bot.py --help` says what it can do. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from models.errors import SettingsError, StoreError
from models.settings import Loaded, load_settings

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
    with _readable_errors():
        asyncio.run(serve(loaded, once=once, started=lambda: print(greeting, flush=True)))


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
    from classifiers.stream import classify_lines
    from engine.thinking import load_classifiers
    from models.settings.sections import ClassifierSettings

    known = _load(config).settings.classifier if _path(config).exists() else ClassifierSettings()
    with _readable_errors():
        heads, languages = load_classifiers(known.model_copy(update={"batch": batch, "threads": threads}))
        rows = classify_lines(sys.stdin.buffer, Panel(heads, languages, {}), batch)
        for count, row in enumerate(rows, 1):
            print(json.dumps(row, ensure_ascii=False))
            if sys.stderr.isatty() and count % batch == 0:
                print(f"\r{count:,} posts", end="", file=sys.stderr, flush=True)


@cli.command()
def status(config: Config = None) -> None:
    """Say how sources, queues and cases stand."""
    from insights.status import lines
    from models.store import figures, sources

    store = _store(config)
    now = _now()
    print(*lines(store.do(figures.figures, now), store.do(sources.every), now), sep="\n")
    store.close()


@cli.command()
def replay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Mentions, one JSON object a line.")],
    config: Config = None,
) -> None:
    """Say what would be decided about the mentions of a file; nothing is stored or sent."""
    loaded = _load(config, plugins=True)
    from engine.replay import replay as outcomes
    from engine.thinking import Thinking

    with _readable_errors():
        for row in outcomes(loaded, file, Thinking().panel(loaded.settings), _now()):
            print(json.dumps(row, ensure_ascii=False))


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

    store = _store(config)
    mentions, cards = store.do(privacy.forget, channel, who, _now())
    store.compact()
    store.close()
    print(f"Erased {mentions} mentions; {cards} cards will be blanked by the running bot.")
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
    minutes: Annotated[int, typer.Option(min=0, help="Go on by itself after so many minutes; 0 means never.")] = 0,
    replies_only: Annotated[
        bool, typer.Option("--replies-only", help="Hold public replies, let alerts go on.")
    ] = False,
) -> None:
    """Hold all sending at once. What waits is kept; a running daemon sees it within a second."""
    from models.store import controls

    now = _now()
    store = _store(config)
    store.do(controls.pause, not replies_only, now + timedelta(minutes=minutes) if minutes else None, now)
    store.close()
    print(f"{'Public replies are' if replies_only else 'All sending is'} held. `python bot.py resume` lets it go on.")


@cli.command()
def resume(config: Config = None) -> None:
    """Let sending go on."""
    from models.store import controls

    store = _store(config)
    held = store.do(controls.resume, _now())
    store.close()
    print("Sending goes on." if held else "Nothing was held.")


def _path(config: Path | None) -> Path:
    own = Path("config.toml")
    return config or (own if own.exists() else EXAMPLE)


def _load(config: Path | None, *, plugins: bool = False) -> Loaded:
    with _readable_errors():
        if not plugins:
            return load_settings(_path(config))
        from engine.plugins import schema_of

        return load_settings(_path(config), schema_of)


def _store(config: Path | None):  # type: ignore[no-untyped-def]
    from models.store import Store

    with _readable_errors():
        return Store.open(_load(config).settings.store.url)


def _now() -> datetime:
    return datetime.now(UTC)


class _readable_errors:  # noqa: N801 - reads as a statement
    """Turns errors that people can mend into a line on stderr and exit code 2."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SettingsError | StoreError | OSError):
            self._say(error)

    @staticmethod
    def _say(error: Exception) -> NoReturn:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from error


if __name__ == "__main__":
    cli()
