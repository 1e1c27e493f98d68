"""Draws a page for one person: an answer in the channel that only they see, or the Home of the app. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.case import CaseState
from models.form import Page, Part, Row
from models.press import Verb
from responders.card_words import capital
from responders.escape import cut, line, mrkdwn, plain
from responders.slack import blocks as b
from responders.slack.blocks import Block

STATES: dict[str, str] = {
    CaseState.OPEN: "nobody has it",
    CaseState.RESOLVED: "resolved",
    CaseState.DISMISSED: "dismissed",
}
LINES = 30
"""So many plain lines of a part are shown."""
VIEW_TOTAL = 100_000
"""Bytes of JSON of the Home; Slack takes 250,000."""


def blocks(page: Page) -> list[Block]:
    """The page as one message. Rows that find no room are counted."""
    return _fitted(page, b.BLOCKS, b.TOTAL)


def home(page: Page) -> dict[str, Any]:
    """The page as the Home of the app, for ``views.publish``."""
    return {"type": "home", "callback_id": str(Verb.HOME), "blocks": _fitted(page, b.VIEW_BLOCKS, VIEW_TOTAL)}


def fallback(page: Page) -> str:
    """The page in one line, escaped."""
    return mrkdwn(line(page.title, 150)) or "Overheard"


def _fitted(page: Page, most: int, total: int) -> list[Block]:
    """The page with as many rows a part, and as many lines, as Slack takes."""
    drawn: list[Block] = []
    for rows in (20, 12, 8, 5, 3, 1, 0):
        drawn = [b.header(line(page.title, 150) or "Overheard"), *_parts(page, rows)]
        drawn = drawn[:-1] if drawn[-1]["type"] == "divider" else drawn
        if len(drawn) <= most and b.size(drawn) <= total:
            return drawn
    while b.size(drawn[:most]) > total:
        most = min(most, len(drawn)) - 1
    return drawn[:most]


def _parts(page: Page, rows: int) -> Iterator[Block]:
    for part in page.parts:
        heading = line(part.heading, 150)
        if heading:
            yield b.rich(b.section(b.text(heading, bold=True)))
        yield from (_row(row) for row in part.rows[:rows])
        if part.lines:
            yield _lines(part, LINES if rows > 5 else LINES // 3)
        if not part.rows and not part.lines and line(part.empty, 200):
            yield b.context(mrkdwn(line(part.empty, 200)))
        more = part.more + len(part.rows[rows:])
        if more:
            yield b.context(f"and {more} more")
        yield {"type": "divider"}


def _row(row: Row) -> Block:
    """A case: its headline, by when and whose, and a button that shows its card."""
    headline = line(row.headline, 200) or "A case"
    drawn: Block = {"type": "section", "text": b.plain_text(f"{'🔴 ' * row.late}{headline}")}
    code = f"*{mrkdwn(line(row.code, 20))}*" if row.code else ""
    what = "late since" if row.late else "close by" if row.holder else "answer by"
    due = f"{what} {b.date_mark(row.answer_by, b.TIME_AND_DAY)}" if row.answer_by else ""
    said = [part for part in (" · ".join(filter(None, (code, due))), mrkdwn(capital(_state(row)))) if part]
    if said:
        drawn["fields"] = [b.marked(part) for part in said]
    if row.case_id:
        drawn["accessory"] = b.button(Verb.SHOW_CARD, "Show", row.case_id, "")
    return drawn


def _state(row: Row) -> str:
    holder = line(row.holder, 60)
    if holder and row.state == CaseState.CLAIMED:
        return f"{holder} has it"
    return STATES.get(row.state, line(row.state, 40))


def _lines(part: Part, most: int) -> Block:
    said = [cut(plain(one).strip(), 300) for one in part.lines[:most]]
    more = len(part.lines) - len(said)
    words = "\n".join([*(one for one in said if one), *([f"and {more} more"] if more else [])])
    return b.rich(b.section(b.text(capital(cut(words, 2900)) or "…")))
