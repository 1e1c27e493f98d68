"""Draws a card, or a later post of its case, as Slack blocks. Sends nothing.

Words of strangers stand only in rich and plain text, where Slack reads no markup; what is read as markup is escaped.
Limits: https://docs.slack.dev/reference/block-kit/blocks. Past about 13,000 signs a message is refused as
``msg_blocks_too_long`` (slackapi/bolt-js#2509).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from models.card import Card
from responders.card_words import capital, footer, is_web, known, moment, place, reasons, sign, when
from responders.escape import cut, line, mrkdwn, plain

Block = dict[str, Any]

TOTAL = 12_500
"""Bytes of JSON: counts more than Slack does, however it counts."""
SIZES = ((1500, 3000), (700, 3000), (250, 500))
"""The longest quote and the longest link, tried in turn until the whole fits."""


def blocks(card: Card) -> list[Block]:
    """The card, at most seven blocks: what happened, what to do, who said what, why, the draft, links, the case."""
    drawn: list[Block] = []
    for quote, link in SIZES:
        drawn = _draw(card, quote, link)
        if len(json.dumps(drawn, ensure_ascii=False).encode()) <= TOTAL:
            break
    return drawn


def fallback(card: Card) -> str:
    """The card in one line, escaped, for notifications and screen readers. The post itself stays off lock screens."""
    who = f"{line(card.author, 60) or 'somebody'} on {place(card.channel)}"
    parts = (_heading(card), who, line(card.recommendation, 120), f"case {line(card.code, 20)}" if card.code else "")
    return mrkdwn(" · ".join(part for part in parts if part))


def text_only(card: Card) -> str:
    """The card without blocks, escaped, for when Slack refuses them."""
    quoted = "\n".join(f"| {part}" for part in cut(plain(card.text), 1500).split("\n"))
    draft = f"Draft answer: {cut(plain(card.draft), 1000)}" if card.draft else ""
    why = f"Why: {'; '.join(reasons(card.why))}" if card.why else ""
    link = line(card.link, 500)
    return "\n".join([fallback(card), *(mrkdwn(part) for part in (quoted, why, draft, link) if part)])


def note(body: Mapping[str, Any]) -> list[Block]:
    """A later post of the case: who, the words, and why it came here."""
    author, link = line(str(body.get("author", "")), 100), str(body.get("link", ""))
    intro = [
        _text(line(str(body.get("title") or "Another post"), 40)),
        *([_text(" by "), _text(author, bold=True)] if author else []),
    ]
    if is_web(link):
        intro += [_text(" · "), {"type": "link", "url": link, "text": "Open the post"}]
    why = " · ".join(reasons(body.get("why", ())))
    quoted = _rich(_section(*intro), _quote(str(body.get("text", "")), 1500))
    return [quoted, *([_context(mrkdwn(cut(why, 400)))] if why else [])]


def note_fallback(body: Mapping[str, Any]) -> str:
    """The note in one line, escaped."""
    author = line(str(body.get("author", "")), 60)
    title = line(str(body.get("title") or "Another post"), 40)
    return mrkdwn(f"{title} by {author}" if author else title)


def _draw(card: Card, quote: int, link: int) -> list[Block]:
    drawn = (
        {"type": "header", "text": _plain(cut(f"{sign(card)} {_heading(card)}", 150))},
        _advice(card),
        _rich(_section(*_who(card)), _quote(card.text, quote)),
        _facts(card),
        _draft(card, quote * 2),
        _links(card, link),
        _case(card),
    )
    return [block for block in drawn if block]


def _heading(card: Card) -> str:
    return line(card.title, 110) or "A post for you"


def _advice(card: Card) -> Block | None:
    advice = line(card.recommendation, 200)
    return _rich(_section(_text(advice, bold=True))) if advice else None


def _who(card: Card) -> list[Block]:
    author = line(card.author, 100) or "Somebody"
    if is_web(card.author_link, 300):
        said = [{"type": "link", "url": card.author_link, "text": author, "style": {"bold": True}}]
    else:
        said = [_text(author, bold=True)]
    said += [_text(" · ".join(["", place(card.channel), *filter(None, [line(card.reach, 100)])]))]
    if card.posted_at:
        said += [_text(" · "), _moment(card.posted_at)]
    if card.link and not is_web(card.link):
        said += [_text(f"\nPost: {line(card.link, 300)}")]
    return said


def _moment(posted_at: str) -> Block:
    """A moment that Slack shows in the reader's own zone."""
    at, said = moment(posted_at), when(posted_at)
    # Slack's range is not documented; a moment outside these years is a broken clock, so it is shown as it came.
    if at is None or not 2000 <= at.year < 2100:
        return _text(said or "time unknown")
    form = "{date_short_pretty} at {time}"
    return {"type": "date", "timestamp": int(at.timestamp()), "format": form, "fallback": said}


def _facts(card: Card) -> Block | None:
    facts = {
        "Urgency": capital(line(card.urgency, 100)),
        "The fix takes": known(card.private_data),
        "Why it is here": cut("\n".join(f"• {reason}" for reason in reasons(card.why)), 350),
        "Who may answer": line(card.eligibility, 200),
    }
    fields = [_mrkdwn(f"*{name}*\n{mrkdwn(said)}") for name, said in facts.items() if said]
    return {"type": "section", "fields": fields} if fields else None


def _draft(card: Card, limit: int) -> Block | None:
    if not card.draft.strip():
        return None
    said = [_text("Draft answer", bold=True), _text(" (not posted)")]
    if card.reply_link and not is_web(card.reply_link):
        said += [_text(f" · answer at {line(card.reply_link, 300)}")]
    return _rich(_section(*said), _quote(card.draft, min(limit, 2800)))


def _links(card: Card, longest: int) -> Block | None:
    by_hand = card.reply_link if card.reply_link != card.link else ""
    wanted = (("open_post", "Open the post", card.link), ("answer_by_hand", "Answer by hand", by_hand))
    buttons = [
        {"type": "button", "action_id": action, "text": _plain(label), "url": link}
        for action, label, link in wanted
        if is_web(link, longest)
    ]
    return {"type": "actions", "block_id": "links", "elements": buttons} if buttons else None


def _case(card: Card) -> Block | None:
    code = f"*Case {mrkdwn(line(card.code, 20))}*" if card.code else ""
    said = [part for part in (code, mrkdwn(cut(footer(card), 200))) if part]
    return _context(" · ".join(said)) if said else None


def _rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _section(*elements: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def _quote(text: str, limit: int) -> Block:
    said = cut(plain(text).strip(), limit)
    return {"type": "rich_text_quote", "elements": [_text(said or "(no words)")]}


def _text(text: str, *, bold: bool = False) -> Block:
    return {"type": "text", "text": text} | ({"style": {"bold": True}} if bold else {})


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _mrkdwn(text: str) -> Block:
    # Without "verbatim" Slack would turn bare addresses and channel names into links.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _context(*texts: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text) for text in texts]}
