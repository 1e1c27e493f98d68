"""The win-back lane: who was leaving, on which side of the comparison they are, and whether they stayed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.decision import Arm
from models.events import EventType
from models.press import Person
from models.store import happened
from models.store.dialect import insert, table, update
from models.store.moves import Outcome, start
from models.switch_tables import WinbackRow
from models.tables import CaseRow
from models.winback import WinbackCase, WinbackOutcome

_winback, _case = table(WinbackRow).c, table(CaseRow).c

PORTION = 200
"""So many are asked about in one transaction."""


def open(  # noqa: A001  (no file is opened here)
    session: Session, case_id: str, arm: Arm, now: datetime, due: datetime
) -> bool:
    """Put a case into the lane, or into the hold-out beside it; False where it is in one already, and stays there.

    The caller holds the case's lock, or has just opened it.
    """
    row = happened.lock(session, case_id)
    if row is None:
        return False
    place = {"case_id": case_id, "brand": row.brand, "channel": row.channel, "arm": Arm(arm).value}
    fresh = insert(session, WinbackRow).on_conflict_do_nothing().returning(_winback.case_id)
    values = place | {"opened_at": now, "due_at": due, "outcome": "", "by": ""}
    if session.connection().execute(fresh, [values]).first() is None:
        return False
    meta = {"arm": place["arm"]}
    happened.append(session, case_id, [happened.event(EventType.WINBACK_OPENED, None, now, meta, row.channel)])
    return True


def end(session: Session, case_id: str, outcome: WinbackOutcome, by: Person | None, now: datetime) -> Outcome:
    """Say whether somebody who was leaving has stayed, whatever became of the case; another word replaces it."""
    move = start(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    here = _winback.case_id == case_id
    row = session.connection().execute(select(table(WinbackRow)).where(here)).first()
    if row is None:
        return Outcome(False, "nobody was leaving in this case")
    outcome = WinbackOutcome(outcome)
    if row.outcome == outcome:
        return Outcome(True, repeated=True, at=row.outcome_at)
    said = {"outcome": outcome.value, "outcome_at": now, "by": by.id if by else ""}
    session.execute(update(WinbackRow).where(here).values(**said))
    move.add(EventType.WINBACK_ENDED, {"arm": row.arm, "outcome": outcome.value})
    return move.done()


def due(session: Session, now: datetime, limit: int = PORTION) -> list[WinbackCase]:
    """Those of which it has to be asked how they ended, the longest waiting first. ``asked`` puts one off."""
    # Of who was forgotten nobody can say it any more.
    known = select(_case.id).where(_case.id == _winback.case_id, _case.author_key != "").exists()
    query = select(table(WinbackRow)).where(_winback.outcome == "", _winback.due_at <= now, known)
    return [_value(row) for row in session.connection().execute(query.order_by(_winback.due_at).limit(limit))]


def asked(session: Session, case_id: str, again: datetime) -> bool:
    """Somebody was asked how it ended, and is asked once more then, unless they say it."""
    here = (_winback.case_id == case_id, _winback.outcome == "", _winback.due_at < again)
    done = update(WinbackRow).where(*here).values(due_at=again)
    return session.connection().execute(done).rowcount == 1


def of_case(session: Session, case_id: str) -> WinbackCase | None:
    """The case's place in the comparison; None where nobody was leaving."""
    row = session.connection().execute(select(table(WinbackRow)).where(_winback.case_id == case_id)).first()
    return _value(row) if row else None


def _value(row: Any) -> WinbackCase:
    return WinbackCase(
        case_id=row.case_id,
        brand=row.brand,
        channel=row.channel,
        arm=Arm(row.arm),
        opened_at=row.opened_at,
        due_at=row.due_at,
        outcome=WinbackOutcome(row.outcome) if row.outcome else None,
        outcome_at=row.outcome_at,
        by=row.by,
    )
