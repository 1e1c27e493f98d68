"""The small types that settings are made of: strict tables, durations, secrets and thresholds."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeGuard, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    field_validator,
    model_validator,
)


class Table(BaseModel):
    """A TOML table: unknown keys are refused, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_flag_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Else ``true`` would be taken for 1."""
        field = cls.model_fields.get(info.field_name or "")
        kinds = {field.annotation, *get_args(field.annotation)} if field else set()
        if isinstance(value, bool) and kinds & {int, float}:
            raise ValueError("must be a number, not true or false")
        return value


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", str(value).strip())
    if not match:
        raise ValueError('must be a duration such as "30s", "5m", "2h" or "7d"')
    try:
        return timedelta(seconds=float(match[1]) * _UNITS[match[2]])
    except OverflowError:
        raise ValueError("is too long for a duration") from None


def say_duration(value: timedelta) -> str:
    """A duration in the words that the config takes."""
    seconds = value.total_seconds()
    for unit, size in reversed(_UNITS.items()):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{seconds:g}s"


Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(say_duration, return_type=str)]
"""A time span; in the file a string such as "30s", "5m", "2h" or "7d"."""


def _not_zero(value: timedelta) -> timedelta:
    if not value:
        raise ValueError('must be longer than 0s, such as "1s"')
    return value


Pause = Annotated[Duration, AfterValidator(_not_zero)]
"""A time span that is not zero."""


def _not_empty(value: str) -> str:
    if not value.strip().strip("@# "):
        raise ValueError("is empty: write a word, or take the entry out")
    return value


Entry = Annotated[str, AfterValidator(_not_empty)]
"""A word or a handle in a list; one that is empty would fit everything or nothing."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A share or a probability, 0 to 1."""


class Secret(Table):
    """A secret that stands elsewhere: ``{ env = "NAME" }`` or ``{ file = "PATH" }``. Never printed."""

    env: str | None = None
    file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _not_a_literal(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError('a secret may not stand in the file: use { env = "NAME" } or { file = "PATH" }')
        return value

    @model_validator(mode="after")
    def _exactly_one(self) -> Secret:
        if (self.env is None) == (self.file is None):
            raise ValueError('needs exactly one of { env = "NAME" } or { file = "PATH" }')
        return self

    def reveal(self) -> str:
        """The secret itself; raises ValueError that says where it was looked for."""
        if self.env is not None:
            value = os.environ.get(self.env, "")
            where = f"the environment variable {self.env}"
        else:
            assert self.file is not None
            try:
                value = self.file.read_text("utf-8")
            except OSError as error:
                raise ValueError(f"cannot read the secret file {self.file}: {error.strerror}") from error
            except UnicodeDecodeError:
                # Without its cause, which holds the file's bytes.
                raise ValueError(f"the secret file {self.file} must be UTF-8 text") from None
            where = f"the file {self.file}"
        if not value.strip():
            raise ValueError(f"{where} is empty or not set")
        return value.strip()


LEAST_BY_COST = 0.02
"""A threshold that follows from costs is not lower: nearly every post would pass it."""

MOST_COST = 1e9


class Band(Table):
    """A threshold with its doubt: at or above ``at`` it holds; within ``doubt`` below it, a person decides.

    Instead of ``at`` the file may say what errors cost: ``missed``, that it should have held and did not, and
    ``needless``, the contrary. Then ``at`` follows from them, and they are not kept.
    """

    at: Share
    doubt: Share = 0.0
    missed: float | None = Field(None, exclude=True, repr=False)
    needless: float | None = Field(None, exclude=True, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _from_costs(cls, value: Any) -> Any:
        costs = {name: value[name] for name in ("missed", "needless") if name in value} if _is_dict(value) else {}
        if not costs:
            return value
        if "at" in value:
            raise ValueError("takes either at, or the costs missed and needless, not both")
        at = least_cost(costs.get("missed"), costs.get("needless"))
        doubt = value.get("doubt", 0)
        if isinstance(doubt, float | int) and doubt >= at:
            raise ValueError(f"doubt must be less than {at:g}, the threshold that follows from the costs")
        return {"at": at} | {name: part for name, part in value.items() if name not in costs}

    def holds(self, p: float) -> bool:
        """Whether probability ``p`` is enough."""
        return p >= self.at

    def doubts(self, p: float) -> bool:
        """Whether ``p`` is too near below the threshold for a machine to choose."""
        return self.at - self.doubt <= p < self.at


def least_cost(missed: Any, needless: Any) -> float:
    """The threshold at which errors cost least, to six places; raises ValueError for costs that make no sense.

    C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001, equation 2: where right decisions cost nothing
    and p is calibrated, to act costs (1 - p) * needless and to leave alone p * missed; they are equal at this p.
    """
    for cost in (missed, needless):
        number = isinstance(cost, float | int) and not isinstance(cost, bool)
        if not number or not 0 < cost <= MOST_COST:
            raise ValueError("missed and needless are both needed, as numbers above 0 and not above a billion")
    at: float = round(1 / (1 + missed / needless), 6)
    if at < LEAST_BY_COST:
        most = round(1 / LEAST_BY_COST) - 1
        raise ValueError(
            f"the costs give a threshold of {at:g}, below {LEAST_BY_COST:g}, which nearly every post would pass: "
            f"missed may be {most} times needless at most"
        )
    return at


def _is_dict(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)
