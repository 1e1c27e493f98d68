"""The one statement that SQLite and PostgreSQL write alike but SQLAlchemy keeps apart: INSERT … ON CONFLICT."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, SQLModel


def insert(session: Session, table: type[SQLModel]) -> Any:
    """An INSERT that knows ON CONFLICT, for the database at hand."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)
