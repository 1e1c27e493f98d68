"""Forgetting: what is past its time, and a person who asks for it. Counts stay, people do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, update
from sqlmodel import Session, col, delete, select

from models.case import CaseState, Dismissal
from models.decision import PUBLIC, Kind
from models.events import FREE_TEXT, EventType
from models.mention import ANONYMOUS, key_of_author
from models.store import alike, cases, edits, effects, folds, guests, joining, mutes, parents, presses, reach, shadow
from models.store.dialect import insert, table
from models.store.effects import UNFINISHED
from models.store.rows import message_of
from models.tables import (
    AssessmentRow,
    CaseEventRow,
    CaseRow,
    CorrectionRow,
    DecisionRow,
    EffectRow,
    MentionRow,
    OptOutRow,
    TombstoneRow,
    WakeRow,
)

_effect = table(EffectRow).c

NOBODYS: dict[str, Any] = {"holder": "", "holder_name": "", "draft": None, "snoozed_until": None, "step_at": None}
"""What an erased case says of who works on it, and what they wrote."""

BLANK: dict[str, Any] = {"text": "", "author": {}, "details": {}, "kept": False}


def purge(session: Session, keep_mentions: timedelta, keep_cases: timedelta, now: datetime, limit: int = 500) -> int:
    """Blank up to ``limit`` mentions that are past their time, with all that repeats their words; returns how many.

    The row itself stays, so that the same post is not heard again.
    """
    unfinished = select(EffectRow.mention_id).where(_effect.state.in_(UNFINISHED), _effect.mention_id.is_not(None))
    ended = func.coalesce(CaseRow.closed_at, CaseRow.last_at)
    closed = select(CaseRow.id).where(ended <= now - keep_cases)
    old = (
        select(MentionRow.id)
        .where(col(MentionRow.kept), MentionRow.state == "decided", MentionRow.heard_at <= now - keep_mentions)
        .where(or_(col(MentionRow.case_id).is_(None), col(MentionRow.case_id).in_(closed)))
        .where(col(MentionRow.id).not_in(unfinished))
        .limit(limit)
    )
    ids = list(session.exec(old))
    session.execute(update(MentionRow).where(col(MentionRow.id).in_(ids)).values(**BLANK))
    blank_effects(session, _effect.mention_id.in_(ids))
    shadow.blank(session, ids)
    parents.forget(session, ids)
    alike.left(session, ids)
    folds.blank_old(session, now - keep_mentions)
    for row in (AssessmentRow, CorrectionRow):
        session.execute(delete(row).where(col(row.mention_id).in_(ids)))
    _blank_cases(session, ids, now)
    presses.purge(session, now)
    mutes.purge(session, now)
    # One row an author would pile up for ever. A producer that meets the erasure makes the row anew.
    idle = (col(WakeRow.stage) == "decide", ~col(WakeRow.dirty), col(WakeRow.since) < now - timedelta(days=1))
    session.execute(delete(WakeRow).where(*idle))
    return len(ids)


def forget(session: Session, channel: str, who: str, now: datetime, brands: Sequence[str] = ()) -> tuple[int, int]:
    """Erase a person by handle or id on a channel; returns how many mentions and how many cards that concerns.

    From then on none of ``brands``, nor any that was ever heard of, hears them. An id works even where nothing was
    heard of it or all of it was blanked already; a handle has to be on a mention.
    """
    authors = sorted(authors_of(session, channel, who, brands))
    # Their cases first, as everybody takes them who moves one.
    theirs_too = select(CaseRow.id, CaseRow.state).where(col(CaseRow.author_key).in_(authors)).order_by(col(CaseRow.id))
    states = {row.id: row.state for row in session.execute(theirs_too.with_for_update())}
    case_ids = list(states)
    reach.forget(session, case_ids, now)
    for case_id in (case_id for case_id, state in states.items() if state in cases.LIVE):
        cases.append(session, case_id, [_erased(now)])
    ids = list(session.exec(select(MentionRow.id).where(col(MentionRow.author_key).in_(authors))))
    visited = guests.cases_of(session, ids, case_ids)
    for author in authors:
        session.execute(insert(session, TombstoneRow).values(author_key=author, at=now).on_conflict_do_nothing())
    theirs = or_(_effect.mention_id.in_(ids), _effect.author_key.in_(authors), _effect.case_id.in_(case_ids))
    cards = erase_shown(session, theirs, now)
    blank_effects(session, theirs)
    _erase_rules(session, authors, ids, who)
    _erase_ties(session, authors, ids, now)
    parents.forget_called(session, channel, who, now)
    _erase_rows(session, authors, ids, case_ids, now)
    guests.left(session, visited, ids, now)
    return len(ids), cards


def authors_of(session: Session, channel: str, who: str, brands: Sequence[str]) -> set[str]:
    """The keys of a person, for every brand: by the handle or id on their mentions, and by the id alone."""
    name = who.removeprefix("@")
    # SQLite's lower() knows ASCII only, so a handle with other letters is also looked for as it is written.
    ways = {way for bare in (name, name.lower()) for way in (bare, f"@{bare}")}
    handle, identifier = (col(MentionRow.author)[part].as_string() for part in ("handle", "id"))
    by_handle = or_(handle.in_(ways), func.lower(handle).in_(ways))
    by_id = or_(identifier.in_(ways), func.lower(identifier).in_(ways)) & (identifier != ANONYMOUS)
    theirs = (MentionRow.channel == channel, or_(by_handle, by_id))
    heard = session.exec(select(MentionRow.author_key).where(*theirs).distinct()).all()
    ids = session.exec(select(identifier).where(*theirs, identifier != ANONYMOUS).distinct()).all()
    known = session.exec(select(MentionRow.brand).where(MentionRow.channel == channel).distinct()).all()
    keys = (key_of_author(brand, channel, known_id) for brand in {*known, *brands} for known_id in {name, *ids})
    return {*heard, *keys}


def _erase_rules(session: Session, authors: Sequence[str], ids: Sequence[str], who: str) -> None:
    """Take the person out of the team's own rules."""
    handle, identifier = (col(MentionRow.author)[part].as_string() for part in ("handle", "id"))
    known = session.exec(select(handle, identifier, MentionRow.thread_key).where(col(MentionRow.id).in_(ids))).all()
    names = {name.removeprefix("@").lower() for row in known for name in row[:2] if name and name != ANONYMOUS}
    mutes.forget(session, authors, {row[2] for row in known}, {who.removeprefix("@").lower(), *names})


