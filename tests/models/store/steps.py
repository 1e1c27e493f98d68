"""The steps of a mention through the store, for tests of what comes after them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from models.card import Card
from models.decision import CaseRef, Decision, Kind, Message, Reason, Route, message_key
from models.mention import Batch, Mention
from models.past import Screened
from models.store import Store, deciding, effects, hearing, judging, sources
from tests.build import NOW, assessment

SINK = "console"
LATER = NOW + timedelta(minutes=1)
CASE = CaseRef("case-1", "2345678", new=True)


def listen(store: Store, *screened: Screened, now: datetime = NOW, name: str = "sample", **batch: Any) -> int:
    """What a poller does with a page; returns how many are to be judged."""
    page = Batch(**{"mentions": tuple(one.mention for one in screened), "cursor": "1"} | batch)
    store.do(sources.get, name)
    return store.do(hearing.hear, name, page, screened, "config-1", now)


def hear(store: Store, *mentions: Mention, now: datetime = NOW, **batch: Any) -> int:
    """Hear posts that pass the screen."""
    return listen(store, *(Screened(one) for one in mentions), now=now, **batch)


def judge(store: Store, *mentions: Mention, now: datetime = NOW) -> None:
    """Hear posts and give all of them the same assessment."""
    hear(store, *mentions, now=now)
    store.do(judging.save, [(one, assessment()) for one in mentions], now)


def decide(store: Store, mention: Mention, *messages: Message, case: CaseRef | None = CASE, **changes: Any) -> bool:
    """Hear, judge and decide a post with these messages; whether this was its first decision."""
    judge(store, mention)
    return redecide(store, mention, *messages, case=case, **changes)


def redecide(
    store: Store,
    mention: Mention,
    *messages: Message,
    case: CaseRef | None = CASE,
    now: datetime = NOW,
    route: Route = Route.CALL,
    reasons: tuple[Reason, ...] = (Reason.URGENT,),
) -> bool:
    """Decide a post that was judged."""
    decision = Decision(route, reasons, case=case, messages=messages)
    return store.do(deciding.record, mention, decision, "config-1", now)


def alert(mention: Mention, case: CaseRef | None = CASE, **changes: Any) -> Message:
    """The card of a mention."""
    message = Message(
        key=message_key(Kind.ALERT, SINK, mention.id, "card"),
        sink=SINK,
        kind=Kind.ALERT,
        target="#social",
        body=card(mention).to_body(),
        mention_id=mention.id,
        case_id=case.id if case else None,
        brand=mention.brand,
        channel=mention.channel,
        purpose="card",
        author_key=mention.author_key,
        priority=40,
    )
    return replace(message, **changes)


def note(mention: Mention, case: CaseRef = CASE) -> Message:
    """A later mention of a case, for under its card."""
    body = {"text": mention.text, "author": mention.author.name, "link": mention.url, "why": []}
    key = message_key(Kind.NOTE, SINK, mention.id, "note")
    return alert(mention, case, key=key, kind=Kind.NOTE, body=body, purpose="note", priority=30)


def reply(mention: Mention, sink: str = SINK, **changes: Any) -> Message:
    """Public words to the author of a mention."""
    message = Message(
        key=message_key(Kind.REPLY, sink, mention.id, "answer"),
        sink=sink,
        kind=Kind.REPLY,
        target=mention.external_id,
        body={"text": "Sorry to hear that. Please reach us in private."},
        mention_id=mention.id,
        brand=mention.brand,
        channel=mention.channel,
        purpose="answer",
        author_key=mention.author_key,
        thread_key=mention.thread_key,
        priority=20,
    )
    return replace(message, **changes)


def card(mention: Mention) -> Card:
    """A card that repeats the post's words and author."""
    return Card(
        title="Call this customer now",
        brand="Kestrelo",
        channel=mention.channel,
        author=f"{mention.author.name} (@{mention.author.handle})",
        author_link="",
        text=mention.text,
        link=mention.url,
        posted_at="",
        reach="",
        why=(),
        scores=(),
        urgency="high",
        private_data="",
        recommendation="",
        eligibility="",
        draft=f"@{mention.author.handle} we are sorry",
        reply_link="",
        code="2345678",
        route="call",
    )


def claimed(store: Store, sink: str = SINK, now: datetime = LATER) -> Message:
    """The next message of a sink, now being sent; there must be one."""
    message = store.do(effects.claim, sink, now)
    assert message is not None
    return message
