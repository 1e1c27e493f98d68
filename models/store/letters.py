"""What is said to a customer in writing elsewhere, by e-mail or in a private message, as the ledger of switches has it.

The words themselves are written by a person in another program; here stands that it was done, and how it went.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from models.case import CaseState, Resolution
from models.events import EventType
from models.press import Person
from models.store import ladder
from models.store.contact_rows import erase_case
from models.store.happened import event
from models.store.moves import Outcome, start_live
from models.switch import ELSEWHERE, VOICE, Stage, Why


class Wrote(StrEnum):
    """How it went."""

    WRITTEN = "written"
    """We have written to them."""
    REPLIED = "replied"
    """They have answered there, and something is left to do."""
    SOLVED = "solved"
    """It is settled there: the case is resolved with it."""


NOTHING = "no e-mail and no private message is under way"


def wrote(session: Session, case_id: str, by: Person, how: Wrote, note: str, now: datetime) -> Outcome:
    """Somebody wrote to the customer of a live case by the way that is under way, which must not be a call.

    That is a first response: words have reached the customer, though not in public.
    """
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    last = ladder.newest(session, case_id)
    if last is None or not last.live or last.to_channel == VOICE:
        return Outcome(False, NOTHING)
    move.take_if_open()
    move.values["answered_at"] = move.row.answered_at or now
    again = last.stage in (Stage.ATTEMPTED, Stage.CONNECTED)
    meta = {"how": ELSEWHERE, "note": note}
    move.events.append(event(EventType.REPLY_SENT, by, now, meta, last.to_channel))
    if how is Wrote.WRITTEN or not again:
        move.climb(Stage.ATTEMPTED, Why.AGAIN if again else Why.AGENT, way=last.to_channel)
    if how is not Wrote.WRITTEN:
        move.climb(Stage.CONNECTED)
    if how is Wrote.SOLVED:
        move.climb(Stage.RESOLVED)
        move.close(CaseState.RESOLVED, Resolution.ELSEWHERE, "")
        erase_case(session, case_id, "closed", now)
    return move.done()
