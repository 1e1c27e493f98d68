"""Draws a card as Slack blocks, in each state of its case. Sends nothing.

From top to bottom: what happened, by when and whose it is, what to do, who said what, why, the draft, the buttons.
"""

from __future__ import annotations

from typing import NamedTuple

from models.card import Card
from models.case import CaseState
from responders.card_words import (
    Piece,
    answers,
    basics,
    capital,
    contacts,
    endings,
    is_audit,
    is_web,
    known,
    others,
    place,
    reasons,
    sign,
    sure,
    team_time,
    tries,
)
from responders.escape import cut, line, mrkdwn, plain
from responders.slack import blocks as b
from responders.slack import buttons
from responders.slack.blocks import Block

AUDIT_QUESTION = "Did a person need to see this?"
COMMAND = 200
"""So many signs hold the question and the command that answers it."""
ADVICE = {
    "offered": "The customer is offered a call. “Brief & call” shows what is known; then press “Call done”.",
    "tried": "Nobody was reached yet. Try again with “Brief & call”, then press “Call done”.",
    "ended": "The call is done. Resolve the case, or answer what is left.",
}
"""What is next, by how far the call is."""
CALL_NOW = "Call now: “Brief & call” shows what is known and how to reach them. Then press “Call done”."
WRITE_NOW = "Write to them now: “Brief & call” shows what is known and how. Then press “Call done”."
OVER = {True: "✅", False: "☑️"}
"""The sign of a case that is resolved, or dismissed."""


class Room(NamedTuple):
    """How much of a card is drawn, in signs and in entries."""

    quote: int
    link: int
    fact: int
    earlier: int
    trail: int


ROOMS = (
    Room(1500, 3000, 350, 3, 4),
    Room(700, 3000, 350, 3, 4),
    Room(500, 1000, 200, 1, 2),
    Room(250, 500, 120, 0, 0),
    Room(150, 300, 60, 0, 0),
)
"""Tried in turn until the whole fits."""


def blocks(card: Card, pressable: bool = True, whole: bool = False) -> list[Block]:
    """The card, at most ten blocks; one line where the case is over, unless the ``whole`` card is asked for.

    Where no press can reach the desk it is not ``pressable``: then links are all there is to tap.
    """
    if buttons.is_over(card) and not whole:
        return [_folded(card, pressable)]
    drawn: list[Block] = []
    for room in ROOMS:
        drawn = _draw(card, room, pressable)
        if b.fits(drawn):
            break
    return drawn


def fallback(card: Card, pressable: bool = True) -> str:
    """The card in one line, escaped, for notifications and screen readers. The post itself stays off lock screens."""
    if buttons.is_over(card):
        return mrkdwn(_ending(card))
    who = f"{line(card.author, 60) or 'somebody'} on {place(card.channel)}"
    due = team_time(card.answer_by, card.hours) if card.state == CaseState.OPEN and not card.snoozed_until else ""
    parts = (
        _heading(card),
        f"answer by {due}" if due else "",
        f"{line(card.holder, 60)} has it" if card.holder else "",
        who,
        others(card),
        _advice(card, 120, pressable),
        f"case {line(card.code, 20)}" if card.code else "",
    )
    return mrkdwn(" · ".join(part for part in parts if part))


def text_only(card: Card) -> str:
    """The card without blocks, escaped, for when Slack refuses them."""
    if buttons.is_over(card):
        return fallback(card)
    quoted = "\n".join(f"| {part}" for part in cut(plain(card.text), 1500).split("\n"))
    draft = f"Draft answer: {cut(plain(card.draft), 1000)}" if card.draft else ""
    why = f"Why: {'; '.join(reasons(card.why))}" if card.why else ""
    link = line(card.link, 500)
    return "\n".join([fallback(card, pressable=False), *(mrkdwn(part) for part in (quoted, why, draft, link) if part)])


