"""The kinds of columns that tables are made of: moments in UTC, long texts, JSON, and an index's condition."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Text, TypeDecorator, text
from sqlmodel import Field


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Naive values are refused, because SQLite would give them back as something else."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def moment(**options: Any) -> Any:
    """A field that is a moment."""
    return Field(sa_type=UtcDateTime, **options)


def long(**options: Any) -> Any:
    """A field that is a text of any length."""
    return Field(sa_type=Text, **options)


def json(**options: Any) -> Any:
    """A field that is plain JSON."""
    return Field(sa_type=JSON, **options)


def where(condition: str, sqlite: str = "") -> dict[str, Any]:
    """A partial index's condition. SQLite takes an index only for a query that says the same, sign by sign."""
    return {"sqlite_where": text(sqlite or condition), "postgresql_where": text(condition)}
