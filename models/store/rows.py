"""Values to rows and back."""

from __future__ import annotations

import zlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

from models import identity
from models.assessment import Assessment, Danger, Finding, Head, Pii
from models.case import Case, CaseState, Draft
from models.decision import Kind, Message, Route
from models.mention import Author, Mention, Reach, storable
from models.press import Person

SHARDS = 8
"""Into how many keys the classify stage is cut: the most model workers that can share a database. For ever."""

MAX_TEXT = 20_000
"""Longer posts are cut here: what an agent can read, and what a row should hold."""


def _storable_values(values: dict[str, Any]) -> dict[str, Any]:
    return {key: storable(value) if isinstance(value, str) else value for key, value in values.items()}


def mention_values(mention: Mention, listener: str, now: datetime, state: str) -> dict[str, Any]:
    """The columns of a new mention."""
    details = {
        "url": mention.url,
        "conversation_id": mention.conversation_id,
        "in_reply_to": mention.in_reply_to,
        "lang": mention.lang,
        "reach": asdict(mention.reach),
        "addressees": sorted(map(storable, mention.addressees)),
        "quotes": mention.quotes,
        "repost": mention.repost,
        "added": mention.added,
    }
    return {
        "id": mention.id,
        "brand": mention.brand,
        "channel": mention.channel,
        "external_id": storable(mention.external_id),
        "listener": listener,
        "author_key": mention.author_key,
        "thread_key": mention.thread_key,
        "author": _storable_values(asdict(mention.author)),
        "text": storable(mention.text[:MAX_TEXT]),
        "posted_at": mention.posted_at,
        "heard_at": now,
        "details": _storable_values(details),
        "shard": shard_of(mention.author_key),
        "state": state,
        "priority": 0,
        "attempts": 0,
        "edited_at": mention.edited_at,
        "checked_at": now,
        "canonical": identity.canonical(mention),
    }


def shard_of(author_key: str) -> int:
    """One author's posts always share a shard."""
    return zlib.crc32(author_key.encode()) % SHARDS


def mention_of(row: Any) -> Mention:
    """The value of a row."""
    details = row.details
    return Mention(
        channel=row.channel,
        external_id=row.external_id,
        author=Author(**row.author),
        text=row.text,
        posted_at=row.posted_at,
        brand=row.brand,
        url=details["url"],
        conversation_id=details["conversation_id"],
        in_reply_to=details["in_reply_to"],
        lang=details["lang"],
        reach=Reach(**details["reach"]),
        addressees=frozenset(details["addressees"]),
        quotes=details["quotes"],
        repost=details["repost"],
        added=details.get("added", False),
        edited_at=row.edited_at,
    )


def assessment_body(assessment: Assessment) -> dict[str, Any]:
    """An assessment as plain JSON; probabilities to six places."""
    return {
        "findings": {
            head: {
                "p": {label: round(p, 6) for label, p in finding.p.items()},
                "version": finding.version,
                "called": finding.label,
            }
            for head, finding in assessment.findings.items()
        },
        "pii": [asdict(pii) for pii in assessment.pii],
        "danger": [asdict(danger) for danger in assessment.danger],
        "lang": assessment.lang,
        "unsure": list(assessment.unsure),
        **({} if assessment.relevance is None else {"relevance": assessment.relevance}),
    }


def assessment_of(body: dict[str, Any]) -> Assessment:
    """The value that ``assessment_body`` wrote."""
    return Assessment(
        findings={Head(head): _finding(Head(head), it) for head, it in body["findings"].items()},
        pii=tuple(Pii(**pii) for pii in body["pii"]),
        danger=tuple(Danger(**danger) for danger in body["danger"]),
        lang=body["lang"],
        unsure=tuple(body["unsure"]),
        relevance=body.get("relevance"),
    )


def _finding(head: Head, body: dict[str, Any]) -> Finding:
    """Without a label that was called, as earlier versions kept it, the likeliest holds."""
    return Finding(head, body["p"], body["version"], body.get("called", ""))


def readable(body: dict[str, Any]) -> Assessment | None:
    """The same; None where another version kept what this one cannot read."""
    try:
        return assessment_of(body)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def case_of(row: Any) -> Case:
    """The value of a row."""
    return Case(
        id=row.id,
        code=row.code,
        brand=row.brand,
        state=CaseState(row.state),
        route=Route(row.route),
        opened_at=row.opened_at,
        mentions=row.mentions,
        card=row.card,
        sink=row.sink,
        target=row.target,
        version=row.version,
        holder=Person(row.holder, row.holder_name) if row.holder else None,
        claimed_at=row.claimed_at,
        answer_by=row.answer_by,
        resolve_by=row.resolve_by,
        answered_at=row.answered_at,
        snoozed_until=row.snoozed_until,
        closed_at=row.closed_at,
        reason=row.reason,
        draft=draft_of(row.draft),
        turned_at=row.turned_at,
    )


def draft_body(draft: Draft) -> dict[str, Any]:
    """A draft as plain JSON."""
    return {
        "text": storable(draft.text),
        "by": draft.by.id,
        "name": storable(draft.by.name),
        "at": draft.at.isoformat(),
        "waiting": draft.waiting,
        "approved_by": draft.approved_by.id if draft.approved_by else "",
        "approved_name": storable(draft.approved_by.name) if draft.approved_by else "",
        "approved_at": draft.approved_at.isoformat() if draft.approved_at else "",
        "sent": draft.sent,
    }


def draft_of(body: dict[str, Any] | None) -> Draft | None:
    """The value that ``draft_body`` wrote."""
    if not body:
        return None
    return Draft(
        text=body["text"],
        by=Person(body["by"], body["name"]),
        at=datetime.fromisoformat(body["at"]),
        waiting=body["waiting"],
        approved_by=Person(body["approved_by"], body["approved_name"]) if body["approved_by"] else None,
        approved_at=datetime.fromisoformat(body["approved_at"]) if body["approved_at"] else None,
        sent=body["sent"],
    )


def message_of(row: Any, thread: str | None, attempt: int | None = None) -> Message:
    """The message that a row of the outbox stands for, in its ``attempt``; the row's own count if that is None."""
    return Message(
        key=row.key,
        sink=row.sink,
        kind=Kind(row.kind),
        target=row.target,
        body=row.body,
        mention_id=row.mention_id,
        case_id=row.case_id,
        brand=row.brand,
        channel=row.channel,
        purpose=row.purpose,
        author_key=row.author_key,
        thread_key=row.thread_key,
        priority=row.priority,
        expires_at=row.expires_at,
        thread=thread,
        attempt=row.attempt if attempt is None else attempt,
        possible_duplicate=row.doubtful,
        queued_at=row.queued_at,
    )
