"""Draws what goes under a card, words to one person, and notices as Slack text. Sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.form import Said
from models.press import Verb
from responders.card_words import is_web, reasons
from responders.escape import cut, line, mrkdwn, plain
from responders.slack import blocks as b
from responders.slack.blocks import Block


def note(body: Mapping[str, Any], pressable: bool = True) -> list[Block]:
    """A later post of the case: who, the words, and why it came here; or a question, where a press can reach us."""
    author, link = line(str(body.get("author", "")), 100), str(body.get("link", ""))
    intro = [
        b.text(_title(body)),
        *([b.text(" by "), b.text(author, bold=True)] if author else []),
    ]
    if is_web(link):
        intro += [b.text(" · "), b.link(link, "Open the post")]
    why = " · ".join(reasons(body.get("why", ())))
    quoted = b.rich(b.section(*intro), b.quote(str(body.get("text", "")), 1500))
    return [quoted, *([b.context(mrkdwn(cut(why, 400)))] if why else []), *(_asks(body) if pressable else [])]


def _asks(body: Mapping[str, Any]) -> list[Block]:
    """A question that is answered with one tap: a button for each choice."""
    asked = body.get("ask") or {}
    verb = next((one for one in Verb if one == asked.get("verb")), None)
    if verb is None:
        return []
    case_id, name = str(asked.get("case") or ""), str(asked.get("name") or "")
    choices = [(str(value), line(str(label), 75) or line(str(value), 75)) for value, label in asked.get("choices", ())]
    drawn = [b.choice(verb, name, value, label, case_id) for value, label in choices[:4] if label]
    return [b.actions("ask", *drawn)] if drawn else []


def fallback(body: Mapping[str, Any]) -> str:
    """The note in one line, escaped."""
    author = line(str(body.get("author", "")), 60)
    return mrkdwn(f"{_title(body)} by {author}" if author else _title(body))


def said(answer: Said) -> str:
    """Words to the person who pressed, escaped; never empty."""
    return mrkdwn(cut(plain(answer.text).strip(), 3000)) or "Done."


def notice(text: str) -> str:
    """Words to the team about the bot itself, escaped."""
    return mrkdwn(cut(plain(text), 3500))


def _title(body: Mapping[str, Any]) -> str:
    return line(str(body.get("title") or ""), 40) or "Another post"
