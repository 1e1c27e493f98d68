"""Draws cards, notes and replies for a terminal. Words of strangers never become markup or control signs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.panel import Panel
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from models.card import ERASURES, Card
from models.decision import Kind, Message, Route
from responders.card_words import (
    answers,
    capital,
    contacts,
    footer,
    is_audit,
    is_web,
    known,
    level,
    others,
    place,
    reasons,
    status,
    tries,
    when,
)
from responders.escape import cut, line, plain

COLOURS = {"critical": "red", "high": "dark_orange", "normal": "blue", "low": "bright_black"}
QUOTE = 1500


def draw(message: Message) -> RenderableType:
    """A message as a person at a terminal reads it."""
    if message.kind is Kind.ALERT:
        return card_panel(Card.from_body(message.body), _doubt(message))
    if message.kind is Kind.REPLY:
        return _reply(message)
    if message.kind is Kind.NOTE:
        return _note(message.body, _doubt(message))
    return Text(one_line(message), "bright_black")


def one_line(message: Message) -> str:
    """A message on one line, for logs."""
    body = message.body
    if message.kind is Kind.ALERT:
        said = _card_line(Card.from_body(body))
    elif message.kind is Kind.EDIT:
        said = _moved_line(Card.from_body(message.body))
    elif message.kind is Kind.ERASE:
        why = ERASURES.get(str(body.get("why") or ""), ERASURES[""]).strip("[]")
        said = f"card {line(message.thread or '', 60)}: {why}"
    else:
        who = line(str(body.get("author", "")), 60)
        said = " | ".join(part for part in (who, line(str(body.get("text", "")), 400)) if part)
    return f"{message.kind.upper()}{_doubt(message)}: {said}"


def card_panel(card: Card, doubt: str = "") -> Panel:
    """The card: what to do, who said what and where, why it is here, and the draft."""
    colour = "red" if card.route == Route.PAGE else COLOURS.get(level(card.urgency), "blue")
    head = Text.assemble((line(card.title, 80) or "A post", f"bold {colour}"), (doubt, "bold"))
    parts: list[RenderableType] = [
        *_status(card),
        *_way(card),
        Text(line(card.recommendation, 300), "bold"),
        Text(),
        _who(card),
        Text(),
        _Quoted(card.text, colour),
        Text(),
        *_before(card),
        _facts(card),
    ]
    if card.draft.strip():
        parts += [Text(), Text.assemble(("Draft answer", "bold"), (" (not posted)", "bright_black"))]
        parts += [_Quoted(card.draft, "green"), *_by_hand(card)]
    case = f"Case {line(card.code, 20)}" if card.code else ""
    foot = Text.assemble((case, "bold"), " · " if case and footer(card) else "", footer(card, 60))
    return _panel(Group(*parts), head, foot, colour, above=1)


def _status(card: Card) -> list[Text]:
    """How it ended, or by when and whose it is; nothing for a card that says neither."""
    said = " · ".join(part for part in (status(card), others(card)) if part)
    return [Text(said, "bold"), Text()] if said else []


def _way(card: Card) -> list[Text]:
    """How the customer can be reached, and the calls that were tried."""
    said = _way_lines(card)
    return [*(Text(one) for one in said), Text()] if said else []


def _way_lines(card: Card) -> list[str]:
    lines = [*contacts(card), *([tries(card)] if card.attempts else [])]
    return ["".join(when(at) if at else words for words, at in pieces) for pieces in lines]


def _before(card: Card) -> list[RenderableType]:
    """What the person said earlier, newest first."""
    said = [f"{when(at)} · {place(where)}: {line(words, 200)}" for at, where, words in card.before[:3]]
    more = len(card.before) - len(said)
    lines = [*said, *([f"and {more} more"] if more else [])]
    return [Text("Earlier in this case", "bold"), *(Text(f"  {one}") for one in lines), Text()] if said else []


def _who(card: Card) -> Group:
    said = [place(card.channel), line(card.reach, 100), when(card.posted_at)]
    rest = "".join(f" · {part}" for part in said if part)
    edited = f" · edited {when(card.edited)}" if card.edited else ""
    lines = [Text.assemble((line(card.author, 100) or "Somebody", "bold"), rest, edited)]
    lines += [Text(said) for said in (answers(card),) if said]
    return Group(*lines, *([_link(card.link)] if card.link else []))


def _by_hand(card: Card) -> list[Text]:
    different = card.reply_link and card.reply_link != card.link
    # The draft stands above, so the words of a pre-filled link need not be read; the link still holds them.
    shown = card.reply_link.partition("&text=")[0]
    return [Text.assemble(("Answer by hand: ", "bright_black"), _link(card.reply_link, shown))] if different else []


def _facts(card: Card) -> Table:
    """Names in a narrow first column, words in the second."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bright_black", no_wrap=True)
    table.add_column(overflow="fold")
    for name, said in _said(card):
        table.add_row(name, Text(said))
    return table


