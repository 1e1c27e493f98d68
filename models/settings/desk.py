"""Settings of the desk: business hours, deadlines, escalations, and who may do what."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ModelWrapValidatorHandler, field_validator, model_validator

from models.hours import DAYS, Hours, Shift, read_holiday, read_shifts
from models.settings.types import Duration, Entry, Pause, Table

LONGEST = timedelta(days=366)


def _not_years(value: timedelta) -> timedelta:
    if value > LONGEST:
        raise ValueError("must be at most 366d")
    return value


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError('must be a time zone such as "Europe/Paris"') from error
    return value


Zone = Annotated[str, AfterValidator(_known_zone)]
"""The name of a time zone."""

Span = Annotated[Pause, AfterValidator(_not_years)]
"""A time span that is neither zero nor longer than a year."""

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

DeadlineName = Literal["page", "call", "winback", "review", "answer", "communications"]
"""What a deadline may be set for: the routes on which people act, and what may become public and large."""


PATIENT: frozenset[DeadlineName] = frozenset({"review", "answer"})
"""What waits as long as people on the channel expect; on every other route a person is in need."""


class HoursSettings(Table):
    """When a team is there. A shift belongs to the day on which it begins."""

    timezone: Zone = Field("UTC", validate_default=True, description="The time zone of its shifts.")
    week: dict[Day, list[str]] = Field(
        description='The shifts of each day, such as { mon = ["09:00-12:30", "13:30-18:00"] }; other days are off.'
    )
    holidays: list[str] = Field(
        [], description='Days off ("2026-12-25"), or days with other shifts ("2026-12-24 09:00-12:00").'
    )

    @field_validator("week")
    @classmethod
    def _shifts(cls, value: dict[Day, list[str]]) -> dict[Day, list[str]]:
        for texts in value.values():
            read_shifts(texts)
        if not any(value.values()):
            raise ValueError("has no shift: nobody would ever be there")
        return value

    @field_validator("holidays")
    @classmethod
    def _dates(cls, value: list[str]) -> list[str]:
        days = [read_holiday(text)[0] for text in value]
        if twice := sorted({str(day) for day in days if days.count(day) > 1}):
            raise ValueError(f"{twice[0]} stands there twice: write all its shifts in one entry, with commas")
        return value

    @property
    def hours(self) -> Hours:
        """The same as a value that computes."""
        week: tuple[tuple[Shift, ...], ...] = tuple(read_shifts(self.week.get(day, [])) for day in get_args(Day))
        holidays: dict[date, tuple[Shift, ...]] = dict(map(read_holiday, self.holidays))
        return Hours(ZoneInfo(self.timezone), week, holidays)


class Deadline(Table):
    """By when a case should be taken up and be done, and who is told if nobody does."""

    respond: Span = Field(description="From opening until somebody has claimed or answered.")
    resolve: Span = Field(description="From opening until it is closed.")
    hours: str = Field("", description="The name of the hours in which both count; empty means around the clock.")
    escalate: str = Field(
        "",
        description="The escalation that starts with a case; empty means the one reminder of calendar.nudge_after.",
    )


class DeadlineOverrides(Table):
    """What differs for one channel."""

    respond: Span | None = None
    resolve: Span | None = None
    hours: str | None = None
    escalate: str | None = None

    def over(self, base: Deadline) -> Deadline:
        """``base`` with what is set here."""
        return base.model_copy(update={name: value for name, value in self if value is not None})


def _within(respond: int, resolve: int) -> Deadline:
    """From minutes and hours."""
    return Deadline(respond=timedelta(minutes=respond), resolve=timedelta(hours=resolve))


def _only_said(deadline: Deadline, said: set[str]) -> Deadline:
    """The same, which knows what of it stands in the file."""
    return Deadline.model_construct(said, **dict(deadline))


class DeadlinesSettings(Table):
    """By when people act, by route. What one leaves out is as its channel has it, else as in its default."""

    page: Deadline = Field(_within(5, 4), description="Danger to somebody.")
    call: Deadline = Field(_within(30, 8), description="Cards that recommend a call.")
    winback: Deadline = Field(_within(120, 24), description="People who are leaving.")
    review: Deadline = Field(
        _within(240, 24), description="Posts on which a person must look; if missing, by the channel's own target."
    )
    answer: Deadline = Field(
        _within(240, 24),
        description="Questions that the FAQ answers, where the bot may not; if missing, by the channel's own target.",
    )
    communications: Deadline = Field(
        _within(30, 24),
        description="What may become public and large: the sooner of this and its route's own holds.",
    )

    @model_validator(mode="wrap")
    @classmethod
    def _fill_in(cls, value: Any, handler: ModelWrapValidatorHandler[DeadlinesSettings]) -> DeadlinesSettings:
        if not isinstance(value, dict):
            return handler(value)
        usual = {name: field.default.model_dump() for name, field in cls.model_fields.items()}
        parts = {name: part for name, part in value.items() if isinstance(part, dict)}
        made = handler(value | {name: usual.get(name, {}) | part for name, part in parts.items()})
        # What was really said is told from what was filled in, because a channel's own target stands between the two.
        said = {name: _only_said(getattr(made, name), set(part)) for name, part in parts.items()}
        return made.model_copy(update=said) if said else made

    def usual(self, name: DeadlineName, target: timedelta) -> Deadline:
        """A route's deadline where the channel itself has a target for the first answer.

        What nobody set follows it: what can wait for people waits as long as the channel has it, what cannot wait
        never longer than it did.
        """
        own: Deadline = getattr(self, name)
        if name in self.model_fields_set and "respond" in own.model_fields_set:
            return own
        respond = target if name in PATIENT else min(own.respond, target)
        told = name in self.model_fields_set and "resolve" in own.model_fields_set
        resolve = own.resolve if told else max(own.resolve, respond)
        return own.model_copy(update={"respond": respond, "resolve": resolve})


class Notify(Table):
    """Who is told by a step of an escalation."""

    sink: str = Field("", description="The name of a responder; empty means under the card itself.")
    to: str = Field("", description="Its address there: a channel, or a person such as @U0LEAD.")
    mention: list[Entry] = Field([], description="Ids of people and groups that are called by name in it.")

    @model_validator(mode="after")
    def _sink_for_a_place(self) -> Notify:
        if self.to and not self.sink:
            raise ValueError("needs a sink for its address, or neither for a line under the card")
        return self


class Step(Table):
    """One step of an escalation: exactly one of the three."""

    wait: Span | None = Field(None, description="Wait so long, in the hours of the deadline.")
    notify: Notify | None = Field(None, description="Tell somebody: { sink, to, mention }; {} is under the card.")
    repeat: int | None = Field(None, ge=1, le=20, description="As the last step: so many times again from the first.")

    @model_validator(mode="after")
    def _exactly_one(self) -> Step:
        if sum(value is not None for value in (self.wait, self.notify, self.repeat)) != 1:
            raise ValueError("needs exactly one of wait, notify and repeat")
        return self


class Escalation(Table):
    """Who is told, one after the other, of a card that nobody claims."""

    steps: list[Step] = Field(
        min_length=1, max_length=50, description="The steps in order; they end at a claim, an answer or a snooze."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Escalation:
        *before, last = self.steps
        if any(step.repeat is not None for step in before):
            raise ValueError("repeat must be the last step")
        if not any(step.notify for step in self.steps):
            raise ValueError("needs a notify step: it would tell nobody")
        if last.repeat is not None and not any(step.wait for step in self.steps):
            raise ValueError("needs a wait step before it repeats: it would tell everybody at once")
        return self


_MOMENT = re.compile(
    rf"(?:(?P<first>{'|'.join(DAYS)})(?:-(?P<last>{'|'.join(DAYS)}))?\s+)?(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)"
)


def read_moment(text: str) -> tuple[tuple[str, ...], int, int]:
    """ "17:45", "mon 08:00" or "mon-fri 17:45" as (days, hour, minute); raises ValueError where it is none of them."""
    match = _MOMENT.fullmatch(text.strip())
    if not match:
        raise ValueError(f'"{text}" must be a time such as "17:45", "mon 08:00" or "mon-fri 17:45"')
    first = DAYS.index(match["first"] or DAYS[0])
    last = DAYS.index(match["last"] or match["first"] or DAYS[-1])
    days = range(first, first + (last - first) % len(DAYS) + 1)
    return tuple(DAYS[day % len(DAYS)] for day in days), int(match["hour"]), int(match["minute"])


def _readable(value: str) -> str:
    if value:
        read_moment(value)
    return value


Moment = Annotated[str, AfterValidator(_readable)]
"""A time of the day, after a day or a range of days or none; empty is never."""


class DeskSettings(Table):
    """Who may do what at the desk, and when the team is told."""

    command: str = Field(
        "/overheard", pattern=r"^/[a-z0-9_\-]{1,31}$", description="The slash command, as the Slack app has it."
    )
    leads: list[Entry] = Field(
        [], description="Ids of the people who may pause, mute without an end, and take cases from others."
    )
    approvers: list[Entry] = Field([], description="Ids of the people who may approve a draft; everybody if empty.")
    approval: Literal["none", "other"] = Field(
        "none", description='"other": another person than its writer approves a draft before it can be sent.'
    )
    storm: int = Field(
        10,
        ge=0,
        description="More alerts a minute than this to one place become one list, critical ones never. With 0 none do.",
    )
    late: Duration = Field(
        "5m", validate_default=True, description="A card that is sent later than this after it was queued says so."
    )
    hand_over_at: list[Moment] = Field(
        [], description='When a shift ends and its open cases are listed, such as "mon-fri 17:45".'
    )
    weekly_digest: Moment = Field(
        "mon 08:00", description='When the week\'s figures are told, such as "mon 08:00"; empty means never.'
    )
