"""Tells people again of a card that nobody has claimed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from models.decision import Kind, Message, message_key
from models.store import cases, effects
from models.store.rows import case_of
from responders.compose import place_of
from responders.rules import RulesFor


def nudge(session: Session, rules_for: RulesFor, after: timedelta, now: datetime) -> None:
    """One line under each card that has waited longer than ``after``; never twice for a case."""
    if not after:
        return
    messages = []
    for case in cases.unclaimed(session, now - after):
        target = place_of(case_of(case), rules_for(case.brand, case.channel))
        waited = round((now - case.opened_at) / timedelta(minutes=1))
        messages.append(
            Message(
                key=message_key(Kind.NOTE, target.sink, case.id, "nudge"),
                sink=target.sink,
                kind=Kind.NOTE,
                target=target.to,
                body={
                    "title": "Reminder",
                    "text": f"Still open after {waited} minutes: case {case.code}.",
                    "author": "",
                    "link": "",
                    "why": [],
                },
                case_id=case.id,
                brand=case.brand,
                purpose="nudge",
                priority=15,
            )
        )
    if messages:
        effects.queue(session, messages, now)