def _draw(card: Card, room: Room, pressable: bool) -> list[Block]:
    drawn = (
        b.header(f"{sign(card)} {_heading(card)}"),
        b.rich(b.section(*_status(card, room, pressable))),
        _way(card, room),
        b.rich(b.section(*_who(card), *_answers(card, room)), b.quote(card.text, room.quote)),
        _before(card, room.earlier),
        _facts(card, room.fact),
        _draft(card, room.quote * 2),
        buttons.row(card, room.link) if pressable else buttons.links(card, room.link),
        _footer(card),
        _trail(card, room.trail),
    )
    return [block for block in drawn if block]


def _heading(card: Card) -> str:
    return line(card.title, 110) or "A post for you"


def _advice(card: Card, longest: int, pressable: bool) -> str:
    if is_audit(card):
        # Where no answer can be pressed, the card's own words name the command; half of it would be of no use.
        return AUDIT_QUESTION if pressable else line(card.recommendation, COMMAND) or AUDIT_QUESTION
    kinds = {one[0] for one in card.contacts if one and not one[-1]}
    if card.call in ("offered", "tried") and kinds:
        return CALL_NOW if "phone" in kinds else WRITE_NOW
    return ADVICE.get(card.call) or line(card.recommendation, longest)


def _status(card: Card, room: Room, pressable: bool) -> list[Block]:
    """By when and whose it is; below it, what to do."""
    if buttons.is_over(card):
        return [b.text(_ending(card), bold=True)]
    parts = [
        part for part in (_due(card), _whose(card), _waiting(card), _others(card), _turned(card), _late(card)) if part
    ]
    said = [piece for part in parts for piece in (b.text("  ·  "), *part)][1:]
    advice = _advice(card, min(200, room.fact), pressable)
    if advice:
        said += [b.text(("\n" if said else "") + advice)]
    return said or [b.text("Read it and choose what to do.")]


def _due(card: Card) -> list[Block]:
    if is_audit(card):
        return []
    if card.snoozed_until:
        return [b.text("Snoozed until ", bold=True), b.date(card.snoozed_until, b.TIME_AND_DAY, bold=True)]
    if card.answer_by:
        return [b.text("Answer by ", bold=True), b.date(card.answer_by, b.TIME_AND_DAY, bold=True)]
    urgency = capital(line(card.urgency, 100))
    return [b.text(urgency, bold=True)] if urgency else []


def _whose(card: Card) -> list[Block]:
    holder = line(card.holder, 60)
    if holder:
        return [b.text(f"{holder} has it", bold=True)]
    return [b.text("Nobody has it yet")] if card.case_id else []


def _waiting(card: Card) -> list[Block]:
    waiting = line(card.waiting, 120)
    return [b.text(capital(waiting), bold=True)] if waiting else []


def _others(card: Card) -> list[Block]:
    """Who else says so."""
    said = others(card)
    return [b.text(said, bold=True)] if said else []


def _late(card: Card) -> list[Block]:
    return [b.text("Late: this came in at "), b.date(card.late_by, b.TIME)] if card.late_by else []


def _turned(card: Card) -> list[Block]:
    """That the bot is silent here from now on."""
    if not card.turned:
        return []
    return [b.text("The tone turned at ", bold=True), b.date(card.turned, b.TIME, bold=True), b.text(": only people")]


def _way(card: Card, room: Room) -> Block | None:
    """How the customer can be reached, and the calls that were tried."""
    ways = contacts(card, min(120, room.fact))[: max(1, room.earlier)]
    lines = [*ways, *([tries(card, room.trail)] if card.attempts[: room.trail] else [])]
    drawn = [piece for number, said in enumerate(lines) for piece in _pieces(said, number > 0)]
    return b.rich(b.section(*drawn)) if drawn else None


def _pieces(said: list[Piece], breaks: bool) -> list[Block]:
    pieces = [b.date(at, b.TIME_AND_DAY) if at else b.text(words) for words, at in said if words or at]
    return [*([b.text("\n")] if breaks else []), *pieces]


