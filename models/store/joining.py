"""People join and part what looks alike; and what was counted on a card that goes finds another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from models.case import CaseState, Dismissal
from models.decision import Route
from models.press import Person
from models.store import alike, cases, casework, edits
from models.store.dialect import table
from models.store.moves import Outcome
from models.store.rows import mention_of
from models.tables import CaseRow, MentionRow

_mention, _case = table(MentionRow).c, table(CaseRow).c

NOT_ALIKE = "it is not joined to anything, and nothing is joined to it"


def join(session: Session, case_id: str, other_id: str, by: Person, now: datetime) -> Outcome:
    """Count a live case's post on the card of another live case of the same brand, and close the first as a duplicate.

    Danger keeps its own card.
    """
    if case_id == other_id:
        return Outcome(False, "that is one case")
    rows = {one: cases.lock(session, one) for one in sorted((case_id, other_id))}
    own, other = rows[case_id], rows[other_id]
    if own is None or other is None or not own.author_key or not other.author_key:
        return Outcome(False, "one of them was erased")
    if own.brand != other.brand:
        return Outcome(False, "they are of two brands")
    if other.state not in cases.LIVE:
        return Outcome(False, f"case {other.code} is closed, so nobody would look at it there")
    if own.route == Route.PAGE:
        return Outcome(False, "somebody may be in danger, so this card stays")
    about = edits.about(session, case_id)
    post = session.execute(select(table(MentionRow)).where(_mention.id == about, _mention.kept)).first()
    if post is None:
        return Outcome(False, "its post was erased")
    done = casework.dismiss(session, case_id, by, Dismissal.DUPLICATE, now, note=f"joined to {other.code}")
    if done.done:
        alike.keep(session, mention_of(post), other_id, 1.0, alike.CONFIRMED, now)
        edits.redraw(session, other_id, now)
    return done


def part(session: Session, case_id: str, by: Person, now: datetime) -> Outcome:
    """Undo it: a joined case is open again, a look-alike stands for itself, who is counted on a card gets their own."""
    row = cases.lock(session, case_id)
    if row is None or not row.author_key:
        return Outcome(False, "it was erased")
    about = edits.about(session, case_id)
    lead, state = alike.state_of(session, about)
    counted = alike.counted(session, [case_id])
    if state not in (alike.SUGGESTED, alike.CONFIRMED) and not counted:
        return Outcome(False, NOT_ALIKE)
    if state in (alike.SUGGESTED, alike.CONFIRMED):
        alike.part(session, [about])
        if state == alike.CONFIRMED and row.state not in cases.LIVE:
            casework.reopen(session, case_id, by, now, "parted")
        edits.redraw(session, lead, now)
    _release(session, counted, by, now)
    alike.part(session, counted)
    edits.redraw(session, case_id, now)
    return Outcome(True)


def orphaned(session: Session, case_ids: Sequence[str], now: datetime) -> None:
    """These cases are erased: who was counted there is decided anew, and the first of them has a card of their own."""
    counted = alike.counted(session, case_ids)
    alike.drop(session, case_ids)
    _release(session, counted, None, now)


def changed(session: Session, mention_id: str, case_id: str, now: datetime) -> None:
    """A post has other words: it is not counted for the old ones, nor is anybody on its own card for saying the same.

    What people have parted stays parted.
    """
    for lead in alike.changed(session, mention_id):
        edits.redraw(session, lead, now)
    if case_id and edits.about(session, case_id) == mention_id:
        orphaned(session, [case_id], now)


def _release(session: Session, mention_ids: Sequence[str], by: Person | None, now: datetime) -> None:
    """Give each of these posts back what it would have had: its own case, open again, or a decision."""
    theirs = (_mention.id.in_(mention_ids), _case.state == CaseState.DISMISSED, _case.reason == Dismissal.DUPLICATE)
    joined = select(_case.id).join(table(MentionRow), _mention.case_id == _case.id).where(*theirs)
    for case_id in sorted(set(session.scalars(joined))):
        casework.reopen(session, case_id, by, now, "parted")
    alike.decide_anew(session, mention_ids, now)
