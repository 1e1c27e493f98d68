"""Brings a database to this version's schema, and refuses one from a newer version.

Alembic is imported only when there is something to do: a command that reads starts in a fraction of a second.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from models.errors import StoreError

HEAD = "0007"
"""The newest revision; a test compares it with the migrations."""

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def prepare(engine: Engine) -> None:
    """Create or upgrade the tables; raises StoreError for a database that this version does not know."""
    current = _usable(engine)
    if current == HEAD:
        return
    if current is None and inspect(engine).get_table_names():
        raise StoreError("the database holds tables that Overheard did not make; give it a database of its own")
    _upgrade(engine)


def expect(engine: Engine) -> None:
    """Refuse a database that has not this version's tables, without making them."""
    current = _usable(engine)
    if current is None:
        raise StoreError("the database holds no history yet; `python bot.py run` makes one")
    if current != HEAD:
        raise StoreError(f"the database has the older schema {current}; `python bot.py status` brings it to {HEAD}")


def _usable(engine: Engine) -> str | None:
    """The schema's revision; raises StoreError for one that this version does not know."""
    current = revision(engine)
    if current is not None and current not in _known():
        raise StoreError(
            f"the database has schema {current}, this version of Overheard knows {HEAD} at most: "
            "run the newer version that wrote it, or restore a backup from before that upgrade"
        )
    return current


def revision(engine: Engine) -> str | None:
    """The schema's revision, or None in an empty database."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def _known() -> set[str]:
    return {path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("*.py")}


def _upgrade(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
