"""The ledger of changes of channel: how far each has come, who moved it, when, and why a stage was skipped.

Everything here is one transaction under the case's lock: the switch's row, the case's history and its card.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlmodel import Session

from models.case import CaseState, Resolution
from models.events import EventType
from models.store import cases, edits, happened, ladder
from models.store.dialect import table
from models.store.moves import DONE, ERASED, Move, Outcome, start, start_live
from models.switch import CUSTOMER as CUSTOMER
from models.switch import ELSEWHERE, VOICE, Actor, Drop, Stage, Switch, Why
from models.switch_tables import UNDER_WAY, SwitchRow
from models.tables import CaseEventRow, CaseRow

_switch, _case = table(SwitchRow).c, table(CaseRow).c


def recommend(session: Session, case_id: str, to: str, now: datetime, by: Actor, why: str = "") -> Switch | None:
    """Say that this person should be helped elsewhere, unless a switch is under way; the live one.

    None where the case is closed or erased.
    """
    move = start_live(session, case_id, by, now)
    if isinstance(move, Outcome):
        return None
    under_way = live(session, case_id)
    if under_way is None:
        move.climb(Stage.RECOMMENDED, why, way=to)
        move.done()
    return under_way or live(session, case_id)


def advance(
    session: Session,
    case_id: str,
    to: Stage,
    now: datetime,
    by: Actor,
    why: str = "",
    channel: str = "",
    to_channel: str = "",
) -> Outcome:
    """Move the case's switch to a stage; ``repeated`` where it stands there. Without a live one, a new one begins.

    A stage that is skipped or gone back to needs ``why`` (a ``models.switch.Why``, or somebody's own words), unless
    it is the customer who moves. A ``to_channel`` other than the live one's takes its place. Of a closed case only
    the end in public can still be written down.
    """
    opening = start if to is Stage.CLOSED else start_live
    move = opening(session, case_id, by, now)
    if isinstance(move, Outcome):
        return move
    last = ladder.newest(session, case_id)
    if to is Stage.CLOSED and (last is None or last.stage is Stage.DROPPED):
        return Outcome(False, "nothing was settled elsewhere, so there is nothing to close")
    try:
        move.climb(to, why, channel, to_channel)
    except ladder.Silent as silent:
        return Outcome(False, str(silent))
    if not move.events:
        return Outcome(True, repeated=True, at=last.moved_at if last else None)
    return move.done()


def drop(session: Session, case_id: str, reason: Drop, now: datetime, by: Actor) -> Outcome:
    """End the case's live switch without a solution, whatever became of the case."""
    if happened.lock(session, case_id) is None:
        return Outcome(False, ERASED, erased=True)
    last = ladder.newest(session, case_id)
    events = ladder.drop(session, last, reason, now, by)
    if events:
        happened.append(session, case_id, events)
        edits.redraw(session, case_id, now)
        return DONE
    if last is not None and last.drop is reason:
        return Outcome(True, repeated=True, at=last.ended_at)
    return Outcome(False, "no change of channel is under way")


def live(session: Session, case_id: str) -> Switch | None:
    """The case's switch that is under way."""
    last = ladder.newest(session, case_id)
    return last if last and last.live else None


def of_case(session: Session, case_id: str) -> list[Switch]:
    """All of the case's switches, in their order."""
    return ladder.every(session, case_id)


def ended(move: Move, state: CaseState, reason: str) -> None:
    """The whole case ends, and its switch with it: settled there, or not needed."""
    last = ladder.newest(move.session, move.row.id)
    if state is CaseState.RESOLVED and reason in (Resolution.CALLED, Resolution.ELSEWHERE):
        if _settled_already(move.session, move.row.id):
            return
        under_way = last.to_channel if last and last.live else ELSEWHERE
        way = VOICE if reason == Resolution.CALLED else (ELSEWHERE if under_way == VOICE else under_way)
        move.climb(Stage.RESOLVED, Why.CASE_RESOLVED, way=way)
        return
    move.events += ladder.drop(move.session, last, Drop.NOT_NEEDED, move.now, move.by)


def owed_again(move: Move) -> None:
    """The whole case is open again: what was dropped only because it had ended is recommended anew."""
    last = ladder.newest(move.session, move.row.id)
    if last and last.drop is Drop.NOT_NEEDED and move.row.route in cases.ELSEWHERE:
        move.climb(Stage.RECOMMENDED, channel=last.from_channel, way=last.to_channel)


def _settled_already(session: Session, case_id: str) -> bool:
    """Whether it was settled elsewhere since the case was last opened."""
    happened_ = table(CaseEventRow).c
    types = (EventType.SWITCH_COMPLETED, EventType.OPENED, EventType.REOPENED)
    query = select(happened_.type).where(happened_.case_id == case_id, happened_.type.in_(types))
    last = session.connection().execute(query.order_by(happened_.seq.desc()).limit(1)).scalar()
    return bool(last == EventType.SWITCH_COMPLETED)


def expire(session: Session, rest: timedelta, now: datetime, limit: int = 200) -> int:
    """Drop up to ``limit`` switches that nothing has moved for so long; how many. Run by a clock."""
    # As it stands in the index, or each time every case that ever was is looked at.
    idle = select(_switch.case_id).where(text(UNDER_WAY), _switch.moved_at <= now - rest)
    idle_cases = select(_case.id).where(_case.id.in_(idle))
    # What somebody works on at this moment is left to the next time, so that nobody waits in a circle.
    free = idle_cases.order_by(_case.id).limit(limit).with_for_update(skip_locked=True)
    ids = list(session.connection().execute(free).scalars())
    return sum(drop(session, case_id, Drop.EXPIRED, now, None).done for case_id in ids)
