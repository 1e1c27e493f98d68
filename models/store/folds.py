"""The cards that stand together in one list: what the list says of them, and what becomes of each.

A card joins while its list waits to go out (folding) and counts as told once that list was really sent (folded).
A list that is refused gives back what it did not show. A card that a person wants to work on is taken out of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select
from sqlmodel import Session

from models.case import CaseState
from models.decision import Kind, Message, Receipt
from models.events import EventType
from models.failpoint import failpoint
from models.store import cases, wakes
from models.store.dialect import table, update
from models.store.listed import FOLDED, FOLDING, LISTED, body_of, seen
from models.tables import CaseRow, EffectRow

_effect, _case = table(EffectRow).c, table(CaseRow).c

EVERY = timedelta(seconds=10)
"""The pause between two drawings of a list that grows."""

SHOWN = 95
"""The priority of a card that somebody asks for."""

PORTION = 500


def lock(session: Session, message: Message) -> None:
    """Take the cases of a list before the list itself, as whoever moves a case does."""
    theirs = select(_effect.case_id).where(_effect.list_key == message.key, _effect.state == FOLDING)
    session.execute(select(_case.id).where(_case.id.in_(theirs)).order_by(_case.id).with_for_update())


def settled(session: Session, message: Message, reference: str, now: datetime) -> None:
    """A list was really sent: what it showed is told, and the cases' later posts go into its thread."""
    _told(session, message, reference, now)
    failpoint("fold.settled")
    fresh = body_of(session, message.key, reference)
    changed = fresh["new"] or seen(fresh) != seen(message.body)
    again = {"state": "pending", "not_before": now + EVERY, "attempt": 0, "doubtful": False} if changed else {}
    session.execute(update(EffectRow).where(_effect.key == message.key).values(body=fresh, **again))


def stands(session: Session, message: Message, receipt: Receipt, at: datetime) -> None:
    """Some drawing of a list is there: from ``at`` on it is drawn again in its place. Nothing is told by that alone."""
    there = {"receipt": receipt.external_id, "url": receipt.url, "doubtful": False, "error": ""}
    unsure = (_effect.key == message.key, _effect.state == "uncertain")
    session.execute(update(EffectRow).where(*unsure).values(state="pending", not_before=at, **there))


def given_back(session: Session, key: str) -> None:
    """A list will not be sent: what it did not show yet goes out card by card. No words of people stay in it."""
    waiting = update(EffectRow).where(_effect.list_key == key, _effect.state == FOLDING)
    session.execute(waiting.values(state="pending", list_key=None))
    session.execute(update(EffectRow).where(_effect.key == key).values(body={}))


def redraw(session: Session, key: str, now: datetime, at: datetime | None = None) -> None:
    """Send a list that stands again, at once or ``at`` a moment; what it says then is read when it is claimed.

    One that is on its way is looked at again once it has arrived.
    """
    _take(session, [key], now)
    again = {"state": "pending", "not_before": at, "attempt": 0, "doubtful": False}
    session.execute(update(EffectRow).where(_effect.key == key, _effect.state == "sent").values(**again))
    if at is None:
        session.execute(update(EffectRow).where(_effect.key == key, _effect.state == "pending").values(not_before=None))


def filled(session: Session, message: Message) -> Message:
    """A list that was claimed, with what it says at this moment; where it stands already, it is drawn there."""
    receipt = session.scalar(select(_effect.receipt).where(_effect.key == message.key)) or ""
    body = body_of(session, message.key, receipt)
    session.execute(update(EffectRow).where(_effect.key == message.key).values(body=body))
    return replace(message, body=body, thread=receipt or None)


def take_out(session: Session, case_id: str, mention_id: str, now: datetime, place: str = "") -> bool:
    """Post a card of its own for a case, or for a mention without one, that stands in a list; whether it does.

    Of several cards the one in the list at ``place`` is taken, else the case's own, else the newest.
    """
    found = _listed(session, _of(case_id, mention_id))
    if not found:
        return False
    row = min(found, key=lambda one: (place not in ("", one.receipt), not one.purpose.startswith(cases.CARD)))
    if case_id and row.purpose.startswith(cases.CARD):
        # What comes for the case waits for its own card, and goes there.
        cases.lock(session, case_id)
        here = (_case.id == case_id, _case.sink == row.sink, _case.target == row.target)
        session.execute(update(CaseRow).where(*here).values(card=None))
    _take(session, [row.list_key], now)
    own = {"state": "pending", "priority": SHOWN, "not_before": None, "receipt": None, "settled_at": None}
    session.execute(update(EffectRow).where(_effect.key == row.key, _effect.state.in_(LISTED)).values(**own))
    # The case's other cards in the same list were told by it, and need no row any more.
    others = (_of(case_id, mention_id), _effect.list_key == row.list_key, _effect.state == FOLDED)
    session.execute(update(EffectRow).where(*others).values(list_key=None))
    redraw(session, row.list_key, now)
    return True


