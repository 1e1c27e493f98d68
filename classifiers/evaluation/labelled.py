"""A post with what people say is true of it, as a value and as a line of JSON. A bad line is told, never dropped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from models.assessment import LABELS, Head


@dataclass(frozen=True, slots=True)
class Labelled:
    """``truth`` has the right label of every head that people judged; ``p`` the probabilities, once there are any, and
    ``called`` the labels that the model makes of them: the likeliest, where it does not say otherwise.
    """

    id: str
    text: str = field(repr=False)
    brand: str = ""
    channel: str = ""
    lang: str = ""
    at: datetime | None = None
    truth: Mapping[Head, str] = field(default_factory=dict)
    p: Mapping[Head, Mapping[str, float]] | None = None
    called: Mapping[Head, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used: its number, counted from 1, and what to do about it."""

    line: int
    fault: str


def read(lines: Iterable[bytes]) -> Iterator[Labelled | BadLine]:
    """One of both a line that is not blank. A post that comes twice would count twice, so its second line is bad."""
    first: dict[tuple[str, str, str], int] = {}
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            post = parse(raw, number)
        except ValueError as error:
            yield BadLine(number, str(error))
            continue
        before = first.setdefault((post.brand, post.channel, post.id), number)
        yield post if before == number else BadLine(number, f"has the id of line {before}: take one of the two out")


def parse(raw: bytes, number: int) -> Labelled:
    """The post of a line; raises ValueError that says what to do and holds nothing of the post."""
    row = _object(raw, number)
    _whole(row)
    if not isinstance(row.get("text"), str) or not row["text"].strip():
        raise ValueError('needs "text", the words of the post')
    for key in ("brand", "channel", "lang"):
        if not isinstance(row.get(key) or "", str):
            raise ValueError(f'"{key}" must be a string, or left out')
    brand, channel, lang = (row.get(key) or "" for key in ("brand", "channel", "lang"))
    return Labelled(_id(row, number), row["text"], brand, channel, lang, _moment(row.get("at")), _truth(row))


def _object(raw: bytes, number: int) -> dict[str, Any]:
    try:
        row = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 (byte {error.start} of the line): save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON ({error.msg}, column {error.colno}): one object a line") from None
    except (ValueError, RecursionError):
        raise ValueError("not valid JSON (too long a number, or too deep): one flat object a line") from None
    if not isinstance(row, dict):
        raise ValueError('not an object: write {"text": "…", "intent": "problem"}')
    return row


def _whole(row: Mapping[str, Any]) -> None:
    """Raises where a string has half a character, such as an emoji that was cut in two: nothing could print it."""
    for key, value in row.items():
        try:
            f"{key}{value if isinstance(value, str) else ''}".encode()
        except UnicodeEncodeError:
            raise ValueError("half of a character (a lone surrogate): export the post again, or cut that out") from None


def _id(row: Mapping[str, Any], number: int) -> str:
    given = row.get("id")
    if given is None or given == "":
        return f"line {number}"
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise ValueError('"id" must be a string or a whole number, or left out')
    return str(given)


def _moment(value: Any) -> datetime | None:
    """Without a zone it is read as UTC."""
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise ValueError('"at" must be a time such as "2026-03-02T12:00:00Z", or left out') from None


def _truth(row: Mapping[str, Any]) -> dict[Head, str]:
    """The labels that are there; an empty cell of a spreadsheet is none."""
    truth: dict[Head, str] = {}
    for head, labels in LABELS.items():
        value = row.get(head.value)
        if value is None or value == "":
            continue
        label = value.strip().lower() if isinstance(value, str) else ""
        if label not in labels:
            raise ValueError(f'"{head.value}" must be one of {", ".join(labels)}, or left out')
        truth[head] = label
    return truth