def _erase_ties(session: Session, authors: Sequence[str], ids: Sequence[str], now: datetime) -> None:
    """Take the person out of other people's cards: from above an answer to them, and from the count of who says so."""
    theirs = list(session.exec(select(CaseRow.id).where(col(CaseRow.author_key).in_(authors))))
    counted = alike.left_by(session, authors)
    joining.orphaned(session, theirs, now)
    parents.forget(session, ids)
    parents.forget_authors(session, authors, now)
    for case_id in sorted(set(counted) - set(theirs)):
        edits.redraw(session, case_id, now)


def _blank_cases(session: Session, ids: Sequence[str], now: datetime) -> None:
    """Take people's words out of the cases of which no post is kept. One that nobody has closed ends with that."""
    kept = select(MentionRow.case_id).where(MentionRow.case_id == CaseRow.id, col(MentionRow.kept)).exists()
    theirs = select(MentionRow.case_id).where(col(MentionRow.id).in_(ids))
    erased = select(CaseRow).where(col(CaseRow.id).in_(theirs), ~kept).with_for_update()
    for row in session.exec(erased).all():
        reach.end(session, row.id, now)
        ended: dict[str, Any] = {}
        if row.state in cases.LIVE:
            ended = {"state": CaseState.DISMISSED, "reason": Dismissal.ERASED, "closed_at": now}
            cases.append(session, row.id, [_erased(now)])
        session.execute(update(CaseRow).where(col(CaseRow.id) == row.id).values(**NOBODYS, **ended))
        session.expunge(row)
        blank_notes(session, row.id)


def _erased(now: datetime) -> cases.Event:
    return cases.Event(EventType.CLOSED_NO_ACTION, now, meta={"reason": Dismissal.ERASED})


def blank_notes(session: Session, case_id: str) -> None:
    """Take what people wrote out of a case's history; what the measures need stays."""
    for event in session.exec(select(CaseEventRow).where(CaseEventRow.case_id == case_id)).all():
        if FREE_TEXT & event.meta.keys():
            meta = {key: value for key, value in event.meta.items() if key not in FREE_TEXT}
            here = (col(CaseEventRow.case_id) == case_id, col(CaseEventRow.seq) == event.seq)
            session.execute(update(CaseEventRow).where(*here).values(meta=meta))


def erase_shown(session: Session, theirs: ColumnElement[bool], now: datetime, why: str = "") -> int:
    """Queue the blanking of everything of ours that shows the person to people, and stop what has not gone out."""
    # A drawing stands where its card stands, so that is blanked with the card.
    standing = (EffectRow.state == "sent", col(EffectRow.kind).not_in((Kind.ERASE, Kind.EDIT)))
    shown = session.exec(select(EffectRow).where(theirs, *standing)).all()
    erasures = [erasure for row in shown for erasure in effects.erasure(message_of(row, None), row.receipt, why)]
    effects.stop_forgotten(session, theirs, now)
    effects.queue(session, erasures, now)
    return len(erasures)


def _erase_rows(
    session: Session, authors: Sequence[str], ids: Sequence[str], case_ids: Sequence[str], now: datetime
) -> None:
    for row in (AssessmentRow, CorrectionRow, DecisionRow):
        session.execute(delete(row).where(col(row.mention_id).in_(ids)))
    _blank_history(session, case_ids)
    session.execute(
        update(CaseRow)
        .where(col(CaseRow.id).in_(case_ids))
        .values(
            author_key="",
            thread_key="",
            state=CaseState.DISMISSED,
            reason=Dismissal.ERASED,
            closed_at=func.coalesce(CaseRow.closed_at, now),
            **NOBODYS,
        )
    )
    shadow.forget(session, authors)
    session.execute(delete(OptOutRow).where(col(OptOutRow.author_key).in_(authors)))
    session.execute(delete(WakeRow).where(col(WakeRow.stage) == "decide", col(WakeRow.key).in_(authors)))
    session.execute(delete(MentionRow).where(col(MentionRow.id).in_(ids)))


def _blank_history(session: Session, case_ids: Sequence[str]) -> None:
    """Take out of the history of cases all but what the measures need."""
    here = col(CaseEventRow.case_id).in_(case_ids)
    for event in session.exec(select(CaseEventRow).where(here)).all():
        this = (col(CaseEventRow.case_id) == event.case_id, col(CaseEventRow.seq) == event.seq)
        session.execute(update(CaseEventRow).where(*this).values(meta=reach.measured(event.meta)))


def blank_effects(session: Session, theirs: ColumnElement[bool]) -> None:
    """Take people's words out of the outbox. The place of a card stays, so that the card itself can be blanked."""
    place = case((_effect.kind.in_(PUBLIC), ""), else_=_effect.target)
    session.execute(
        update(EffectRow)
        .where(theirs, or_(_effect.state.not_in(UNFINISHED), _effect.error == effects.FORGOTTEN))
        .values(body={}, target=place, url="")
    )
