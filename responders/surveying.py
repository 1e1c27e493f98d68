"""Asks customers how it went, in the channel where they posted: composed here, sent by the channel's own responder."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from models.decision import Kind, Message, message_key
from models.settings import Settings
from models.store import effects, surveys
from models.store.surveys import Due
from models.survey import STEPS, question, words

LATE = timedelta(days=1)
"""A question that could not be posted for so long is not asked any more."""

PURPOSE = "survey"


def ask(session: Session, settings: Settings, now: datetime) -> int:
    """Queue every question that is due; how many. None while replies are off."""
    if settings.replies.mode == "off":
        return 0
    return effects.queue(session, [_question(one, settings, now) for one in surveys.due(session, settings, now)], now)


def _question(due: Due, settings: Settings, now: datetime) -> Message:
    sink, brand = settings.channel(due.channel).reply_with, settings.brands[due.brand]
    key = message_key(Kind.SURVEY, sink, due.case_id, f"{PURPOSE}-{due.closed_at.isoformat()}")
    lang = due.lang or brand.page.languages[0]
    told = {"lang": lang, "brand": brand.name, "within": settings.surveys.within.total_seconds()}
    return Message(
        key=key,
        sink=sink,
        kind=Kind.SURVEY,
        target=due.external_id,
        body=question(STEPS[0], words(lang, brand.page.languages[0]), brand.name, key) | told,
        mention_id=due.mention_id,
        case_id=due.case_id,
        brand=due.brand,
        channel=due.channel,
        purpose=PURPOSE,
        author_key=due.author_key,
        thread_key=due.thread_key,
        expires_at=now + LATE,
    )
