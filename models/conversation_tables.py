"""The rows that tie posts to one another: what a post answers, and which posts say the same."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.columns import long, moment, where


class ParentRow(SQLModel, table=True):
    """The post that a mention answers: given (by its listener, as it is) → wanted (for a card) → known (masked).

    A known one without a text says in ``missing`` why there is none.
    """

    __tablename__: ClassVar[str] = "parent"
    __table_args__ = (
        Index("parent_post", "external_id", "channel"),
        Index("parent_author", "author_key"),
        Index("parent_wanted", "next_at", **where("state = 'wanted'")),
    )

    mention_id: str = Field(primary_key=True)
    brand: str
    channel: str
    external_id: str
    author_key: str = ""
    author: str = ""
    text: str = long()
    url: str = ""
    missing: str = ""
    state: str
    tries: int = 0
    next_at: datetime = moment()


class AlikeRow(SQLModel, table=True):
    """A post that says the same as the one that opened a case: suggested, confirmed, or parted by people."""

    __tablename__: ClassVar[str] = "alike"
    __table_args__ = (Index("alike_case", "case_id", "state"), Index("alike_author", "author_key"))

    mention_id: str = Field(primary_key=True)
    case_id: str
    author_key: str
    score: float
    state: str
    at: datetime = moment()
