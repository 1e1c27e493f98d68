"""What people do to a case, one function each. Each is a move in one transaction: the case's row is locked, looked
at, changed, its history written and its card drawn anew; so of two presses at the same moment one wins, and the other
is told by whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.case import CaseState, Resolution
from models.events import EventType
from models.press import Person
from models.store import contacts, switches
from models.store.answers import answer, approved, drafted
from models.store.calls import call_ended, call_offered
from models.store.cases import LIVE, from_the_first_step, open_again
from models.store.dialect import table
from models.store.moves import CLOSINGS, ERASED, Move, Outcome, called, ended_by, has_text, start, start_live
from models.tables import CaseRow

__all__ = [
    "Outcome",
    "answer",
    "approved",
    "call_ended",
    "call_offered",
    "claim",
    "dismiss",
    "drafted",
    "escalate",
    "hand_over",
    "note_event",
    "release",
    "reopen",
    "resolve",
    "snooze",
    "wake",
]

_case = table(CaseRow).c


def claim(session: Session, case_id: str, by: Person, now: datetime) -> Outcome:
    """Take on an open case; ends its snooze. One that another person holds is theirs."""
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    if move.row.state == CaseState.CLAIMED:
        return Outcome(True, repeated=True, at=move.row.claimed_at) if move.holds else _held(move, "already claimed")
    move.take(by)
    move.add(EventType.CLAIMED)
    return move.done()


def release(session: Session, case_id: str, by: Person, now: datetime, *, lead: bool = False) -> Outcome:
    """Give a claimed case back to the queue: its holder, or a lead."""
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    if move.row.state == CaseState.OPEN:
        mine = ended_by(session, move.row, (EventType.RELEASED,)) == by.id
        return Outcome(mine, "" if mine else "nobody holds this case", repeated=mine)
    if not (move.holds or lead):
        return _held(move, "only its holder or a lead can give it back; it was claimed")
    move.values |= {"state": CaseState.OPEN, "holder": "", "holder_name": "", "claimed_at": None} | from_the_first_step(
        now
    )
    move.add(EventType.RELEASED)
    return move.done()


def hand_over(
    session: Session, case_id: str, by: Person, to: Person, note: str, now: datetime, *, lead: bool = False
) -> Outcome:
    """Make ``to`` the holder: an open case by anybody, a claimed one by its holder or a lead."""
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    if move.row.holder == to.id:
        return Outcome(True, repeated=True, at=move.row.claimed_at)
    if move.row.state == CaseState.CLAIMED and not (move.holds or lead):
        return _held(move, "only its holder or a lead can hand it over; it was claimed")
    move.take(to)
    move.add(EventType.REASSIGNED, {"to": to.id, "to_name": to.name, "note": note})
    return move.done()


def snooze(session: Session, case_id: str, by: Person, until: datetime, now: datetime) -> Outcome:
    """Let a live case rest until a moment; a new post of it ends the rest. ``until`` must lie ahead."""
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    if until <= now:
        return Outcome(False, "that moment is over; choose a later one")
    if move.row.snoozed_until == until:
        return Outcome(True, repeated=True)
    move.values["snoozed_until"] = until
    move.add(EventType.SNOOZED, {"until": until.isoformat()})
    return move.done()


def wake(session: Session, now: datetime, limit: int = 200) -> list[str]:
    """End the snoozes that are over; the ids of those cases."""
    over = select(table(CaseRow)).where(_case.snoozed_until <= now, _case.state.in_(LIVE))
    # What somebody works on at this moment is left to the next time, so that nobody waits in a circle.
    free = over.order_by(_case.snoozed_until).limit(limit).with_for_update(skip_locked=True)
    rows = session.connection().execute(free).all()
    for row in rows:
        move = Move(session, row, None, now, {"snoozed_until": None} | from_the_first_step(now))
        move.add(EventType.WOKEN)
        move.done()
    return [row.id for row in rows]


def escalate(session: Session, case_id: str, by: Person, to: str, note: str, now: datetime) -> Outcome:
    """Write down that somebody else was asked to look at a live case. To tell them is the caller's."""
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    move.add(EventType.ESCALATED, {"to": to, "note": note})
    return move.done()


def resolve(session: Session, case_id: str, by: Person, reason: str, note: str, now: datetime) -> Outcome:
    """Close a live case as done, with a ``models.case.Resolution``. ANSWERED and CALLED count as a first response."""
    return _close(session, case_id, by, CaseState.RESOLVED, reason, note, now)


def dismiss(session: Session, case_id: str, by: Person, reason: str, now: datetime, note: str = "") -> Outcome:
    """Close a live case without doing anything, with a ``models.case.Dismissal``."""
    return _close(session, case_id, by, CaseState.DISMISSED, reason, note, now)


def _close(
    session: Session, case_id: str, by: Person, state: CaseState, reason: str, note: str, now: datetime
) -> Outcome:
    move = start(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    same = move.row.state == state and move.row.reason == reason
    if same and ended_by(session, move.row, (CLOSINGS[state],)) == by.id:
        return Outcome(True, repeated=True, at=move.row.closed_at)
    if move.row.state not in LIVE:
        return move.closed()
    if reason in (Resolution.ANSWERED, Resolution.CALLED):
        move.values["answered_at"] = move.row.answered_at or now
    switches.ended(move, state, reason)
    move.close(state, reason, note)
    contacts.erase_case(session, case_id, "closed", now)
    return move.done()


def reopen(
    session: Session,
    case_id: str,
    by: Person | None,
    now: datetime,
    why: str = "",
    answer_by: datetime | None = None,
    resolve_by: datetime | None = None,
) -> Outcome:
    """Open a closed case again, held by nobody: by a press, or (None) by what the customer did."""
    move = start(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    if move.row.state in LIVE:
        mine = by is not None and ended_by(session, move.row, (EventType.REOPENED,)) == by.id
        return Outcome(mine, "" if mine else "it is open already", repeated=mine)
    if not has_text(session, case_id):
        return Outcome(False, ERASED, erased=True)
    move.values |= open_again(move.row, answer_by, resolve_by, now)
    move.add(EventType.REOPENED, {"why": why})
    switches.owed_again(move)
    return move.done()


def note_event(
    session: Session,
    case_id: str,
    what: EventType,
    by: Person | None,
    now: datetime,
    meta: Mapping[str, Any] | None = None,
) -> Outcome:
    """Anything else for the history, shown on the card; by None: the bot."""
    move = start(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    move.add(what, meta)
    return move.done()


def _held(move: Move, words: str) -> Outcome:
    return Outcome(False, f"{words} by {called(move.row.holder, move.row.holder_name)}", at=move.row.claimed_at)
