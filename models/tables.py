"""The rows. They stay inside ``models/store``: the rest of the house sees values only.

Ids are ours, not the database's, so that the same input makes the same rows on every engine.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel, col

from models.channel_tables import ChannelRow, ShadowRow  # noqa: F401  (all tables are known together)
from models.columns import UtcDateTime as UtcDateTime
from models.columns import json, long, moment, where
from models.conversation_tables import AlikeRow, ParentRow  # noqa: F401  (all tables are known together)
from models.desk_tables import MuteRow, PressRow  # noqa: F401
from models.house_tables import ControlRow as ControlRow
from models.house_tables import MetaRow as MetaRow
from models.house_tables import OptOutRow as OptOutRow
from models.house_tables import TombstoneRow as TombstoneRow
from models.switch_tables import ConsentRow, ContactRow, SurveyRow, SwitchRow, WinbackRow  # noqa: F401

ONE_REPLY = "kind = 'reply' AND purpose <> 'closing'"
"""What the one public reply is: any but the line that closes a case in public."""


class MentionRow(SQLModel, table=True):
    """A mention and how far it has come: heard → classified → decided."""

    __tablename__: ClassVar[str] = "mention"
    __table_args__ = (
        UniqueConstraint("brand", "channel", "external_id"),
        Index("mention_classified", "author_key", "posted_at", **where("state = 'classified'")),
        Index("mention_author", "author_key"),
        Index("mention_case", "case_id", **where("case_id IS NOT NULL")),
        Index("mention_kept", "heard_at", **where("kept", sqlite="kept = 1")),
        Index("mention_post", "external_id", "channel"),
        Index("mention_recheck", "channel", "checked_at", **where("kept", sqlite="kept = 1")),
        Index("mention_canonical", "canonical", "brand", **where("canonical <> ''")),
    )

    id: str = Field(primary_key=True)
    brand: str
    channel: str
    external_id: str
    listener: str
    author_key: str
    thread_key: str
    author: dict[str, Any] = json()
    text: str = long()
    posted_at: datetime = moment()
    heard_at: datetime = moment()
    details: dict[str, Any] = json()
    shard: int
    state: str
    priority: int = 0
    lease_until: datetime | None = moment(default=None, nullable=True)
    attempts: int = 0
    case_id: str | None = None
    kept: bool = True
    edited_at: datetime | None = moment(default=None, nullable=True)
    checked_at: datetime | None = moment(default=None, nullable=True)
    """When we last knew that the post was still there."""
    canonical: str = ""
    """The same for the same post, whatever source it came through (``models.identity``)."""


class AssessmentRow(SQLModel, table=True):
    """What the classifiers said, with their versions."""

    __tablename__: ClassVar[str] = "assessment"

    mention_id: str = Field(primary_key=True)
    body: dict[str, Any] = json()
    version: str
    at: datetime = moment()


class DecisionRow(SQLModel, table=True):
    """The one decision of a mention."""

    __tablename__: ClassVar[str] = "decision"
    __table_args__ = (Index("decision_at", "at"),)

    mention_id: str = Field(primary_key=True)
    route: str
    reasons: list[str] = json()
    eligibility: str
    eligibility_reason: str
    case_id: str | None = None
    config_version: str
    at: datetime = moment()


class CorrectionRow(SQLModel, table=True):
    """What a person said of a mention; only ever added to. ``id`` counts up, so that the last word is known."""

    __tablename__: ClassVar[str] = "correction"
    __table_args__ = (Index("correction_mention", "mention_id"), Index("correction_at", "at"))

    id: int | None = Field(default=None, primary_key=True)
    mention_id: str
    at: datetime = moment()
    by: str
    labels: dict[str, str] = json()
    needed: bool | None = None


class CaseRow(SQLModel, table=True):
    """One issue of one person."""

    __tablename__: ClassVar[str] = "case"
    __table_args__ = (
        Index("case_author", "author_key"),
        Index("case_state", "state", "opened_at"),
        Index("case_holder", "holder", **where("holder <> ''")),
        Index("case_snoozed", "snoozed_until", **where("snoozed_until IS NOT NULL")),
    )

    id: str = Field(primary_key=True)
    code: str = Field(unique=True)
    brand: str
    channel: str
    state: str
    route: str
    author_key: str
    thread_key: str
    opened_at: datetime = moment()
    last_at: datetime = moment()
    closed_at: datetime | None = moment(default=None, nullable=True)
    mentions: int
    sink: str = ""
    target: str = ""
    card: str | None = None
    version: int = 0
    holder: str = ""
    holder_name: str = ""
    claimed_at: datetime | None = moment(default=None, nullable=True)
    answer_by: datetime | None = moment(default=None, nullable=True)
    resolve_by: datetime | None = moment(default=None, nullable=True)
    answered_at: datetime | None = moment(default=None, nullable=True)
    snoozed_until: datetime | None = moment(default=None, nullable=True)
    step: int = 0
    step_at: datetime | None = moment(default=None, nullable=True)
    reason: str = ""
    turned_at: datetime | None = moment(default=None, nullable=True)
    """When the customer's tone turned after our reply: from then on people alone speak to them."""
    draft: dict[str, Any] | None = json(default=None, nullable=True)