def case_moved(session: Session, card: Any, body: Mapping[str, Any], now: datetime) -> bool:
    """A case has moved on: ``card`` is the row of its newest card, ``body`` what that says now.

    Returns whether it stands in a list. Once somebody works on the case, it leaves that and is posted by itself.
    """
    if card.state not in LISTED or not card.list_key:
        _leave_to_newer(session, card, now)
        return False
    _take(session, [card.list_key], now)
    session.execute(update(EffectRow).where(_effect.key == card.key).values(body=dict(body)))
    if body.get("state") == CaseState.CLAIMED:
        return take_out(session, card.case_id, "", now, card.receipt or "")
    redraw(session, card.list_key, now)
    return True


def stop(session: Session, theirs: ColumnElement[bool], error: str, now: datetime) -> None:
    """A person asked to be forgotten: their cards leave every list, and the lists are drawn without them."""
    listed = (theirs, _effect.state.in_(LISTED))
    lists = sorted(set(session.scalars(select(_effect.list_key).where(*listed, _effect.list_key.is_not(None)))))
    _take(session, lists, now)
    session.execute(update(EffectRow).where(*listed).values(state="dead", error=error, settled_at=now))
    for key in lists:
        redraw(session, key, now)


def leave(session: Session, sinks: Collection[str], now: datetime) -> None:
    """Lists for a sink that is not among ``sinks`` any more end; what they did not show goes out card by card."""
    homeless = (_effect.kind == Kind.LIST, _effect.state.in_(("pending", "uncertain")), _effect.sink.not_in(sinks))
    ended = update(EffectRow).where(*homeless).values(state="dead", error="no longer configured", settled_at=now)
    for key in sorted(session.scalars(ended.returning(_effect.key)).all()):
        given_back(session, key)


def blank_old(session: Session, before: datetime) -> None:
    """Take people's words out of lists that were last sent before a moment."""
    old = (_effect.kind == Kind.LIST, _effect.state == "sent", _effect.settled_at <= before)
    session.execute(update(EffectRow).where(*old).values(body={}))


def _told(session: Session, message: Message, reference: str, now: datetime) -> None:
    keys: Sequence[str] = message.body.get("new") or ()
    for start in range(0, len(keys), PORTION):
        theirs = (_effect.key.in_(keys[start : start + PORTION]), _effect.list_key == message.key)
        query = select(_effect.key, _effect.case_id, _effect.purpose, _newer().label("newer"))
        shown = session.execute(query.where(*theirs, _effect.state == FOLDING).order_by(_effect.case_id)).all()
        own = [row.case_id for row in shown if row.case_id and row.purpose.startswith(cases.CARD) and not row.newer]
        here = (_case.id.in_(own), _case.sink == message.sink, _case.target == message.target)
        session.execute(update(CaseRow).where(*here).values(card=reference))
        _no_drawings(session, own)
        folded = update(EffectRow).where(*theirs, _effect.state == FOLDING)
        session.execute(folded.values(state=FOLDED, receipt=reference, settled_at=now, error=""))
        for row in shown:
            if row.case_id:
                meta = {"key": row.key, "list": message.key}
                told = cases.Event(EventType.ALERT_SENT, now, channel=message.sink, meta=meta)
                cases.append(session, row.case_id, [told])


def _leave_to_newer(session: Session, card: Any, now: datetime) -> None:
    """The case has a newer card than those that lists told of: they need no row there any more."""
    older = (_effect.case_id == card.case_id, _effect.purpose.startswith(cases.CARD), _effect.key != card.key)
    listed = (*older, _effect.state == FOLDED, _effect.list_key.is_not(None))
    for key in session.scalars(select(_effect.list_key).where(*listed)).all():
        session.execute(update(EffectRow).where(*listed).values(list_key=None))
        redraw(session, key, now)


def _of(case_id: str, mention_id: str) -> ColumnElement[bool]:
    return _effect.case_id == case_id if case_id else and_(_effect.mention_id == mention_id, _effect.case_id.is_(None))


def _listed(session: Session, theirs: ColumnElement[bool]) -> list[Any]:
    """Their cards that stand in lists, the newest first, unless their words were erased."""
    listed = (theirs, _effect.kind == Kind.ALERT, _effect.state.in_(LISTED), _effect.list_key.is_not(None))
    query = select(table(EffectRow)).where(*listed).order_by(_effect.queued_at.desc(), _effect.key)
    return [row for row in session.execute(query) if row.body]


def _no_drawings(session: Session, case_ids: Sequence[str]) -> None:
    """A drawing of an earlier card of these cases would now replace the list."""
    drawing = (_effect.case_id.in_(case_ids), _effect.kind == Kind.EDIT, _effect.state.in_(("pending", "uncertain")))
    session.execute(delete(table(EffectRow)).where(*drawing))


def _take(session: Session, keys: Sequence[str], now: datetime) -> None:
    """Wake the sender for these lists, and lock them: the flag, the list, its cards, as everywhere in this order."""
    lists = _effect.key.in_(keys)
    wakes.mark(session, "send", session.scalars(select(_effect.sink).where(lists)), now)
    session.execute(select(_effect.key).where(lists).order_by(_effect.key).with_for_update())


def _newer() -> Any:
    """Whether a case has a newer card than this one."""
    other = table(EffectRow).alias("other").c
    card = (other.kind == Kind.ALERT, other.purpose.startswith(cases.CARD), other.queued_at > _effect.queued_at)
    return select(other.key).where(other.case_id == _effect.case_id, *card).exists()