def _who(card: Card) -> list[Block]:
    author = line(card.author, 100) or "Somebody"
    web = is_web(card.author_link, 300)
    said = [b.link(card.author_link, author, bold=True) if web else b.text(author, bold=True)]
    said += [b.text(" · ".join(["", place(card.channel), *filter(None, [line(card.reach, 100)])]))]
    if card.posted_at:
        said += [b.text(" · "), b.date(card.posted_at)]
    if card.edited:
        said += [b.text(" · edited "), b.date(card.edited)]
    if is_web(card.link, 1000):
        said += [b.text(" · "), b.link(card.link, "Open the post")]
    elif card.link:
        said += [b.text(f"\nPost: {line(card.link, 300)}")]
    return said


def _answers(card: Card, room: Room) -> list[Block]:
    """What the post answers, on a line of its own."""
    said = answers(card, min(200, room.quote))
    if not said:
        return []
    link = card.parent[2]
    there = [b.text(" · "), b.link(link, "Open it")] if is_web(link, room.link) and not card.parent[3] else []
    return [b.text(f"\n{said}"), *there]


def _before(card: Card, most: int) -> Block | None:
    """What the person said earlier, newest first."""
    shown = card.before[:most]
    if not shown:
        return None
    more = len(card.before) - len(shown)
    heading = f"Earlier in this case{f' (and {more} more)' if more else ''}"
    items = [(b.date(at), b.text(f" · {place(where)}: {line(said, 160)}")) for at, where, said in shown]
    return b.rich(b.section(b.text(heading, bold=True)), b.listed(*items))


def _facts(card: Card, longest: int) -> Block | None:
    why = [f"• {reason}" for reason in reasons(card.why)]
    facts = {
        "Why it is here": cut("\n".join(why), longest),
        "The fix takes": cut(known(card.private_data), longest),
        "How sure the model is": sure(card.scores[:3], "\n"),
        "Who may answer": "" if is_audit(card) else line(card.eligibility, min(200, longest)),
    }
    said = [f"*{name}*\n{mrkdwn(words)}" for name, words in facts.items() if words]
    return b.fields(*said) if said else None


def _draft(card: Card, limit: int) -> Block | None:
    if not card.draft.strip():
        return None
    account = line(card.sends_as, 60)
    said = [b.text("Draft answer", bold=True), b.text(f" · not posted{f'; would go out as {account}' * bool(account)}")]
    if card.reply_link and not is_web(card.reply_link):
        said += [b.text(f" · answer at {line(card.reply_link, 300)}")]
    return b.rich(b.section(*said), b.quote(card.draft, min(limit, 2800)))


def _footer(card: Card) -> Block | None:
    code = f"*Case {mrkdwn(line(card.code, 20))}*" if card.code else ""
    team = team_time(card.answer_by, card.hours)
    said = (code, mrkdwn(cut(basics(card), 120)), mrkdwn(f"answer by {team}" if team else ""))
    return b.context(" · ".join(part for part in said if part)) if any(said) else None


def _trail(card: Card, most: int) -> Block | None:
    """The last things that happened, newest first."""
    said = [f"{b.date_mark(at, b.TIME)} {mrkdwn(line(words, 80))}" for at, words in card.trail[:most]]
    return b.context(" · ".join(said)) if said else None


def _folded(card: Card, pressable: bool) -> Block:
    """A case that is over, in one line."""
    drawn: Block = {"type": "section", "text": b.plain_text(_ending(card))}
    menu = buttons.folded(card) if pressable else None
    return drawn | ({"accessory": menu} if menu else {})


def _ending(card: Card) -> str:
    resolved = card.state == CaseState.RESOLVED
    outcome = line(card.outcome, 160) or ("Resolved" if resolved else "Dismissed")
    who = f"{line(card.author, 60) or 'Somebody'} on {place(card.channel)}"
    parts = (f"{OVER[resolved]} {capital(outcome)}", *endings(card), who, line(card.code, 20))
    return " · ".join(part for part in parts if part)
