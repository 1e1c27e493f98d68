"""The commands of the operator: how it stands, hold, go on, forget, export."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.commands.common import Config, load, now_utc, open_store, readers_choice
from models.errors import SettingsError

if TYPE_CHECKING:
    from models.settings.callback import CallbackSettings

YEAR = 365 * 24 * 60
"""Minutes."""


def status(config: Config = None) -> None:
    """Say how sources, queues and cases stand."""
    from insights.recall import window
    from insights.status import lines
    from models.store import figures, sources, verdicts

    now, settings = now_utc(), load(config).settings
    since = now - window(settings.store.keep_mentions)
    with open_store(config) as store, readers_choice():
        judged = store.do(verdicts.tallies, since)
        report = lines(store.do(figures.figures, now), store.do(sources.every), now, judged, settings.listeners)
        print(*report, sep="\n")


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


Place = Annotated[str, typer.Argument(help="The channel, such as x; or phone, or email.")]
Who = Annotated[str, typer.Argument(help="The person's handle or id there; or their number (+49…) or address.")]


def forget(channel: Place, who: Who, config: Config = None) -> None:
    """Erase a person everywhere, their cards in Slack too, and never hear them again."""
    from models.store import contacts, privacy

    settings = load(config).settings
    digests = _digests(settings.callback, channel, who)
    with open_store(config) as store:
        held, agreed = store.do(contacts.forget_number, digests, now_utc())
        mentions, cards = (0, 0)
        if channel != "phone":
            mentions, cards = store.do(privacy.forget, channel, who, now_utc(), list(settings.brands))
        store.compact()
    if digests:
        print(f"Erased what was given to reach them, {held} times; {agreed} records of consent stay, without it.")
    if channel != "phone":
        nobody = "" if mentions else f" Nobody of that name was heard on {channel}; is the channel spelt right?"
        print(f"Erased {mentions} mentions; {cards} cards will be blanked by the running bot.{nobody}")
    raise typer.Exit(0 if mentions or agreed else 1)


def export(
    channel: Place,
    who: Who,
    config: Config = None,
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="A new file, which only you can read.")] = None,
) -> None:
    """Write as JSON all that is held on a person; of a number only that it is held, and until when."""
    from models.store import export as exporting

    settings = load(config).settings
    with open_store(config, read_only=True) as store, readers_choice():
        found = store.do(exporting.held_of_number, _digests(settings.callback, channel, who))
        if channel != "phone":
            found |= store.do(exporting.held, channel, who, list(settings.brands))
        asked = {"channel": channel, "who": who, "at": now_utc().isoformat()}
        text = json.dumps({"asked": asked, **found}, ensure_ascii=False, indent=2)
        if out is None:
            print(text)
        else:
            with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text + "\n")
    raise typer.Exit(0 if any(found.values()) else 1)


def _digests(callback: CallbackSettings, channel: str, who: str) -> tuple[str, ...]:
    """The hashes under which consents to be called, or written to, were recorded; none for any other channel."""
    from engine.commands.keys import vault_of
    from models.contact import read_email

    if channel == "phone":
        from models.phone import Number, read_number

        number = read_number(who, "")
        if not isinstance(number, Number):
            raise SettingsError(["that is no number; write it with its country, such as +491701234567"])
        return vault_of(callback).digests(number.e164)
    address = read_email(who) if channel == "email" and callback.key else None
    return vault_of(callback).digests(address) if address else ()


COMMANDS = (status, pause, resume, forget, export)
