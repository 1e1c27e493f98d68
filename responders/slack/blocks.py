"""The pieces that Slack's messages and views are made of, each within Slack's limits. It knows no cards and no forms.

Words of strangers stand only in rich and plain text, where Slack reads no markup; what is read as markup is escaped.
Limits: https://docs.slack.dev/reference/block-kit/blocks. Past about 13,000 signs a message is refused as
``msg_blocks_too_long`` (slackapi/bolt-js#2509).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from models.press import Verb
from responders.card_words import is_web, moment, when
from responders.escape import cut, mrkdwn, plain
from responders.slack import carried

Block = dict[str, Any]

TOTAL = 12_500
"""Bytes of JSON in a message: counts more than Slack does, however it counts."""
BLOCKS, VIEW_BLOCKS = 50, 100
DAY_AND_TIME, TIME_AND_DAY, TIME = "{date_short_pretty} at {time}", "{time} {date_short_pretty}", "{time}"
"""How Slack writes a moment: "today at 14:20", "14:20 today", "14:20"."""


def fits(drawn: Sequence[Block]) -> bool:
    """Whether Slack takes the blocks as one message."""
    return len(drawn) <= BLOCKS and size(drawn) <= TOTAL


def size(drawn: Sequence[Block]) -> int:
    """Bytes of JSON."""
    return len(json.dumps(drawn, ensure_ascii=False).encode())


def header(said: str) -> Block:
    """A headline."""
    return {"type": "header", "text": plain_text(cut(said, 150))}


def rich(*elements: Block) -> Block:
    """A block of rich text: sections, quotes and lists."""
    return {"type": "rich_text", "elements": list(elements)}


def section(*elements: Block) -> Block:
    """A paragraph of rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}


def listed(*items: Sequence[Block]) -> Block:
    """A list with bullets of rich text."""
    return {"type": "rich_text_list", "style": "bullet", "elements": [section(*item) for item in items]}


def quote(said: str, limit: int) -> Block:
    """Words with a bar on their left, in pieces that are short enough each."""
    words = cut(plain(said).strip(), limit) or "(no words)"
    pieces = [words[at : at + 2500] for at in range(0, len(words), 2500)]
    return {"type": "rich_text_quote", "elements": [text(piece) for piece in pieces]}


def text(said: str, *, bold: bool = False) -> Block:
    """Rich text, letter by letter."""
    return {"type": "text", "text": said} | ({"style": {"bold": True}} if bold else {})


def link(url: str, said: str, *, bold: bool = False) -> Block:
    """A link in rich text; ``url`` has passed ``is_web``."""
    return {"type": "link", "url": url, "text": said} | ({"style": {"bold": True}} if bold else {})


def date(iso: str, form: str = DAY_AND_TIME, *, bold: bool = False) -> Block:
    """A moment that Slack shows in the reader's own zone; a text that is no moment stays a text."""
    at, said = _shown(iso), when(iso)
    if at is None:
        return text(said or "time unknown", bold=bold)
    drawn = {"type": "date", "timestamp": int(at.timestamp()), "format": form, "fallback": said}
    return drawn | ({"style": {"bold": True}} if bold else {})


def date_mark(iso: str, form: str = DAY_AND_TIME) -> str:
    """The same where Slack reads markup."""
    at, said = _shown(iso), mrkdwn(when(iso)) or "time unknown"
    return said if at is None else f"<!date^{int(at.timestamp())}^{form}|{said.replace('|', ' ')}>"


def plain_text(said: str) -> Block:
    """A text object without markup."""
    return {"type": "plain_text", "text": said, "emoji": False}


def marked(said: str) -> Block:
    """A text object whose markup Slack reads; ``said`` is escaped."""
    # Without "verbatim" Slack would turn bare addresses and channel names into links.
    return {"type": "mrkdwn", "text": said, "verbatim": True}


def context(*texts: str) -> Block:
    """Small grey lines; each text is escaped."""
    return {"type": "context", "elements": [marked(said) for said in texts]}


def fields(*texts: str) -> Block:
    """Short texts in two columns; each text is escaped."""
    return {"type": "section", "fields": [marked(said) for said in texts]}


def actions(block_id: str, *elements: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(verb: Verb, label: str, case_id: str, mention_id: str, url: str = "") -> Block:
    """A button that asks for ``verb``; with ``url`` it opens that too."""
    drawn = {"type": "button", "action_id": str(verb), "text": plain_text(cut(label, 75))}
    drawn["value"] = carried.value(case_id, mention_id)
    return drawn | ({"url": url} if is_web(url) else {})


def choice(verb: Verb, name: str, value: str, label: str, case_id: str) -> Block:
    """A button that asks for ``verb`` with ``value`` filled in as ``name``."""
    drawn = {"type": "button", "action_id": f"{verb}:{value}"[:255], "text": plain_text(cut(label, 75))}
    return drawn | {"value": carried.value(case_id, "", {name: value})}


def primary(drawn: Block) -> Block:
    """The one button that stands out."""
    return drawn | {"style": "primary"}


def overflow(choices: Sequence[tuple[Verb, str]], case_id: str, mention_id: str) -> Block:
    """The menu behind the three dots: at most five choices."""
    options = [
        {"text": plain_text(cut(label, 75)), "value": carried.option(verb, case_id, mention_id)}
        for verb, label in choices[:5]
    ]
    return {"type": "overflow", "action_id": carried.MORE, "options": options}


def _shown(iso: str) -> datetime | None:
    """The moment, unless it is none that Slack shows."""
    at = moment(iso)
    # Slack's range is not documented; a moment outside these years is a broken clock, so it is shown as it came.
    return at if at is not None and 2000 <= at.year < 2100 else None
