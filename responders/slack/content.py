"""The text and the blocks of each kind of message. It sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from models.card import ERASURES, Card
from models.decision import Kind, Message
from responders.escape import cut, mrkdwn, plain
from responders.slack import blocks as b
from responders.slack import card as cards
from responders.slack import listing
from responders.slack import note as notes


def content(message: Message, pressable: bool = True) -> dict[str, Any]:
    """The text and the blocks of a message; ``pressable`` where a press can reach us."""
    if message.kind is Kind.NOTICE:
        return _notice(message)
    if message.kind is Kind.LIST:
        doubt = "" if message.thread else _doubt(message)
        return {"text": listing.fallback(message.body, doubt), "blocks": listing.blocks(message.body, doubt)}
    if message.kind is Kind.NOTE:
        called = list(_called(message))
        drawn = [*([b.rich(b.section(*called))] if called else []), *notes.note(message.body, pressable)]
        return {"text": notes.fallback(message.body) + _doubt(message), "blocks": drawn}
    card = _card(message)
    return {"text": cards.fallback(card, pressable), "blocks": cards.blocks(card, pressable)}


def erased(message: Message) -> str:
    """What is left where an earlier message stood."""
    return ERASURES.get(str(message.body.get("why") or ""), ERASURES[""])


def wordy(message: Message) -> str:
    """A message in words alone, for when Slack refuses its blocks."""
    if message.kind in (Kind.ALERT, Kind.EDIT):
        return cards.text_only(_card(message))
    if message.kind is Kind.LIST:
        return listing.text_only(message.body)
    said = mrkdwn(cut(plain(str(message.body.get("text", ""))), 1500))
    return said if message.kind is Kind.NOTICE else f"{notes.fallback(message.body)}: {said}"


def _notice(message: Message) -> dict[str, Any]:
    said = str(message.body.get("text", ""))
    text = notes.notice(said) + _doubt(message)
    called = list(_called(message))
    if not called:
        return {"text": text}
    return {"text": text, "blocks": [b.rich(b.section(*called, b.text(cut(plain(said), 2900) + _doubt(message))))]}


def _called(message: Message) -> Iterable[b.Block]:
    """The people and groups that a message calls by name; ids that are none of Slack's are left out."""
    for one in message.body.get("mention") or ():
        if re.fullmatch(r"@?[UW][A-Z0-9]{5,}", str(one)):
            yield {"type": "user", "user_id": str(one).lstrip("@")}
        elif re.fullmatch(r"@?S[A-Z0-9]{5,}", str(one)):
            yield {"type": "usergroup", "usergroup_id": str(one).lstrip("@")}
        else:
            continue
        yield b.text(" ")


def _card(message: Message) -> Card:
    card = Card.from_body(message.body)
    return replace(card, title=cut(card.title, 80) + _doubt(message))


def _doubt(message: Message) -> str:
    # A card that is drawn anew in its place is never there twice.
    return " (possible duplicate)" if message.possible_duplicate and message.kind is not Kind.EDIT else ""
