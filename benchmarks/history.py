"""Fills a database with a past: mentions that were decided long ago, with all that hangs on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel

from models.mention import Author, Mention
from models.store import Store
from models.store.dialect import insert
from models.store.rows import mention_values
from models.tables import AssessmentRow, CaseEventRow, CaseRow, DecisionRow, EffectRow, MentionRow, WakeRow

BRAND, CHANNEL = "kestrelo", "forum"
PAST = timedelta(days=180)
PORTION = 5_000
AUTHORS_SHARE = 3
"""Posts an author, on average."""


def fill(store: Store, start: int, end: int, now: datetime) -> None:
    """Bring the past from ``start`` mentions to ``end``."""
    for first in range(start, end, PORTION):
        store.do(_portion, range(first, min(first + PORTION, end)), now)
    if store.engine.dialect.name == "postgresql":  # its own autovacuum would come too late for us
        store.do(lambda session: session.connection().exec_driver_sql("ANALYZE"))


def author(number: int) -> Author:
    """One of the authors of the past."""
    return Author(f"old{number}", f"old{number}")


def _portion(session: Session, numbers: range, now: datetime) -> None:
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {}
    for number in numbers:
        for table, row in _rows(number, now):
            rows.setdefault(table, []).append(row)
    for table, values in rows.items():
        session.execute(insert(session, table).on_conflict_do_nothing(), values)


def _rows(number: int, now: datetime) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    """Of ten mentions, two have a case, four were sent somewhere; one in fifty was answered in public."""
    at = now - PAST * ((number * 7919) % 1_000_003 / 1_000_003)
    post = Mention(CHANNEL, f"past{number}", author(number // AUTHORS_SHARE), "Kestrelo " + "word " * 20, at, BRAND)
    case = f"case{number}" if number % 5 == 0 else None
    yield MentionRow, mention_values(post, "past", at, "decided") | {"case_id": case}
    yield AssessmentRow, {"mention_id": post.id, "body": {"findings": {}, "p": "x" * 400}, "version": "v", "at": at}
    yield (
        DecisionRow,
        {
            "mention_id": post.id,
            "route": "review" if case else "ignore",
            "reasons": ["unsure"],
            "eligibility": "none",
            "eligibility_reason": "",
            "case_id": case,
            "config_version": "v",
            "at": at,
        },
    )
    yield WakeRow, {"stage": "decide", "key": post.author_key, "dirty": False, "since": at}
    if case:
        yield from _case(number, case, post, at)
    if number % 5 < 2:
        yield EffectRow, _effect(number, case, post, at)


def _case(number: int, case: str, post: Mention, at: datetime) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    """One in ten is still open."""
    yield (
        CaseRow,
        {
            "id": case,
            "code": f"C{number}",
            "brand": BRAND,
            "channel": CHANNEL,
            "state": "open" if number % 50 == 0 else "resolved",
            "route": "review",
            "author_key": post.author_key,
            "thread_key": post.thread_key,
            "opened_at": at,
            "last_at": at,
            "mentions": 1,
            "card": "card",
        },
    )
    yield (
        CaseEventRow,
        {"case_id": case, "seq": 1, "at": at, "type": "opened", "actor_kind": "bot", "actor_id": "", "channel": ""}
        | {"meta": {}},
    )


def _effect(number: int, case: str | None, post: Mention, at: datetime) -> dict[str, Any]:
    return {
        "key": f"effect{number}",
        "sink": "desk",
        "kind": "reply" if number % 50 == 1 else "alert",
        "target": "",
        "body": {"text": "y" * 400},
        "mention_id": post.id,
        "case_id": case,
        "brand": BRAND,
        "channel": CHANNEL,
        "purpose": "card",
        "author_key": post.author_key,
        "thread_key": post.thread_key,
        "priority": 0,
        "state": "sent",
        "attempt": 1,
        "doubtful": False,
        "queued_at": at,
        "settled_at": at,
        "url": "",
        "error": "",
    }