def _said(card: Card) -> Iterator[tuple[str, str]]:
    facts = {
        "Urgency": capital(line(card.urgency, 100)),
        "The fix takes": known(card.private_data),
        "Why it is here": "\n".join(reasons(card.why)),
        "Who may answer": line(card.eligibility, 200),
        "What happened": "\n".join(f"{when(at)}: {line(words, 100)}" for at, words in card.trail[:4]),
    }
    return ((name, said) for name, said in facts.items() if said)


def _reply(message: Message) -> Panel:
    body = message.body
    who = line(str(body.get("author") or message.target), 60)
    where = place(str(body.get("channel") or message.channel) or "the channel")
    title = Text(f"Reply on {where} to {who}{_doubt(message)}", "bold green")
    text = Text(cut(plain(str(body["text"])), QUOTE))
    return _panel(text, title, None, "green", above=0)


def _panel(inside: RenderableType, title: Text, foot: Text | None, colour: str, above: int) -> Panel:
    return Panel(
        inside,
        title=title,
        title_align="left",
        subtitle=foot,
        subtitle_align="left",
        border_style=colour,
        padding=(above, 2),
    )


def _note(body: Mapping[str, Any], doubt: str) -> Padding:
    who, link = line(str(body.get("author", "")), 100), str(body.get("link") or "")
    head = Text.assemble(
        line(str(body.get("title") or "Another post"), 40), (f" by {who}" if who else "", "bold"), doubt
    )
    why = " · ".join(reasons(body.get("why", ())))
    parts: list[RenderableType] = [head, *([_link(link)] if link else []), _Quoted(str(body["text"]), "bright_black")]
    return Padding(Group(*parts, *([Text(why, "bright_black")] if why else [])), (0, 0, 0, 4), expand=False)


class _Quoted:
    """Words with a bar on the left of every line."""

    def __init__(self, text: str, colour: str) -> None:
        self._text = Text(cut(plain(text).strip(), QUOTE) or "(no words)", overflow="fold")
        self._bar = Segment("| ", Style(color=colour)), Segment("┃ ", Style(color=colour))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bar = self._bar[0 if options.ascii_only else 1]
        for row in console.render_lines(self._text, options.update_width(options.max_width - 2), pad=False):
            yield from (bar, *row, Segment.line())


def _link(link: str, shown: str = "") -> Text:
    shown = line(shown or link, 300)
    return Text(shown, Style(underline=True, link=link) if is_web(link) else "", overflow="fold")


def _moved_line(card: Card) -> str:
    """A card that changed: how the case stands now."""
    case = f"case {line(card.code, 20)}" if card.code else line(card.title, 80)
    parts = (case, status(card) or "Nobody has it", *_way_lines(card), line(card.author, 60))
    return " | ".join(part for part in parts if part)


def _card_line(card: Card) -> str:
    parts = (
        level(card.urgency) or "urgency unknown",
        line(card.title, 80),
        line(card.recommendation, 200) if is_audit(card) else "",
        status(card),
        f"case {line(card.code, 20)}" if card.code else "",
        f"{line(card.author, 60)} on {place(card.channel)}",
        line(card.text, 200),
        "; ".join(reasons(card.why)),
        line(card.link, 200),
    )
    return " | ".join(part for part in parts if part)


def _doubt(message: Message) -> str:
    return " (possible duplicate)" if message.possible_duplicate else ""
