"""Statements on plain tables. SQLAlchemy's mapper costs more than the statement itself: the busy paths go without.

Also the one statement that SQLite and PostgreSQL write alike but SQLAlchemy keeps apart: INSERT … ON CONFLICT.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, Update
from sqlalchemy import update as plain_update
from sqlmodel import Session, SQLModel


def table(row: type[SQLModel]) -> Table:
    """The table of a row; ``table(Row).c`` holds its columns."""
    found: Table = row.__table__  # type: ignore[attr-defined]
    return found


def update(row: type[SQLModel]) -> Update:
    """An UPDATE of the plain table; its conditions must be on ``table(row).c``."""
    return plain_update(table(row))


def insert(session: Session, row: type[SQLModel]) -> Any:
    """An INSERT that knows ON CONFLICT, for the database at hand."""
    return insert_for(session.get_bind().dialect.name, row)


def insert_for(dialect: str, row: type[SQLModel]) -> Any:
    """The same by the name of the database."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table(row))
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table(row))
