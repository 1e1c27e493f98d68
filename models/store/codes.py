"""What a case's code is worth: on the page, on the phone, and in a post of anybody."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.case import Case, Dismissal, read_code
from models.mention import Mention
from models.past import Quote
from models.quoting import codes_in
from models.settings.callback import CallbackSettings
from models.store import cases
from models.store.dialect import table
from models.store.moves import has_text
from models.store.rows import case_of
from models.tables import CaseRow

_case = table(CaseRow).c


def valid(session: Session, code: str, callback: CallbackSettings, now: datetime) -> Case | None:
    """The case that a code opens: one that is live, or was closed less than ``code_lasts`` ago, and is not erased.

    None for every other text, whatever is wrong with it: nobody learns from the answer which codes there are.
    """
    known = read_code(code)
    row = _row(session, known) if known else None
    return case_of(row) if row is not None and stands(row, callback.code_lasts, now) else None


def stands(row: Any, lasts: timedelta, now: datetime) -> bool:
    """Whether the code of a case still opens it."""
    if _erased(row):
        return False
    return row.state in cases.LIVE or (row.closed_at is not None and now < row.closed_at + lasts)


def quoted(session: Session, mention: Mention, lasts: timedelta, now: datetime) -> tuple[Quote, Case | None]:
    """What the codes in a post are worth, and the case that it therefore belongs to: that of the first that stands.

    The case is ours until the transaction ends.
    """
    found = Quote.NONE
    for code in codes_in(mention.text):
        row = _row(session, code)
        if row is None:
            continue
        if row.brand != mention.brand:
            found = found or Quote.FOREIGN
            continue
        row = cases.lock(session, row.id)
        if stands(row, lasts, now) and (row.state in cases.LIVE or has_text(session, row.id)):
            return (Quote.OWN if row.author_key == mention.author_key else Quote.OTHER), case_of(row)
        found = Quote.OVER
    return found, None


def naming_a_case(session: Session, mentions: Iterable[Mention]) -> set[str]:
    """The ids of those posts that quote a code of their brand, whether it still stands or not."""
    said = [(mention.id, mention.brand, code) for mention in mentions for code in codes_in(mention.text)]
    known = _known(session, {code for _, _, code in said})
    return {one for one, brand, code in said if (brand, code) in known}


def _known(session: Session, codes: Collection[str]) -> set[tuple[str, str]]:
    if not codes:
        return set()
    query = select(_case.brand, _case.code).where(_case.code.in_(codes), _case.author_key != "")
    return {(row.brand, row.code) for row in session.execute(query)}


def _row(session: Session, code: str) -> Any:
    return session.connection().execute(select(table(CaseRow)).where(_case.code == code)).first()


def _erased(row: Any) -> bool:
    return not row.author_key or row.reason == Dismissal.ERASED
