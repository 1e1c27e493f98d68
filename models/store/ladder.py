"""The rungs of a change of channel. The row is moved here and now; what goes into the case's history is returned.

Whoever calls holds the case's lock and appends the events in the same transaction, so that the row and the history
always say the same. ``models.store.switches`` is the door for everybody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from models.events import EventType
from models.store.dialect import insert, table, update
from models.store.happened import Event, event
from models.switch import CUSTOMER, EVENTS, LADDER, VOICE, Actor, Drop, Stage, Step, Switch, Why, step
from models.switch_tables import SwitchRow

_switch = table(SwitchRow).c


class Silent(ValueError):
    """A stage would be skipped or gone back to without a reason; the message says so to people."""


class Of(NamedTuple):
    """The case that a switch belongs to, as far as the ladder needs it. ``channel`` is where the complaint stands."""

    id: str
    brand: str
    channel: str


def of(row: Any) -> Of:
    """The same from the case's row."""
    return Of(row.id, row.brand, row.channel)


def every(session: Session, case_id: str) -> list[Switch]:
    """The case's switches in their order."""
    query = select(table(SwitchRow)).where(_switch.case_id == case_id).order_by(_switch.hop)
    return [_value(row) for row in session.connection().execute(query)]


def newest(session: Session, case_id: str) -> Switch | None:
    """The case's last switch, live or not; its row is ours until the transaction ends."""
    query = select(table(SwitchRow)).where(_switch.case_id == case_id).order_by(_switch.hop.desc())
    row = session.connection().execute(query.limit(1).with_for_update()).first()
    return _value(row) if row else None


def climb(
    session: Session, case: Of, to: Stage, now: datetime, by: Actor, why: str = "", channel: str = "", way: str = ""
) -> list[Event]:
    """Move the case's switch to a stage, or open one there; nothing where it stands there already.

    ``channel`` is where a new one begins and ``way`` where it leads. Another way than the live one's takes its place.
    Raises ``Silent``, and ValueError for dropped, which has its own function.
    """
    if to is Stage.DROPPED:
        raise ValueError("that is no place on the ladder: drop it, and say why")
    last, why = newest(session, case.id), why.strip()
    if last is None or not (last.live or (to is Stage.CLOSED and last.stage is not Stage.DROPPED)):
        return _begin(session, case, last, to, now, by, why, channel or case.channel, way or VOICE)
    if last.live and way and way != last.to_channel:
        # This way always has a reason, so what was dropped for it is never left without it.
        over = drop(session, last, Drop.SUPERSEDED, now, by)
        here = channel or (last.to_channel if _spoken(last.stage) else last.from_channel)
        return over + _begin(session, case, last, to, now, by, why or Why.OTHER_WAY, here, way)
    made = step(last.stage, to)
    if made.again and to is not Stage.ATTEMPTED:
        return []
    if by == CUSTOMER and made.back and to is Stage.OPENED:
        # Somebody looks at the page once more: nothing of what has happened is undone by that.
        return []
    return [_moved(session, last, to, made, now, by, _reason(made, by, why))]


def drop(session: Session, last: Switch | None, reason: Drop, now: datetime, by: Actor) -> list[Event]:
    """End a live switch without a solution; nothing where there is none."""
    if last is None or not last.live:
        return []
    ended = {"stage": Stage.DROPPED.value, "drop": reason.value, "moved_at": _after(last, now), "ended_at": now}
    session.execute(update(SwitchRow).where(_switch.id == last.id).values(**ended))
    meta = {"switch": last.id, "to": last.to_channel, "stage": last.stage.value, "reason": reason.value}
    return [event(EventType.SWITCH_DROPPED, by, now, meta, last.from_channel)]


def _begin(
    session: Session,
    case: Of,
    last: Switch | None,
    stage: Stage,
    now: datetime,
    by: Actor,
    why: str,
    channel: str,
    way: str,
) -> list[Event]:
    """The case's next switch, at any stage: those below it are skipped, and written down as skipped."""
    made = Step(LADDER[: LADDER.index(stage)])
    why = _reason(made, by, why)
    hop = last.hop + 1 if last else 1
    # Of two that open the same hop, the primary key lets one; the case's lock keeps them from coming so far.
    row: dict[str, Any] = {
        "id": f"{case.id}-{hop}",
        "case_id": case.id,
        "brand": case.brand,
        "from_channel": channel,
        "to_channel": way,
        "hop": hop,
        "stage": stage.value,
        "why": _kept(why),
        "drop": "",
        "opened_at": now,
        "moved_at": now,
        "ended_at": now if stage in (Stage.RESOLVED, Stage.CLOSED) else None,
    }
    session.connection().execute(insert(session, SwitchRow), [row])
    return [_written(row["id"], channel, way, stage, made, now, by, why)]


def _moved(session: Session, last: Switch, to: Stage, made: Step, now: datetime, by: Actor, why: str) -> Event:
    values: dict[str, Any] = {"stage": to.value, "moved_at": _after(last, now)}
    if why:
        values["why"] = _kept(why)
    if to in (Stage.RESOLVED, Stage.CLOSED) and last.ended_at is None:
        values["ended_at"] = now
    session.execute(update(SwitchRow).where(_switch.id == last.id).values(**values))
    return _written(last.id, last.from_channel, last.to_channel, to, made, now, by, why)


def _reason(made: Step, by: Actor, why: str) -> str:
    """Why a step is taken. The customer is never asked for a reason; everybody else has to have one."""
    why = why or (Why.CUSTOMER if by == CUSTOMER and made.needs_reason else "")
    if made.needs_reason and not why:
        raise Silent(_unsaid(made.skipped) if made.skipped else "that goes back, so say why")
    return why if made.needs_reason else ""


def _unsaid(skipped: Sequence[Stage]) -> str:
    return f"that skips {', '.join(skipped)}, so say why"


def _written(
    switch_id: str, channel: str, way: str, to: Stage, made: Step, now: datetime, by: Actor, why: str
) -> Event:
    meta: dict[str, Any] = {"switch": switch_id, "to": way, "why": _kept(why)}
    if made.skipped:
        meta["skipped"] = [stage.value for stage in made.skipped]
    if made.back:
        meta["back"] = True
    if why and why != _kept(why):
        meta["note"] = why
    return event(EVENTS[to], by, now, meta, channel)


def _kept(why: str) -> str:
    """A reason as it may be kept for ever: one of our words."""
    return Why(why).value if why in set(Why) else (Why.SAID.value if why else "")


def _after(last: Switch, now: datetime) -> datetime:
    """The moment of a move: never before the move before it, however the clock jumped."""
    return max(now, last.moved_at)


def _spoken(stage: Stage) -> bool:
    return LADDER.index(stage) >= LADDER.index(Stage.CONNECTED)


def _value(row: Any) -> Switch:
    return Switch(
        id=row.id,
        case_id=row.case_id,
        brand=row.brand,
        from_channel=row.from_channel,
        to_channel=row.to_channel,
        stage=Stage(row.stage),
        hop=row.hop,
        opened_at=row.opened_at,
        moved_at=row.moved_at,
        why=row.why,
        drop=Drop(row.drop) if row.drop else None,
        ended_at=row.ended_at,
    )