class CaseEventRow(SQLModel, table=True):
    """What happened to a case: append-only, and the source of every measure."""

    __tablename__: ClassVar[str] = "case_event"
    __table_args__ = (Index("case_event_at", "at"),)

    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    at: datetime = moment()
    type: str
    actor_kind: str
    actor_id: str = ""
    channel: str = ""
    meta: dict[str, Any] = json()


class EffectRow(SQLModel, table=True):
    """The outbox: one row a message, and how far its sending has come."""

    __tablename__: ClassVar[str] = "effect"
    __table_args__ = (
        Index("effect_state", "state", "sink"),
        Index("effect_case", "case_id"),
        Index("effect_replies", "brand", "channel", "queued_at", **where("kind = 'reply'")),
        Index("effect_author", "author_key"),
        Index("effect_mention", "mention_id"),
        # One public reply for an author in a thread, whatever the code above believes.
        Index("effect_one_reply", "brand", "author_key", "thread_key", unique=True, **where(ONE_REPLY)),
        # And one line that closes what was settled elsewhere.
        Index("effect_one_closing", "case_id", unique=True, **where("kind = 'reply' AND purpose = 'closing'")),
        Index("effect_alerts", "sink", "target", "settled_at", **where("kind = 'alert'")),
        Index("effect_list", "list_key", **where("list_key IS NOT NULL")),
        Index("effect_lists", "receipt", **where("kind = 'list'")),
    )

    key: str = Field(primary_key=True)
    sink: str
    kind: str
    target: str
    body: dict[str, Any] = json()
    mention_id: str | None = None
    case_id: str | None = None
    brand: str = ""
    channel: str = ""
    purpose: str = ""
    author_key: str = ""
    thread_key: str = ""
    priority: int = 0
    state: str = "pending"
    attempt: int = 0
    doubtful: bool = False
    queued_at: datetime = moment()
    not_before: datetime | None = moment(default=None, nullable=True)
    expires_at: datetime | None = moment(default=None, nullable=True)
    sending_at: datetime | None = moment(default=None, nullable=True)
    settled_at: datetime | None = moment(default=None, nullable=True)
    receipt: str | None = None
    url: str = ""
    error: str = ""
    list_key: str | None = None


class WakeRow(SQLModel, table=True):
    """That a key of a stage has work: the truth behind every wake-up."""

    __tablename__: ClassVar[str] = "wake"
    __table_args__ = (Index("wake_dirty", "since", **where("dirty", sqlite="dirty = 1")),)

    stage: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    dirty: bool
    since: datetime = moment()


class ListenerRow(SQLModel, table=True):
    """Where a listener stands and how it fares."""

    __tablename__: ClassVar[str] = "listener"

    name: str = Field(primary_key=True)
    cursor: str | None = long(default=None, nullable=True)
    state: str = "new"
    note: str = ""
    failures: int = 0
    next_poll_at: datetime | None = moment(default=None, nullable=True)
    first_ok_at: datetime | None = moment(default=None, nullable=True)
    last_ok_at: datetime | None = moment(default=None, nullable=True)
    last_heard_at: datetime | None = moment(default=None, nullable=True)
    silent_since: datetime | None = moment(default=None, nullable=True)
    heard: int = Field(default=0, sa_type=BigInteger)
    gaps: int = 0
    gap_at: datetime | None = moment(default=None, nullable=True)


class SpendRow(SQLModel, table=True):
    """What a listener has used of its daily budget."""

    __tablename__: ClassVar[str] = "spend"

    listener: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    posts: int = 0
    dollars: float = 0.0


class TallyRow(SQLModel, table=True):
    """How many posts were left out for a reason on a day, where no row of their own is kept."""

    __tablename__: ClassVar[str] = "tally"

    day: str = Field(primary_key=True)
    brand: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    count: int = 0


class SpoiledRow(SQLModel, table=True):
    """An item that a listener could not read: its hash and why, so that the rest of the page went on."""

    __tablename__: ClassVar[str] = "spoiled"

    digest: str = Field(primary_key=True)
    listener: str
    why: str
    at: datetime = moment()


# Work is taken in this order, so that a long queue is walked and never sorted. A descending column needs its class.
_urgent_first: tuple[Any, ...] = (col(MentionRow.priority).desc(), col(MentionRow.posted_at))
_due: tuple[Any, ...] = (col(EffectRow.priority).desc(), col(EffectRow.queued_at), col(EffectRow.key))
Index("mention_heard", "shard", *_urgent_first, **where("state = 'heard'"))
Index("mention_any", *_urgent_first, **where("state = 'heard'"))
Index("effect_due", "sink", *_due, **where("state = 'pending'"))
