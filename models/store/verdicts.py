"""How people judged what they were shown, beside how much was shown and how much was left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, case, cast, func, or_, select
from sqlmodel import Session

from models.decision import Reason, Route
from models.store.dialect import table
from models.store.shadow import not_in_shadow
from models.tables import CorrectionRow, DecisionRow, MentionRow

_decision, _mention, _correction = table(DecisionRow).c, table(MentionRow).c, table(CorrectionRow).c

ALERTS = (Route.PAGE, Route.CALL, Route.WINBACK, Route.REVIEW)
IDLE = (Reason.BROADCAST, Reason.UNRELATED, Reason.OPINION, Reason.PRAISE)
"""Why the model leaves a post alone; what screening leaves out has other reasons."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Mentions of one brand on one channel; an empty name means all together.

    ``alerts`` were shown to people for their own sake and ``left_alone`` were not; ``audited`` of the latter were
    shown as a sample. ``needed`` and ``needless`` of the alerts, ``missed`` and ``rightly`` of the sample were judged.
    """

    brand: str = ""
    channel: str = ""
    alerts: int = 0
    needed: int = 0
    needless: int = 0
    left_alone: int = 0
    audited: int = 0
    missed: int = 0
    rightly: int = 0


def tallies(session: Session, since: datetime) -> list[Tally]:
    """By brand and channel, of the mentions decided after ``since``; nothing where nobody has judged any of them."""
    verdicts = _verdicts(session, since)
    if not verdicts:
        return []
    shown = session.connection().execute(_shown(since))
    counts = {(brand, channel, what): count for brand, channel, what, count in shown if what}
    return [_tally(place, counts, verdicts) for place in sorted({key[:2] for key in counts})]


def together(parts: Iterable[Tally]) -> Tally:
    """All of them as one."""
    parts = list(parts)

    def total(name: str) -> int:
        return sum(getattr(part, name) for part in parts)

    return Tally("", "", *map(total, ("alerts", "needed", "needless", "left_alone", "audited", "missed", "rightly")))


def _tally(place: tuple[str, str], counts: dict[Any, int], verdicts: Counter[Any]) -> Tally:
    audited = counts.get((*place, "audit"), 0)
    return Tally(
        *place,
        alerts=counts.get((*place, "alert"), 0),
        needed=verdicts[*place, "alert", True],
        needless=verdicts[*place, "alert", False],
        left_alone=counts.get((*place, "left"), 0) + audited,
        audited=audited,
        missed=verdicts[*place, "audit", True],
        rightly=verdicts[*place, "audit", False],
    )


def _verdicts(session: Session, since: datetime) -> Counter[tuple[str, str, str, bool]]:
    """How many mentions got each verdict, the last one of each, by place and by what it was."""
    said = (_correction.at > since, _correction.needed.is_not(None))
    query = _of_decisions(since, _decision.mention_id, _correction.needed).where(*said).order_by(_correction.id)
    joined = query.join(table(CorrectionRow), _correction.mention_id == _decision.mention_id)
    last = {row[3]: (*row[:3], row[4]) for row in session.connection().execute(joined)}
    return Counter(last.values())


def _shown(since: datetime) -> Select[Any]:
    each = _of_decisions(since).subquery().c
    return select(each.brand, each.channel, each.what, func.count()).group_by(each.brand, each.channel, each.what)


def _of_decisions(since: datetime, *columns: Any) -> Select[Any]:
    """Brand, channel and what it was (alert, audit, left alone, or nothing of these) of every decision, and more."""
    reasons = cast(_decision.reasons, Text)

    def holds(reason: Reason) -> Any:
        return reasons.like(f'%"{reason}"%')

    shown = or_(_decision.route.in_(ALERTS), (_decision.route == Route.ANSWER) & _decision.case_id.is_not(None))
    shown = shown & ~holds(Reason.SAME_WORDS)
    left = (_decision.route == Route.IGNORE) & or_(*map(holds, IDLE)) & ~holds(Reason.EMPTY)
    what = case((holds(Reason.AUDIT), "audit"), (shown, "alert"), (left, "left"), else_="")
    both = table(DecisionRow).join(table(MentionRow), _mention.id == _decision.mention_id)
    said = select(_mention.brand, _mention.channel, what.label("what"), *columns)
    # What was decided in shadow was shown to nobody.
    return said.select_from(both).where(_decision.at > since, not_in_shadow(_decision.mention_id))
