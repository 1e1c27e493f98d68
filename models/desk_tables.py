"""The rows of the desk that belong to no case: what was pressed, and what is muted."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import moment


class PressRow(SQLModel, table=True):
    """Something that a person pressed, so that it is carried out once."""

    __tablename__: ClassVar[str] = "press"
    __table_args__ = (Index("press_at", "at"),)

    id: str = Field(primary_key=True)
    at: datetime = moment()


class MuteRow(SQLModel, table=True):
    """A rule of what the team does not want to be shown."""

    __tablename__: ClassVar[str] = "mute"
    __table_args__ = (UniqueConstraint("kind", "value", "brand"),)

    id: str = Field(primary_key=True)
    kind: str
    value: str
    brand: str
    label: str
    until: datetime | None = moment(default=None, nullable=True)
    by: str
    by_name: str
    why: str
    at: datetime = moment()
