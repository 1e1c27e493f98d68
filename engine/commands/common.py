"""What the commands share: which configuration, which database, and a reader who stops reading."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import StoreError
from models.settings import Loaded, load_settings

if TYPE_CHECKING:
    from models.store import Store

OWN, EXAMPLE = Path("config.toml"), Path("config.example.toml")
Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="The configuration; config.toml, or else the example.")
]


def path_of(config: Path | None) -> Path:
    return config or (OWN if OWN.exists() else EXAMPLE)


def load(config: Path | None, *, plugins: bool = False) -> Loaded:
    if not plugins:
        return load_settings(path_of(config))
    from engine.plugins import load as load_whole

    return load_whole(path_of(config))


@contextmanager
def open_store(config: Path | None, *, read_only: bool = False) -> Iterator[Store]:
    from sqlalchemy.exc import SQLAlchemyError

    from models.store import Store

    store = Store.open(load(config).settings.store.url, read_only=read_only)
    try:
        yield store
    except SQLAlchemyError as error:
        raise StoreError(f"the database did not do it, try again: {getattr(error, 'orig', None) or error}") from error
    finally:
        store.close()


@contextmanager
def readers_choice() -> Iterator[None]:
    """Who reads only the beginning, such as `head`, has seen enough: no error, exit code 0."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer goes nowhere, or the interpreter would complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def now_utc() -> datetime:
    return datetime.now(UTC)
