"""What a list of folded cards says now: how many, since when, a row for the first of them and the others' codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlmodel import Session

from models.case import CaseState
from models.store import cases
from models.store.dialect import table
from models.tables import CaseRow, EffectRow

_effect, _case = table(EffectRow).c, table(CaseRow).c

FOLDING, FOLDED = "folding", "folded"
LISTED = (FOLDING, FOLDED)

ROWS = 15
"""So many cards a list shows; as they are taken out or closed, the next move up."""

CODES = 300
"""So many more are named by their codes alone."""


def body_of(session: Session, key: str, reference: str = "") -> dict[str, Any]:
    """What a list says now. ``new`` are the keys of the cards that it shows for the first time.

    ``count`` is how many joined it, ``left`` how many of them nobody has taken up, ``since`` and ``until`` when the
    first and the last of them came in.
    """
    count, since, until = session.execute(
        select(func.count(), func.min(_effect.queued_at), func.max(_effect.queued_at)).where(_effect.list_key == key)
    ).one()
    fresh = session.scalars(select(_effect.key).where(_effect.list_key == key, _effect.state == FOLDING))
    rows = list(rows_of(session, key))
    shown = {row["code"] for row in rows}
    return {
        "count": count,
        "left": left_in(session, key),
        "since": since.isoformat() if since else "",
        "until": until.isoformat() if until else "",
        "rows": rows,
        "codes": [code for code in _codes(session, key) if code not in shown],
        "new": sorted(fresh),
    } | ({"reference": reference} if reference else {})


def rows_of(session: Session, key: str, skip: int = 0, limit: int = ROWS) -> Iterator[dict[str, str]]:
    """The cards of a list that nobody has taken up, the gravest and oldest first; each case once."""
    query = select(_effect.key, _effect.case_id, _effect.mention_id, _effect.body).select_from(_with_case())
    query = query.where(_open(key)).order_by(_effect.priority.desc(), _effect.queued_at, _effect.key)
    # A case has two cards in a list only if it became graver in the meantime, so a few more are read.
    seen: dict[str, dict[str, str]] = {}
    for row in session.execute(query.limit((skip + limit) * 2)):
        if row.body and (row.case_id or row.key) not in seen:
            seen[row.case_id or row.key] = _row(row)
    yield from list(seen.values())[skip : skip + limit]


def _codes(session: Session, key: str) -> list[str]:
    """The codes of its cases, in the order of the rows."""
    query = select(_case.code).select_from(_with_case()).where(_open(key), _case.code.is_not(None))
    query = query.order_by(_effect.priority.desc(), _effect.queued_at, _effect.key)
    return list(dict.fromkeys(session.scalars(query.limit(ROWS + CODES))))


def left_in(session: Session, key: str) -> int:
    """How many cards of a list nobody has taken up."""
    cards = func.count(func.distinct(func.coalesce(_effect.case_id, _effect.key)))
    return session.scalar(select(cards).select_from(_with_case()).where(_open(key))) or 0


def list_at(session: Session, place: str) -> str | None:
    """The key of the list whose message stands at a place; None where none does."""
    there = (_effect.kind == literal_column("'list'"), _effect.receipt == place)
    return session.scalar(select(_effect.key).where(*there).limit(1))


def seen(body: Mapping[str, Any]) -> dict[str, Any]:
    """What people see of a list."""
    return {name: body.get(name) for name in ("count", "left", "since", "until", "rows", "codes")}


def _with_case() -> Any:
    return table(EffectRow).join(table(CaseRow), _case.id == _effect.case_id, isouter=True)


def _open(key: str) -> ColumnElement[bool]:
    """The cards of a list that nobody has taken up."""
    # A second card asks others to look, so it does not matter who works on the case.
    second = ~_effect.purpose.startswith(cases.CARD)
    untouched = or_(_case.id.is_(None), _case.state == CaseState.OPEN, second)
    return and_(_effect.list_key == key, _effect.state.in_(LISTED), untouched)


def _row(row: Any) -> dict[str, str]:
    card: Mapping[str, Any] = row.body
    taken = ("code", "title", "author", "channel", "text", "answer_by", "hours")
    said = {name: str(card.get(name) or "")[:200] for name in taken}
    return said | {"case_id": row.case_id or "", "mention_id": row.mention_id or ""}
