"""Slack's documented limits as a table, and a walk that holds any blocks or view against it.

https://docs.slack.dev/reference/block-kit, https://docs.slack.dev/reference/views
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

TEXTS = {
    ("header", "text"): 150,
    ("section", "text"): 3000,
    ("section", "fields"): 2000,
    ("context", "elements"): 3000,
    ("button", "text"): 75,
    ("options", "text"): 75,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
}
"""Signs of a text object, by what holds it and under which name."""
STRINGS = {
    "action_id": 255,
    "block_id": 255,
    "callback_id": 255,
    "private_metadata": 3000,
    "url": 3000,
    "initial_value": 3000,
}
VALUES = {"button": 2000, "options": 150}
COUNTS = {
    ("actions", "elements"): 25,
    ("context", "elements"): 10,
    ("section", "fields"): 10,
    ("overflow", "options"): 5,
}
COUNTS |= {("static_select", "options"): 100, ("radio_buttons", "options"): 10}
RICH_TEXT = 3000
"""Not documented; the limit of other texts."""
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_BYTES = {"message": 12_500, "modal": 250_000, "home": 250_000}
DATE = r"<!date\^\d{1,10}\^[{}a-z_ ]+\|[^<>|]+>"
LINK = r"<(?:tel:\+\d{3,15}|mailto:[\w.%+-]+@[\w.-]+|(?i:https?)://[^<>|\s]+)\|[^<>|]+>"
"""The two pieces of markup that we write."""


def parts(drawn: Any) -> Iterator[dict[str, Any]]:
    """Every object in it, in order."""
    if isinstance(drawn, dict):
        yield drawn
    for inner in drawn.values() if isinstance(drawn, dict) else drawn:
        if isinstance(inner, dict | list):
            yield from parts(inner)


def words(drawn: Any) -> str:
    """Every text in it, in order; a moment by its fallback."""
    return "\n".join(
        said for part in parts(drawn) for said in (part.get("text"), part.get("fallback")) if isinstance(said, str)
    )


def accepted(drawn: list[dict[str, Any]], where: str = "message") -> None:
    """Slack's own models take the blocks, and every limit of the place holds."""
    for block, parsed in zip(drawn, Block.parse_all(drawn), strict=True):
        assert parsed.to_dict()["type"] == block["type"]
    assert 1 <= len(drawn) <= MOST_BLOCKS[where]
    encoded = json.dumps(drawn, ensure_ascii=False).encode()
    assert len(encoded) <= MOST_BYTES[where]
    for block in drawn:
        _walk(block, block["type"])
    ids = [block["block_id"] for block in drawn if "block_id" in block]
    assert len(ids) == len(set(ids)), "block ids are unique"
    for block in drawn:
        named = [part["action_id"] for part in parts(block) if "action_id" in part]
        assert len(named) == len(set(named)), "action ids are unique within a block"


def accepted_view(view: dict[str, Any]) -> None:
    """The same for a modal or the Home."""
    View(**view).to_dict()
    accepted(view["blocks"], view["type"])
    json.dumps(view, ensure_ascii=False).encode()
    for name in ("title", "submit", "close"):
        if name in view:
            _text(view[name], TEXTS["modal", name])
    _strings(view)
    if any(block["type"] == "input" for block in view["blocks"]):
        assert "submit" in view, "a form with fields must have a button"


def _walk(part: dict[str, Any], kind: str) -> None:
    _strings(part)
    _values(part, kind)
    for name, inner in part.items():
        if isinstance(inner, list):
            assert 1 <= len(inner) <= COUNTS.get((kind, name), 100)
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(one, dict) and one.get("type") in ("plain_text", "mrkdwn"):
                _text(one, TEXTS[kind, name])
            elif isinstance(one, dict) and name != "style":
                _walk(one, "options" if name in ("options", "initial_option") else str(one.get("type", name)))


def _values(part: dict[str, Any], kind: str) -> None:
    if kind in VALUES and "value" in part:
        assert 1 <= len(part["value"]) <= VALUES[kind]
    if kind == "text":
        assert 1 <= len(part["text"]) <= RICH_TEXT
    if kind == "date":
        assert len(str(part["timestamp"])) <= 10
        assert part["fallback"]
    if kind == "plain_text_input":
        assert 1 <= part["max_length"] <= 3000
        assert _units(part.get("initial_value", "")) <= part["max_length"]
    if "initial_option" in part:
        assert part["initial_option"] in part["options"]
    if "initial_date_time" in part:
        assert len(str(part["initial_date_time"])) == 10


def _text(text: dict[str, Any], longest: int) -> None:
    assert 1 <= len(text["text"]) <= longest
    assert text["text"].strip()
    if text["type"] == "mrkdwn":
        assert text["verbatim"]
        assert not {"<", ">"} & set(re.sub(f"{DATE}|{LINK}", "", text["text"])), "only dates and links are markup"
    else:
        assert text["emoji"] is False


def _strings(part: dict[str, Any]) -> None:
    for name, longest in STRINGS.items():
        if name in part:
            assert 1 <= len(part[name]) <= longest
    if "url" in part:
        assert part["url"].lower().startswith(("https://", "http://"))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
