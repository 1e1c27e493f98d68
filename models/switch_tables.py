"""The rows of the change of channel: switches, what customers gave us to be reached, their consents and answers."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.columns import json, long, moment, where

UNDER_WAY = "stage NOT IN ('resolved', 'closed', 'dropped')"
"""The condition of a switch that has not ended, word for word as its index has it."""


class SwitchRow(SQLModel, table=True):
    """How far a change of channel has come; its history is in the case's events (``models.switch``)."""

    __tablename__: ClassVar[str] = "switch"
    __table_args__ = (
        Index("switch_case", "case_id"),
        Index("switch_opened", "opened_at"),
        # One at a time, whatever the code above believes.
        Index("switch_live", "case_id", unique=True, **where(UNDER_WAY)),
    )

    id: str = Field(primary_key=True)
    case_id: str
    brand: str
    from_channel: str
    to_channel: str
    hop: int
    stage: str
    why: str = ""
    drop: str = ""
    opened_at: datetime = moment()
    moved_at: datetime = moment()
    ended_at: datetime | None = moment(default=None, nullable=True)


class ContactRow(SQLModel, table=True):
    """How a customer wants to be reached. ``sealed`` is the number or address, encrypted; empty once erased.

    ``receipt`` is the hash of the secret link with which whoever gave it may change or withdraw it.
    """

    __tablename__: ClassVar[str] = "contact"
    __table_args__ = (
        Index("contact_case", "case_id"),
        Index("contact_receipt", "receipt", unique=True),
        Index("contact_kept", "erase_at", **where("sealed <> ''")),
    )

    id: str = Field(primary_key=True)
    case_id: str
    brand: str
    kind: str
    """``phone``, ``email`` or ``private``: a private message on the platform, for which nothing is sealed."""
    sealed: str = long(default="")
    region: str = ""
    lang: str = ""
    zone: str = ""
    windows: list[str] = json()
    """When to call, on the customer's clock: such as ``2026-11-21 09:00-12:00``; empty means at any allowed time."""
    receipt: str
    by: str = ""
    """Empty where the customer gave it on the page; else the agent who wrote it down."""
    given_at: datetime = moment()
    erase_at: datetime = moment()
    withdrawn_at: datetime | None = moment(default=None, nullable=True)
    erased_at: datetime | None = moment(default=None, nullable=True)


class ConsentRow(SQLModel, table=True):
    """What a customer agreed to, in the very words that they saw. It outlives the number."""

    __tablename__: ClassVar[str] = "consent"
    __table_args__ = (Index("consent_case", "case_id"),)

    id: str = Field(primary_key=True)
    case_id: str
    contact_id: str
    brand: str
    purpose: str
    text: str = long()
    lang: str
    digest: str
    """A keyed hash of the number or address, so that a consent can be proved for it and not read from here."""
    given_at: datetime = moment()
    how: str
    """``page`` or ``agent``."""
    withdrawn_at: datetime | None = moment(default=None, nullable=True)


class SurveyRow(SQLModel, table=True):
    """What a customer said of a case that is over: numbers only, so they stay when the person is forgotten."""

    __tablename__: ClassVar[str] = "survey"
    __table_args__ = (Index("survey_asked", "asked_at"),)

    case_id: str = Field(primary_key=True)
    brand: str
    from_channel: str
    to_channel: str
    """The last channel in which it was dealt with; the first one where nothing was switched."""
    route: str
    via: str
    """How it was asked: ``page``, or the name of a channel."""
    asked_at: datetime = moment()
    answered_at: datetime | None = moment(default=None, nullable=True)
    csat: int | None = None
    nps: int | None = None
    again: bool | None = None
    """Whether they had to explain it again."""


class WinbackRow(SQLModel, table=True):
    """Somebody who is leaving: what was tried, and whether they stayed."""

    __tablename__: ClassVar[str] = "winback"
    __table_args__ = (Index("winback_opened", "opened_at"), Index("winback_due", "due_at"))

    case_id: str = Field(primary_key=True)
    brand: str
    channel: str
    arm: str
    """``models.decision.Arm``: on which side of the comparison it is, so that lift can be measured."""
    opened_at: datetime = moment()
    due_at: datetime = moment()
    outcome: str = ""
    """Empty, ``retained``, ``lost`` or ``unknown``."""
    outcome_at: datetime | None = moment(default=None, nullable=True)
    by: str = ""
