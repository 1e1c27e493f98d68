"""The rows about channels: what is known of each, and what would have been done on one that is in shadow."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.columns import json, moment


class ChannelRow(SQLModel, table=True):
    """A channel that was ever set up, so that its rules are known when its plug-in is gone.

    ``manifest`` is empty for a built-in channel, whose rules come with the code. ``shadow_at`` is when it was first
    set to shadow.
    """

    __tablename__: ClassVar[str] = "channel"

    name: str = Field(primary_key=True)
    manifest: dict[str, Any] = json()
    first_at: datetime = moment()
    shadow_at: datetime | None = moment(default=None, nullable=True)


class ShadowRow(SQLModel, table=True):
    """What would have followed from a decision on a channel in shadow: counts, and each message in a word.

    ``leads`` says that it would have opened the case, or made it graver. It holds no word of the post.
    """

    __tablename__: ClassVar[str] = "shadow"
    __table_args__ = (
        Index("shadow_at", "at"),
        Index("shadow_author", "author_key", "at"),
        Index("shadow_channel", "brand", "channel", "at"),
    )

    mention_id: str = Field(primary_key=True)
    brand: str
    channel: str
    author_key: str
    thread_key: str
    route: str
    case_id: str = ""
    code: str = ""
    leads: bool
    cards: int
    notes: int
    replies: int
    messages: list[dict[str, str]] = json()
    at: datetime = moment()
