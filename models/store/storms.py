"""Folds alerts that come faster than people read them into one list, before the sender takes any of them.

Which cards wait and which lists stand is in the outbox alone, so a killed process folds nothing twice and loses none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, or_, select
from sqlmodel import Session

from models.decision import Kind, Message, message_key
from models.failpoint import failpoint
from models.store import effects, folds, listed, wakes
from models.store.dialect import table, update
from models.tables import EffectRow

_effect = table(EffectRow).c

WINDOW = timedelta(minutes=1)
LASTS = timedelta(minutes=15)
"""So long a list that people see takes newcomers; after that a new one is posted, which they notice."""

REFUSED = timedelta(minutes=15)
"""After a list was refused, alerts of that place go out one by one for so long."""

PRIORITY = 49
"""Of a list: above all that it may hold, except what calls."""

PORTION = 1000


def claim(session: Session, sink: str, most: int, now: datetime) -> Message | None:
    """Fold what is too much, then take the next message that is due; more than ``most`` alerts a minute are, if any."""
    if most:
        fold(session, sink, most, now)
    message = effects.claim(session, sink, now)
    return folds.filled(session, message) if message and message.kind is Kind.LIST else message


def fold(session: Session, sink: str, most: int, now: datetime) -> int:
    """Put the waiting alerts of each place of a sink into a list, where they would be more than ``most`` a minute.

    Grave ones never wait there. Returns how many were folded.
    """
    folded = 0
    for target, waiting in session.connection().execute(_waiting(), {"of_sink": sink}).all():
        if waiting + _told(session, sink, target, now) > most and not _refused(session, sink, target, now):
            folded += _fold(session, sink, target, now)
    return folded


def _fold(session: Session, sink: str, target: str, now: datetime) -> int:
    query = select(_effect.key, _effect.body).where(*_waits(), _effect.sink == sink, _effect.target == target)
    alerts = session.execute(query.order_by(_effect.priority.desc(), _effect.queued_at).limit(PORTION)).all()
    # A card of a version that did not say how grave it is might be.
    keys = [alert.key for alert in alerts if not alert.body.get("grave", True)]
    if not keys:
        return 0
    # The flag before its rows, as whoever reminds people of a card takes them.
    wakes.mark(session, "send", [sink], now)
    known = _open_list(session, sink, target, now)
    list_key = known or message_key(Kind.LIST, sink, target, f"storm {now.isoformat()}")
    folded = _join(session, keys, list_key)
    if not folded:
        return 0
    failpoint("fold.folded")
    if known:
        folds.redraw(session, known, now, now + folds.EVERY)
    else:
        fresh = Message(list_key, sink, Kind.LIST, target, {}, purpose="storm", priority=PRIORITY)
        effects.queue(session, [fresh], now)
    return folded


def _join(session: Session, keys: Sequence[str], list_key: str) -> int:
    folded = 0
    for start in range(0, len(keys), folds.PORTION):
        waiting = select(_effect.key).where(*_waits(), _effect.key.in_(keys[start : start + folds.PORTION]))
        # Whoever changes one of them right now may wait for the flag that we hold; it is folded the next time.
        free = session.scalars(waiting.order_by(_effect.key).with_for_update(skip_locked=True)).all()
        row = update(EffectRow).where(_effect.key.in_(free))
        session.execute(row.values(state=listed.FOLDING, list_key=list_key))
        folded += len(free)
    return folded


def _open_list(session: Session, sink: str, target: str, now: datetime) -> str | None:
    """The list of a place that takes newcomers."""
    here = (_effect.sink == sink, _effect.target == target)
    on_its_way = select(_effect.key).where(*here, _effect.kind == Kind.LIST, _effect.state.in_(effects.UNFINISHED))
    told = (*here, _alert(), _effect.state == listed.FOLDED, _effect.list_key.is_not(None))
    newest = select(_effect.list_key).where(*told, _effect.settled_at > now - LASTS)
    newest = newest.order_by(_effect.settled_at.desc()).limit(1)
    key: str | None
    for key in (*session.scalars(on_its_way.order_by(_effect.queued_at.desc())), *session.scalars(newest)):
        members = select(func.min(_effect.settled_at)).where(_effect.list_key == key, _effect.state == listed.FOLDED)
        stands_since, state = session.scalar(members), session.scalar(select(_effect.state).where(_effect.key == key))
        if state in ("sent", *effects.UNFINISHED) and (stands_since is None or stands_since > now - LASTS):
            return key
    return None


def _told(session: Session, sink: str, target: str, now: datetime) -> int:
    """How many alerts people have got at a place in the last minute, or are about to get in a list.

    Those that they asked for do not count.
    """
    asked = {"of_sink": sink, "of_target": target, "since": now - WINDOW, "now": now}
    return int(session.connection().execute(_lately(), asked).scalar_one())


def _refused(session: Session, sink: str, target: str, now: datetime) -> bool:
    """Whether a list was refused lately; not one that stood already and was deleted by people."""
    here = (_effect.sink == sink, _effect.target == target, _effect.kind == Kind.LIST, _effect.state == "rejected")
    lately = select(_effect.key).where(*here, _effect.settled_at > now - REFUSED, _effect.receipt.is_(None)).limit(1)
    return session.execute(lately).first() is not None


def _alert() -> ColumnElement[bool]:
    return _effect.kind == literal_column("'alert'")


def _waits() -> tuple[ColumnElement[bool], ...]:
    """Alerts that wait, except those that somebody has asked for."""
    return _alert(), _effect.state == literal_column("'pending'"), _effect.list_key.is_(None)


@cache
def _waiting() -> Select[Any]:
    """The places of a sink for which alerts wait, and how many."""
    query = select(_effect.target, func.count()).where(*_waits(), _effect.sink == bindparam("of_sink"))
    return query.group_by(_effect.target)


@cache
def _lately() -> Select[Any]:
    here = (_effect.sink == bindparam("of_sink"), _effect.target == bindparam("of_target"))
    # Not what lies ahead of now: that was written before the clock jumped back.
    since = (_effect.settled_at > bindparam("since"), _effect.settled_at <= bindparam("now"))
    alone = and_(_effect.state == "sent", _effect.list_key.is_(None))
    told = select(func.count()).where(_alert(), *here, *since, or_(_effect.state == listed.FOLDED, alone))
    joined = select(func.count()).where(_alert(), *here, _effect.state == listed.FOLDING)
    return select(told.scalar_subquery() + joined.scalar_subquery())
