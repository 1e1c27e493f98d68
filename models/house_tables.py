"""The rows about people's wishes and about the house itself, which belong to no mention."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlmodel import Field, SQLModel

from models.columns import json, moment


class OptOutRow(SQLModel, table=True):
    """An author who wants no more automatic answers."""

    __tablename__: ClassVar[str] = "opt_out"

    author_key: str = Field(primary_key=True)
    at: datetime = moment()
    why: str = ""


class TombstoneRow(SQLModel, table=True):
    """An author who asked to be forgotten: a digest, so that they are not heard again."""

    __tablename__: ClassVar[str] = "tombstone"

    author_key: str = Field(primary_key=True)
    at: datetime = moment()


class ControlRow(SQLModel, table=True):
    """A switch that people throw while the daemon runs, such as the pause."""

    __tablename__: ClassVar[str] = "control"

    name: str = Field(primary_key=True)
    value: dict[str, Any] = json()
    at: datetime = moment()


class MetaRow(SQLModel, table=True):
    """A fact about this database that never changes, such as the number of shards."""

    __tablename__: ClassVar[str] = "meta"

    name: str = Field(primary_key=True)
    value: str
