"""What was decided about the mentions that are still kept, with what the model had said. Reads only, in portions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select
from sqlmodel import Session

from models.assessment import Assessment
from models.channel_tables import ShadowRow
from models.mention import Mention
from models.store.dialect import table
from models.store.rows import mention_of, readable
from models.tables import AssessmentRow, DecisionRow, MentionRow

_mention, _assessment, _decision = table(MentionRow).c, table(AssessmentRow).c, table(DecisionRow).c
_shadow = table(ShadowRow).c

PORTION = 500
"""So many mentions are read in one transaction, so that a daemon beside us can clear its log in between."""

Place = tuple[datetime, str]
"""Where a portion ends: when its last mention was heard, and that mention's id."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A mention with its decision; ``assessment`` is None where the model was not asked or cannot be read any more.

    ``carded`` says that it opened or joined a case, or would have in shadow; ``version`` names the models that judged.
    """

    id: str
    mention: Mention
    listener: str
    heard_at: datetime
    assessment: Assessment | None
    version: str
    route: str
    reasons: tuple[str, ...]
    carded: bool
    decided_at: datetime

    @property
    def place(self) -> Place:
        """Where a portion that ends with it ends."""
        return self.heard_at, self.id


@dataclass(frozen=True, slots=True)
class Extent:
    """How many mentions were heard in a time: those ``decided`` whose text is kept, and what cannot be looked at."""

    decided: int = 0
    erased: int = 0
    waiting: int = 0
    first: datetime | None = None


def extent(session: Session, since: datetime, until: datetime) -> Extent:
    """What there is, of the mentions heard from ``since`` to ``until``; ``first`` is when the first of all was."""
    query = select(_mention.kept, _mention.state, func.count(), func.min(_mention.heard_at))
    heard = query.where(_mention.heard_at >= since, _mention.heard_at <= until).group_by(_mention.kept, _mention.state)
    rows = session.connection().execute(heard).all()
    return Extent(
        decided=sum(count for kept, state, count, _ in rows if kept and state == "decided"),
        erased=sum(count for kept, _, count, _ in rows if not kept),
        waiting=sum(count for kept, state, count, _ in rows if kept and state != "decided"),
        first=min((first for *_, first in rows), default=None),
    )


def portion(session: Session, after: Place, until: datetime) -> list[Decided]:
    """The next decided mentions that were heard behind ``after``, in the order in which they were heard."""
    values = {"at": after[0], "id": after[1], "until": until, "most": PORTION}
    return [_decided(row) for row in session.connection().execute(_portion(), values)]


@cache
def _portion() -> Select[Any]:
    decision = [column.label(f"decision_{column.name}") for column in (_decision.case_id, _decision.at)]
    both = (
        table(MentionRow)
        .join(table(DecisionRow), _decision.mention_id == _mention.id)
        .outerjoin(table(AssessmentRow), _assessment.mention_id == _mention.id)
        .outerjoin(table(ShadowRow), _shadow.mention_id == _mention.id)
    )
    judged = (_assessment.body, _assessment.version)
    wanted = (
        *_mention_columns(),
        *judged,
        _decision.route,
        _decision.reasons,
        *decision,
        _shadow.case_id.label("dark"),
    )
    behind = or_(_mention.heard_at > bindparam("at"), _mention.id > bindparam("id"))
    # The first condition is what the index of kept mentions answers; a pair would not be, on SQLite.
    place = (_mention.kept, _mention.heard_at >= bindparam("at"), _mention.heard_at <= bindparam("until"), behind)
    query = select(*wanted).select_from(both).where(*place)
    return query.order_by(_mention.heard_at, _mention.id).limit(bindparam("most"))


def _mention_columns() -> Iterator[Any]:
    names = "id brand channel external_id author text posted_at details listener heard_at edited_at"
    return (_mention[name] for name in names.split())


def _decided(row: Any) -> Decided:
    return Decided(
        id=row.id,
        mention=mention_of(row),
        listener=row.listener,
        heard_at=row.heard_at,
        assessment=readable(row.body) if row.body else None,
        version=row.version or "",
        route=row.route,
        reasons=tuple(row.reasons),
        carded=row.decision_case_id is not None or bool(row.dark),
        decided_at=row.decision_at,
    )
