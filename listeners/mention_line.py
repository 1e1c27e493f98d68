"""One line of JSON as a mention: the form that ``docs/mention-format.md`` describes. Pure."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from models.mention import ANONYMOUS, Author, Mention, Reach


def _no_nul(words: str) -> str:
    if "\0" in words:  # PostgreSQL keeps none, so the line would come back for ever
        raise ValueError("may not hold the character NUL")
    return words


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is out of range") from error


Words = Annotated[str, AfterValidator(_no_nul)]
Name = Annotated[str, Field(min_length=1, max_length=512), AfterValidator(_no_nul)]
Handle = Annotated[str, AfterValidator(_no_nul), AfterValidator(lambda handle: handle.lstrip("@").lower())]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class AuthorPart(_Part):
    """Who wrote it."""

    id: Name = ANONYMOUS
    handle: Words = ""
    name: Words = ""
    followers: Count | None = None
    bot: bool = False


class ReachPart(_Part):
    """How many may see it."""

    likes: Count = 0
    reposts: Count = 0
    replies: Count = 0


class Line(_Part):
    """A mention; only ``text`` is required."""

    text: Words
    channel: Name = "jsonl"
    id: Name | None = None
    author: AuthorPart = AuthorPart()
    posted_at: Moment | None = None
    url: Words = ""
    conversation_id: Words = ""
    in_reply_to: Words | None = None
    lang: Words | None = None
    addressees: list[Handle] = []
    quotes: Handle | None = None
    repost: bool = False
    reach: ReachPart = ReachPart()
    brand: Words = ""
    edited_at: Moment | None = None


def mention_of(raw: bytes, offset: int, brands: frozenset[str], now: datetime) -> Mention:
    """The mention of a line that begins at byte ``offset``.

    ``brands`` are those that a line may name; without any, it may name all. Raises ValueError whose message holds
    neither the text nor any other value of the line.
    """
    line = read_line(raw, brands)
    return as_mention(line, line.id or f"{digest(raw)}:{offset}", now)


def read_line(raw: bytes, brands: frozenset[str]) -> Line:
    """A line in the form of the page; raises as ``mention_of`` does."""
    try:
        line = Line.model_validate_json(raw)
    except ValidationError as error:
        raise ValueError(_said(error)) from None
    if line.brand and brands and line.brand not in brands:
        raise ValueError(f"brand: must be one of {', '.join(sorted(brands))}")
    return line


def as_mention(line: Line, identifier: str, now: datetime) -> Mention:
    """The mention of a line with this id; ``now`` stands in for a missing moment."""
    return Mention(
        channel=line.channel,
        external_id=identifier,
        author=Author(**dict(line.author)),
        text=line.text,
        posted_at=line.posted_at or now,
        brand=line.brand,
        url=line.url,
        conversation_id=line.conversation_id,
        in_reply_to=line.in_reply_to,
        lang=line.lang,
        reach=Reach(**dict(line.reach)),
        addressees=frozenset(line.addressees),
        quotes=line.quotes,
        repost=line.repost,
        edited_at=line.edited_at,
    )


def digest(raw: bytes) -> str:
    """A line's fingerprint, 16 hexadecimal digits."""
    return hashlib.sha256(raw).hexdigest()[:16]


def _said(error: ValidationError) -> str:
    """The first faults, in words that are safe to log."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    said = ((".".join(map(_key, fault["loc"])), fault["msg"]) for fault in faults[:3])
    return "; ".join(f"{where}: {what}" if where else what for where, what in said)


def _key(part: int | str) -> str:
    """A field's name; an unknown one is the writer's own words, so it is cut."""
    return str(part) if part in _KNOWN or isinstance(part, int) else ascii(part[:24])


_KNOWN = frozenset({*Line.model_fields, *AuthorPart.model_fields, *ReachPart.model_fields})
