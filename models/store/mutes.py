"""The team's rules of what not to be shown, kept with who made them, why and until when."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlmodel import Session, col, delete

from models.desk_tables import MuteRow
from models.mention import storable
from models.mute import Mute as Mute
from models.mute import MuteKind as MuteKind
from models.mute import matches as matches
from models.press import Person
from models.store.dialect import insert, table
from models.store.edits import masked
from models.store.rows import mention_of
from models.tables import AssessmentRow, DecisionRow, MentionRow

_mute, _mention = table(MuteRow).c, table(MentionRow).c

EXAMPLES = 5

LOOKED_AT = 10_000
"""A preview looks at so many posts at most, the newest: in that second nobody else's press is answered."""

PORTION = 500

KEPT = timedelta(days=7)
"""A rule that has ended is kept for so long."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would have caught: how many, the newest few as (posted_at, channel, masked text), and by reason.

    ``reasons`` counts the first reason of each one's decision. ``looked_at`` says how many posts were looked at, and
    ``whole`` whether those were all.
    """

    count: int
    examples: tuple[tuple[str, str, str], ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)
    looked_at: int = 0
    whole: bool = True


def add(session: Session, mute: Mute, now: datetime) -> Mute:
    """Keep a rule; the kept one, with its id. The same kind, value and brand again replaces the earlier rule."""
    kept = replace(mute, id=uuid.uuid4().hex, at=now, value=storable(mute.value), label=storable(mute.label))
    values: dict[str, Any] = {
        "id": kept.id,
        "kind": kept.kind,
        "value": kept.value,
        "brand": kept.brand,
        "label": kept.label,
        "until": kept.until,
        "by": kept.by.id,
        "by_name": storable(kept.by.name),
        "why": storable(kept.why),
        "at": now,
    }
    same = ["kind", "value", "brand"]
    row = insert(session, MuteRow).values(**values)
    session.execute(row.on_conflict_do_update(index_elements=same, set_=values))
    return kept


def remove(session: Session, mute_id: str) -> bool:
    """Take a rule away; whether there was one."""
    gone = delete(MuteRow).where(col(MuteRow.id) == mute_id)
    return session.connection().execute(gone).rowcount == 1


def live(session: Session, brand: str | None, now: datetime) -> list[Mute]:
    """The rules that hold now for a brand, those for every brand included; None: all. The newest first."""
    query = select(table(MuteRow)).where(or_(_mute.until.is_(None), _mute.until > now))
    if brand is not None:
        query = query.where(_mute.brand.in_(("", brand)))
    return [_mute_of(row) for row in session.connection().execute(query.order_by(_mute.at.desc(), _mute.id))]


def preview(session: Session, mute: Mute, since: datetime, now: datetime) -> Preview:
    """What the rule would have caught of the posts heard since, as far as their text is kept."""
    caught, examples = Counter[str](), list[tuple[str, str, str]]()
    looked_at = 0
    for row in _heard(session, mute, since):
        looked_at += 1
        # Words of danger are shown whatever the rules say.
        if not matches(mute, mention_of(row)) or (row.body and row.body.get("danger")):
            continue
        caught[row.reasons[0] if row.reasons else ""] += 1
        if len(examples) < EXAMPLES and (text := masked(row.text, row.body)):
            examples.append((row.posted_at.isoformat(timespec="seconds"), row.channel, text))
    return Preview(sum(caught.values()), tuple(examples), dict(caught), looked_at, looked_at < LOOKED_AT)


def _heard(session: Session, mute: Mute, since: datetime) -> Iterator[Any]:
    """The posts that a rule may have caught, the newest first."""
    assessment, decision = table(AssessmentRow).c, table(DecisionRow).c
    both = (
        table(MentionRow)
        .join(table(DecisionRow), decision.mention_id == _mention.id)
        .outerjoin(table(AssessmentRow), assessment.mention_id == _mention.id)
    )
    query = select(table(MentionRow), decision.reasons, assessment.body).select_from(both)
    query = query.where(_mention.kept, _mention.heard_at >= since)
    if mute.brand:
        query = query.where(_mention.brand == mute.brand)
    newest = query.order_by(_mention.heard_at.desc(), _mention.id).limit(LOOKED_AT)
    yield from session.connection().execute(newest, execution_options={"yield_per": PORTION})


def forget(session: Session, authors: Collection[str], threads: Collection[str], names: Collection[str]) -> None:
    """Erase the rules about a person, by keys, handles and ids; a rule about their thread loses its label only."""
    by_name = and_(_mute.kind == MuteKind.AUTHOR, or_(_mute.value.in_(authors), func.lower(_mute.value).in_(names)))
    session.execute(delete(MuteRow).where(by_name))
    theirs = (_mute.kind == MuteKind.THREAD, _mute.value.in_(threads))
    session.execute(update(table(MuteRow)).where(*theirs).values(label="", why=""))


def purge(session: Session, now: datetime) -> None:
    """Drop the rules that ended some time ago."""
    session.execute(delete(MuteRow).where(col(MuteRow.until) <= now - KEPT))


def _mute_of(row: Any) -> Mute:
    return Mute(
        MuteKind(row.kind),
        row.value,
        row.brand,
        row.until,
        Person(row.by, row.by_name),
        row.why,
        row.label,
        row.id,
        row.at,
    )
