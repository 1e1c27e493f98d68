"""What is said to a customer about a case in public: drafts, approvals, answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlmodel import Session

from models.case import Draft
from models.decision import Kind, Message
from models.events import EventType
from models.mention import storable
from models.press import Person
from models.store import cases, closings, edits, ladder
from models.store.closings import CLOSING
from models.store.dialect import table, update
from models.store.moves import Outcome, called, event, start, start_live
from models.store.queueing import queue
from models.store.rows import draft_body, draft_of
from models.switch import Stage, Why
from models.tables import CaseEventRow, CaseRow, EffectRow

_case, _effect = table(CaseRow).c, table(EffectRow).c


def drafted(session: Session, case_id: str, by: Person, text: str, now: datetime, *, waiting: bool = False) -> Outcome:
    """Keep the text as the case's draft; ``waiting`` for somebody's approval. Another text needs approval anew.

    Works on a closed case too, so that what was typed is never lost.
    """
    move = start(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    earlier, text = draft_of(move.row.draft), storable(text)
    if earlier and not earlier.sent and earlier.text == text and (earlier.waiting or not waiting):
        return Outcome(True, repeated=True)
    move.values["draft"] = draft_body(Draft(text, by, now, waiting))
    move.add(EventType.DRAFTED)
    return move.done()


def approved(session: Session, case_id: str, by: Person, text: str, now: datetime, *, other: bool = False) -> Outcome:
    """Agree to the draft, if ``text`` is still what it says; ``other``: its writer may not."""
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    draft = draft_of(move.row.draft)
    if draft is None:
        return Outcome(False, "there is no draft any more")
    if draft.sent:
        return Outcome(False, f"already sent by {called(draft.by.id, draft.by.name)}", at=move.row.answered_at)
    if draft.text != storable(text):
        return Outcome(False, f"the draft was changed by {called(draft.by.id, draft.by.name)}", at=draft.at)
    if other and draft.by.id == by.id:
        return Outcome(False, "somebody else has to approve what you wrote")
    if draft.approved_by:
        return Outcome(True, repeated=True, at=draft.approved_at)
    move.values["draft"] = draft_body(replace(draft, waiting=False, approved_by=by, approved_at=now))
    move.add(EventType.APPROVED, {"author": draft.by.id})
    return move.done()


def answer(session: Session, case_id: str, message: Message, by: Person, now: datetime) -> Outcome:
    """Queue the one public answer of a live case and mark it answered; not done where one was queued before.

    Everything that may forbid it (opt-out, pause, eligibility, approval) is asked by the caller, in the same
    transaction. If it cannot be sent after all, the case is unanswered again and the draft is back.
    """
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    body = dict(message.body) | {"by": by.id, "by_name": storable(by.name)}
    if not queue(session, [replace(message, case_id=case_id, body=body)], now):
        return _answered_before(session, message)
    draft = draft_of(move.row.draft)
    text = storable(str(message.body.get("text", "")))
    if draft is None or draft.text != text:
        draft = Draft(text, by, now)
    move.take_if_open()
    move.values["draft"] = draft_body(replace(draft, waiting=False, sent=message.key))
    move.values["answered_at"] = move.row.answered_at or now
    move.add(EventType.ANSWER_QUEUED, {"key": message.key})
    return move.done()


def _answered_before(session: Session, message: Message) -> Outcome:
    theirs = (_effect.author_key == message.author_key, _effect.thread_key == message.thread_key)
    same = or_(_effect.key == message.key, and_(_effect.brand == message.brand, *theirs))
    query = select(_effect.body, _effect.queued_at, _effect.state).where(_effect.kind == Kind.REPLY, same)
    row = session.connection().execute(query.limit(1)).first()
    if row is None:
        return Outcome(False, "this answer is in the outbox already")
    by = called(row.body.get("by", ""), row.body.get("by_name", ""))
    words = f"this person has had an answer in this thread by {by}"
    if row.state not in ("sent", "pending", "sending"):
        words = f"an answer by {by} may stand in this thread, so look there and answer by hand"
    return Outcome(False, words, at=row.queued_at)


def arrived(session: Session, message: Message, now: datetime) -> None:
    """A public answer of a case was posted: with the case's code it offers the other way, or it is the closing line."""
    assert message.case_id
    by = str(message.body.get("by") or "")
    person = Person(by, str(message.body.get("by_name") or "")) if by else None
    said = event(EventType.REPLY_SENT, person, now, {"key": message.key}, message.sink)
    row = cases.lock(session, message.case_id)
    if row is None:
        return
    if message.purpose == CLOSING:
        elsewhere = closings.posted(session, row, message, person, now)
    else:
        elsewhere = _offered(session, row, message, person, now)
    cases.append(session, message.case_id, [said, *elsewhere])
    if elsewhere and row.author_key:
        edits.redraw(session, message.case_id, now)


def _offered(session: Session, row: Any, message: Message, by: Person | None, now: datetime) -> list[cases.Event]:
    """The words name the code of a live case: the customer has been told of the other way, unless they knew it."""
    if row.state not in cases.LIVE or row.code not in str(message.body.get("text", "")).upper():
        return []
    last = ladder.newest(session, row.id)
    if last and last.live and last.stage is not Stage.RECOMMENDED:
        return []
    return ladder.climb(session, ladder.of(row), Stage.OFFERED, now, by, Why.CODE_SAID)


def failed(session: Session, case_id: str, key: str, now: datetime) -> None:
    """A public answer of a case came to nothing, as far as we know: people have to see to it again."""
    row = cases.lock(session, case_id)
    if closings.failed(session, row, key, now):
        return
    if row is None or not row.author_key or _last_answer(session, case_id) != key:
        return
    back: dict[str, Any] = {"answered_at": None} | cases.from_the_first_step(now)
    # What somebody has written since stays as it is.
    if (draft := draft_of(row.draft)) and draft.sent == key:
        back["draft"] = draft_body(replace(draft, sent=""))
    session.execute(update(CaseRow).where(_case.id == case_id).values(**back))
    cases.append(session, case_id, [event(EventType.REPLY_FAILED, None, now, {"key": key})])
    edits.redraw(session, case_id, now)


def _last_answer(session: Session, case_id: str) -> str:
    """The key of the newest answer by people, unless it failed already."""
    happened = table(CaseEventRow).c
    ends = (EventType.ANSWER_QUEUED, EventType.REPLY_FAILED)
    query = select(happened.type, happened.meta).where(happened.case_id == case_id, happened.type.in_(ends))
    both = session.connection().execute(query.order_by(happened.seq.desc()))
    last = next((row for row in both if row.meta.get("purpose") != CLOSING), None)
    return str(last.meta.get("key", "")) if last and last.type == EventType.ANSWER_QUEUED else ""
