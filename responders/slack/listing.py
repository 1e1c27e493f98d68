"""Draws the list of cards that came faster than anybody reads (``models.store.folds``). Sends nothing.

Words of strangers stand only in plain text, where Slack reads no markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.press import Verb
from responders.card_words import place, team_time, when
from responders.escape import cut, line, mrkdwn
from responders.slack import blocks as b
from responders.slack.blocks import Block

SIZES = ((60, 50, 90), (60, 40, 30), (30, 20, 0))
"""Signs of a row's headline, author and words, tried in turn until all rows fit; the whole stands on the card."""
SHOWN = ("title", "author", "text")
Sizes = tuple[int, int, int]


def blocks(body: Mapping[str, Any], doubt: str = "") -> list[Block]:
    """How many, since when, and a row with a button for as many cards as one message holds."""
    rows: Sequence[Mapping[str, Any]] = body.get("rows") or ()
    drawn: list[Block] = []
    for shown in range(min(len(rows), b.BLOCKS - 4), -1, -1):
        for sizes in SIZES:
            drawn = _drawn(body, rows[:shown], sizes, doubt)
            if b.fits(drawn):
                return drawn
    return drawn


def fallback(body: Mapping[str, Any], doubt: str = "") -> str:
    """The list in one line, escaped, for notifications."""
    return mrkdwn(f"{_headline(body)}{doubt}: {_left(body)}")


def text_only(body: Mapping[str, Any]) -> str:
    """The list without blocks, escaped, for when Slack refuses them."""
    lines = [f"{line(str(row.get('code') or ''), 20)} {_said(row, SIZES[1])}".strip() for row in body.get("rows") or ()]
    return "\n".join([fallback(body), *(mrkdwn(one) for one in lines)])


def _drawn(body: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], sizes: Sizes, doubt: str) -> list[Block]:
    codes = [line(str(code), 12) for code in body.get("codes") or ()]
    more = int(body.get("left") or 0) - len(rows)
    drawn = [
        b.header(f"🌊 {_headline(body)}{doubt}"),
        b.context(f"{mrkdwn(_left(body))} · {_span(body)}", "Critical ones came by themselves."),
        *(_row(row, sizes) for row in rows),
    ]
    if more > 0:
        unnamed = more - len(codes)
        named = [*codes, *([f"and {unnamed} more"] if unnamed > 0 else [])]
        drawn += [
            b.context(mrkdwn(cut(f"{more} more, which move up as these are taken: {' '.join(named)}", 2800))),
            b.actions("list", b.button(Verb.SHOW_LIST, "Show the next ones", "", "")),
        ]
    return drawn


def _row(row: Mapping[str, Any], sizes: Sizes) -> Block:
    """One card: what it wants, of whom, the first words, and the button that posts it in full."""
    shown = b.button(Verb.SHOW_CARD, "Show", str(row.get("case_id") or ""), str(row.get("mention_id") or ""))
    foot = [line(str(row.get("code") or ""), 20), _due(row)]
    said = "\n".join(part for part in (_said(row, sizes), " · ".join(part for part in foot if part)) if part)
    return {"type": "section", "text": b.plain_text(said), "accessory": shown}


def _said(row: Mapping[str, Any], sizes: Sizes) -> str:
    title, author, words = (line(str(row.get(name) or ""), size) for name, size in zip(SHOWN, sizes, strict=True))
    title, author, channel = title or "A post for you", author or "Somebody", place(str(row.get("channel") or ""))
    return f"{title}: {author}{f' on {channel}' if channel else ''}{f', “{words}”' if words else ''}"


def _due(row: Mapping[str, Any]) -> str:
    due = str(row.get("answer_by") or "")
    return f"answer by {team_time(due, str(row.get('hours') or '')) or when(due)}" if due else ""


def _headline(body: Mapping[str, Any]) -> str:
    count = int(body.get("count") or 0)
    return f"{count} alert{'s' * (count != 1)} in a short time"


def _left(body: Mapping[str, Any]) -> str:
    left = int(body.get("left") or 0)
    return f"{left} that nobody has taken yet" if left else "all of them are taken"


def _span(body: Mapping[str, Any]) -> str:
    """From when to when they came in: it says how late they are, too."""
    since, until = str(body.get("since") or ""), str(body.get("until") or "")
    if not since or since == until:
        return f"came in {b.date_mark(since)}" if since else ""
    return f"came in from {b.date_mark(since)} to {b.date_mark(until)}"
