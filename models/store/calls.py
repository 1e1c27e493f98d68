"""What is said to a customer on the phone, as the ledger of switches has it: offered, attempted, how it ended."""

from __future__ import annotations

from datetime import datetime
from itertools import takewhile

from sqlalchemy import select
from sqlmodel import Session

from models.case import CallOutcome, CaseState, Resolution
from models.events import EventType
from models.press import Person
from models.store import contacts, ladder
from models.store.dialect import table
from models.store.moves import Move, Outcome, start_live
from models.switch import GIVEN_UP, VOICE, Drop, Stage, Switch, Why
from models.tables import CaseEventRow
from models.trail import REASONS

_event = table(CaseEventRow).c

SPOKEN = (CallOutcome.REACHED, CallOutcome.RESOLVED, CallOutcome.NEEDS_FOLLOW_UP)

ATTEMPTS = 3
"""So often a call is tried, unless the settings say otherwise."""


def call_offered(session: Session, case_id: str, by: Person, now: datetime, to: str = VOICE) -> Outcome:
    """An agent tells the customer of a live case of the other way; who does it claims an open case with it."""
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    last = ladder.newest(session, case_id)
    move.take_if_open()
    move.climb(Stage.OFFERED, Why.AGAIN if last and last.live else Why.AGENT, way=to)
    if not move.events:
        return Outcome(True, repeated=True, at=last.moved_at if last else None)
    return move.done()


def call_ended(
    session: Session,
    case_id: str,
    by: Person,
    outcome: CallOutcome,
    note: str,
    now: datetime,
    attempts: int = ATTEMPTS,
) -> Outcome:
    """Somebody called, however it ended: a first response. RESOLVED resolves the case too.

    After so many ``attempts`` without an answer the switch is given up. Where the customer does not want to be
    called any more, nothing is done.
    """
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    last = ladder.newest(session, case_id)
    if last and last.drop in GIVEN_UP:
        words = f"that change of channel has ended: {REASONS[last.drop]}; offer a call anew before you call"
        return Outcome(False, words, at=last.ended_at)
    move.take_if_open()
    move.values["answered_at"] = move.row.answered_at or now
    _attempted(move, last)
    _ended(move, outcome, note, attempts)
    return move.done()


def _attempted(move: Move, last: Switch | None) -> None:
    """One more try; a call that the contact centre dialled and that nobody has ended yet is the same one."""
    dialled = last and last.live and last.to_channel == VOICE and last.stage is Stage.ATTEMPTED
    if dialled and _newest(move) == EventType.SWITCH_ATTEMPTED:
        return
    again = last and last.live and last.stage in (Stage.ATTEMPTED, Stage.CONNECTED)
    move.climb(Stage.ATTEMPTED, Why.AGAIN if again else Why.CALLED, way=VOICE)


def _newest(move: Move) -> str:
    """Which came last: a try, or how one ended."""
    query = select(_event.type).where(_event.case_id == move.row.id)
    tries = query.where(_event.type.in_((EventType.SWITCH_ATTEMPTED, EventType.CALL_ATTEMPTED)))
    return str(move.session.connection().execute(tries.order_by(_event.seq.desc()).limit(1)).scalar() or "")


def _ended(move: Move, outcome: CallOutcome, note: str, attempts: int) -> None:
    switch = ladder.newest(move.session, move.row.id)
    assert switch
    move.add(EventType.CALL_ATTEMPTED, {"switch": switch.id, "outcome": outcome.value, "note": note})
    if outcome in SPOKEN:
        move.climb(Stage.CONNECTED)
    if outcome is CallOutcome.RESOLVED:
        move.climb(Stage.RESOLVED)
        move.close(CaseState.RESOLVED, Resolution.CALLED, "")
        contacts.erase_case(move.session, move.row.id, "closed", move.now)
    elif outcome is CallOutcome.WRONG_NUMBER:
        move.events += ladder.drop(move.session, switch, Drop.WRONG_NUMBER, move.now, move.by)
    elif outcome is CallOutcome.NO_ANSWER and _tries(move, switch) + 1 >= attempts:
        move.events += ladder.drop(move.session, switch, Drop.NO_ANSWER, move.now, move.by)


def _tries(move: Move, switch: Switch) -> int:
    """How often nobody answered before this time, since somebody last did."""
    query = select(_event.meta).where(_event.case_id == move.row.id, _event.type == EventType.CALL_ATTEMPTED)
    ends = [row.meta for row in move.session.connection().execute(query.order_by(_event.seq.desc()))]
    theirs = [meta.get("outcome") for meta in ends if meta.get("switch") == switch.id]
    return sum(1 for outcome in takewhile(lambda one: one not in SPOKEN, theirs) if outcome == CallOutcome.NO_ANSWER)
