"""The commands about the keys that seal customers' numbers: make one, look which are needed, seal anew."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.commands.common import Config, load, open_store
from models.errors import SettingsError

if TYPE_CHECKING:
    from models.settings.callback import CallbackSettings
    from models.store.keyring import Keyring
    from models.vault import Vault

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Make, check and change the keys that seal customers' numbers.",
)


@app.command()
def new(
    file: Annotated[
        Path | None, typer.Option("--file", dir_okay=False, help="Put it first in this file, which only you can read.")
    ] = None,
) -> None:
    """Make a key. It is printed once, or put before the keys of a file; nothing else keeps it."""
    from models.vault import new_key

    if file is None:
        print(new_key())
        return
    first = not file.exists() or not file.read_text("utf-8").strip()
    _write_first(file, new_key())
    then = "" if first else " Reload the bot (SIGHUP), then `python bot.py keys rotate` seals with it."
    print(f"The new key is the first in {file}.{then}")


@app.command()
def check(config: Config = None) -> None:
    """Say what relies on which key; exit code 1 where a number cannot be opened with any."""
    from models.store import keyring

    callback, vault = _vault(config)
    with open_store(config, read_only=True) as store:
        found = store.do(keyring.look, vault)
    print(*_lines(vault, found), *_readable_by_others(callback), sep="\n")
    raise typer.Exit(1 if found.numbers[""] else 0)


@app.command()
def rotate(config: Config = None) -> None:
    """Seal every number anew with the first key, so that the others may go."""
    from models.store import keyring

    _, vault = _vault(config)
    renewed, last = 0, ""
    with open_store(config) as store:
        while True:
            some, last = store.do(keyring.rotate, vault, last)
            renewed += some
            if not last:
                break
        found = store.do(keyring.look, vault)
        store.compact()
    print(f"Sealed {renewed} numbers anew with key {vault.ids[0]}.", *_lines(vault, found), sep="\n")
    raise typer.Exit(1 if found.numbers[""] else 0)


def vault_of(callback: CallbackSettings) -> Vault:
    """The vault of a configuration; raises SettingsError that says what to do, and never shows a key."""
    from models.vault import Vault

    vault = Vault.from_settings(callback)
    if vault is None:
        raise SettingsError(["callback.key is not set, so no number is kept; `python bot.py keys new` makes a key"])
    return vault


def _vault(config: Path | None) -> tuple[CallbackSettings, Vault]:
    callback = load(config).settings.callback
    return callback, vault_of(callback)


def _lines(vault: Vault, found: Keyring) -> list[str]:
    told = [_line(name, vault.ids[0], found) for name in vault.ids]
    if found.numbers[""]:
        told.append(f"{found.numbers['']} numbers cannot be opened: their key is missing in callback.key")
    missing = sorted(found.consents.keys() - set(vault.ids))
    return told + [f"key {name} is missing: {found.consents[name]} consents need it as proof" for name in missing]


def _line(name: str, newest: str, found: Keyring) -> str:
    numbers, consents = found.numbers[name], found.consents[name]
    use = "seals what comes" if name == newest else "may go" if not numbers + consents else "is still needed"
    return f"key {name}: {numbers} numbers, {consents} consents; {use}"


def _readable_by_others(callback: CallbackSettings) -> list[str]:
    path = callback.key.file if callback.key else None
    if path is None or not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    return [f"{path} may be read by others on this machine: `chmod 600 {path}`"]


def _write_first(file: Path, key: str) -> None:
    """Put a key before those of a file; at no moment is the file half written, or open to more people than before."""
    path = file.resolve()
    earlier = path.read_text("utf-8") if path.exists() else ""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
        if path.exists():
            # Else the bot, which runs as somebody else, could not read its keys any more.
            known = path.stat()
            os.fchown(written.fileno(), known.st_uid, known.st_gid)
            os.fchmod(written.fileno(), stat.S_IMODE(known.st_mode))
        written.write(f"{key}\n{earlier}")
        written.flush()
        os.fsync(written.fileno())
    fresh.replace(path)
