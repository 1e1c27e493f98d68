"""How a case is moved: locked, looked at, changed, written down and drawn anew, and what the person is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.case import CaseState, Dismissal
from models.events import EventType
from models.mention import storable
from models.press import Person
from models.store import cases, edits, ladder
from models.store.cases import LIVE, Event
from models.store.dialect import table, update
from models.store.happened import event as event
from models.switch import Actor, Stage
from models.tables import CaseEventRow, CaseRow, MentionRow

_case = table(CaseRow).c

ERASED = "this case was erased: its person asked to be forgotten, or its time was over"
CLOSINGS = {CaseState.RESOLVED: EventType.RESOLVED, CaseState.DISMISSED: EventType.CLOSED_NO_ACTION}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a press. If not ``done``, ``words`` say why and by whom, and ``at`` when; ``said`` says it all.

    ``repeated``: it stood that way already by the same person, so nothing was changed and nobody need be told.
    ``erased``: the case was forgotten or purged, or there is none with this id.
    """

    done: bool
    words: str = ""
    repeated: bool = False
    at: datetime | None = None
    erased: bool = False

    def said(self, zone: tzinfo, now: datetime) -> str:
        """The words with their time on the team's clock, such as "already claimed by Ana at 14:02"."""
        if self.at is None:
            return self.words
        local = self.at.astimezone(zone)
        day = "" if local.date() == now.astimezone(zone).date() else f" on {local.day} {local:%b}"
        return f"{self.words}{day} at {local:%H:%M}"


DONE = Outcome(True)


@dataclass(slots=True)
class Move:
    """A change of one case in the making. ``row`` is the case as it stands, and nobody else's until the commit."""

    session: Session
    row: Any
    by: Actor
    now: datetime
    values: dict[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether the person holds the case."""
        return isinstance(self.by, Person) and self.row.holder == self.by.id

    def add(self, what: EventType, meta: Mapping[str, Any] | None = None) -> None:
        """Write down what happens; without what was left empty."""
        self.events.append(event(what, self.by, self.now, meta))

    def take(self, holder: Person) -> None:
        """Make somebody the holder."""
        mine = {"state": CaseState.CLAIMED, "holder": holder.id, "holder_name": storable(holder.name)}
        self.values |= mine | {"claimed_at": self.now, "snoozed_until": None}

    def take_if_open(self) -> None:
        """Who works on a case that nobody holds has claimed it with that."""
        if isinstance(self.by, Person) and self.row.state == CaseState.OPEN:
            self.take(self.by)
            self.add(EventType.CLAIMED)

    def climb(self, to: Stage, why: str = "", channel: str = "", way: str = "") -> None:
        """Move the case's change of channel, or open one; raises ``ladder.Silent`` where a reason is missing."""
        self.events += ladder.climb(self.session, ladder.of(self.row), to, self.now, self.by, why, channel, way)

    def close(self, state: CaseState, reason: str, note: str) -> None:
        """End the case."""
        self.values |= {"state": state, "closed_at": self.now, "reason": storable(reason), "snoozed_until": None}
        self.add(CLOSINGS[state], {"reason": reason, "note": note})

    def done(self) -> Outcome:
        """Keep it all and draw the card anew."""
        if self.values:
            self.session.execute(update(CaseRow).where(_case.id == self.row.id).values(**self.values))
        if self.events:
            cases.append(self.session, self.row.id, self.events)
        edits.redraw(self.session, self.row.id, self.now)
        return DONE

    def closed(self) -> Outcome:
        """Why nothing can be done about a closed case."""
        return closed(self.session, self.row)


def start(session: Session, case_id: str, by: Actor, now: datetime) -> Move | Outcome:
    """Lock a case to move it, closed or not; what to say instead where it was erased."""
    row = cases.lock(session, case_id)
    if row is None or not row.author_key:
        return Outcome(False, ERASED, erased=True)
    return Move(session, row, by, now)


def start_live(session: Session, case_id: str, by: Actor, now: datetime) -> Move | Outcome:
    """The same for what can be done with a live case only."""
    move = start(session, case_id, by, now)
    if isinstance(move, Move) and move.row.state not in LIVE:
        return move.closed()
    return move


def closed(session: Session, row: Any) -> Outcome:
    """By whom a closed case was closed, and when."""
    if row.reason == Dismissal.ERASED or not has_text(session, row.id):
        return Outcome(False, ERASED, erased=True)
    happened, last = table(CaseEventRow).c, CLOSINGS[CaseState(row.state)]
    query = select(table(CaseEventRow)).where(happened.case_id == row.id, happened.type == last)
    end = session.connection().execute(query.order_by(happened.seq.desc()).limit(1)).first()
    by = f" by {called(end.actor_id, end.meta.get('name', ''))}" if end else ""
    return Outcome(False, f"already {row.state}{by}", at=row.closed_at)


def has_text(session: Session, case_id: str) -> bool:
    """Whether a post of the case is still kept."""
    mention = table(MentionRow).c
    kept = select(mention.id).where(mention.case_id == case_id, mention.kept).limit(1)
    return session.connection().execute(kept).first() is not None


def called(person_id: str, name: str) -> str:
    """What people are called."""
    return name or person_id or "the bot"


def ended_by(session: Session, row: Any, types: Sequence[EventType]) -> str:
    """The id of the person of the last event of these types."""
    happened = table(CaseEventRow).c
    query = select(happened.actor_id).where(happened.case_id == row.id, happened.type.in_(types))
    return str(session.connection().execute(query.order_by(happened.seq.desc()).limit(1)).scalar() or "")
