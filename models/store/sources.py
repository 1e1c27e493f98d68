"""How the listeners fare: cursors, failures, silence and the daily budget."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from models.decision import Reason
from models.mention import Batch, storable
from models.store.dialect import insert
from models.tables import ListenerRow, SpendRow, SpoiledRow, TallyRow


def get(session: Session, name: str) -> ListenerRow:
    """A listener's row, made if it is new. The row is detached: changing it changes nothing."""
    session.execute(
        insert(session, ListenerRow)
        .values(name=name, state="new", note="", failures=0, heard=0)
        .on_conflict_do_nothing()
    )
    row = session.exec(select(ListenerRow).where(ListenerRow.name == name)).one()
    session.expunge(row)
    return row


def every(session: Session) -> list[ListenerRow]:
    """All listeners that ever ran."""
    rows = list(session.exec(select(ListenerRow).order_by(ListenerRow.name)))
    session.expunge_all()
    return rows


def polled(session: Session, name: str, batch: Batch, fresh: int, now: datetime) -> None:
    """A poll went well: cursor, cost, spoiled items, and when something was heard last."""
    values: dict[str, object] = {"cursor": batch.cursor, "state": "ok", "note": "", "failures": 0, "last_ok_at": now}
    values["first_ok_at"] = func.coalesce(ListenerRow.first_ok_at, now)
    if fresh:
        values |= {"last_heard_at": now, "silent_since": None, "heard": ListenerRow.heard + fresh}
    session.execute(update(ListenerRow).where(col(ListenerRow.name) == name).values(**values))
    spend(session, name, batch.posts, batch.dollars, now)
    if batch.gap:
        missed = {"gaps": ListenerRow.gaps + 1, "gap_at": now}
        session.execute(update(ListenerRow).where(col(ListenerRow.name) == name).values(**missed))
    for digest, why in batch.spoiled:
        spoiled = insert(session, SpoiledRow).values(digest=digest, listener=name, why=storable(why[:500]), at=now)
        session.execute(spoiled.on_conflict_do_nothing())


def failed(session: Session, name: str, state: str, note: str, now: datetime) -> int:
    """A poll failed; returns how many have failed in a row."""
    row = get(session, name)
    values = {"state": state, "note": storable(note[:500]), "failures": row.failures + 1}
    session.execute(update(ListenerRow).where(col(ListenerRow.name) == name).values(**values))
    return row.failures + 1


def next_poll(session: Session, name: str, at: datetime) -> None:
    """When it is due again."""
    session.execute(update(ListenerRow).where(col(ListenerRow.name) == name).values(next_poll_at=at))


def mark_silent(session: Session, name: str, since: datetime, now: datetime) -> bool:
    """Whether the silence since ``since`` is news; it is told once.

    A listener that never heard anything is silent since its first good poll; one without any is failing, not silent.
    """
    silent_from = func.coalesce(ListenerRow.last_heard_at, ListenerRow.first_ok_at)
    statement = update(ListenerRow).where(
        col(ListenerRow.name) == name, col(ListenerRow.silent_since).is_(None), silent_from <= since
    )
    return bool(session.execute(statement.values(silent_since=now)).rowcount)  # type: ignore[attr-defined]


def spent(session: Session, name: str, now: datetime) -> tuple[int, float]:
    """Posts and dollars that a listener has used on this UTC day."""
    row = session.get(SpendRow, (name, f"{now:%Y-%m-%d}"))
    return (row.posts, row.dollars) if row else (0, 0.0)


LOOK_UPS = " (look-ups)"
"""Behind a listener's name, the row of what it used of its budget for single posts, in all as well as by itself."""


def looked_up(session: Session, name: str, posts: int, dollars: float, now: datetime) -> None:
    """Count what a listener has used for single posts."""
    for row in (name, name + LOOK_UPS):
        spend(session, row, posts, dollars, now)


def spend(session: Session, name: str, posts: int, dollars: float, now: datetime) -> None:
    """Count what a listener has used."""
    if not posts and not dollars:
        return
    row = insert(session, SpendRow).values(listener=name, day=f"{now:%Y-%m-%d}", posts=posts, dollars=dollars)
    more = {"posts": SpendRow.posts + row.excluded.posts, "dollars": SpendRow.dollars + row.excluded.dollars}
    session.execute(row.on_conflict_do_update(index_elements=["listener", "day"], set_=more))


def long_unpolled(session: Session, now: datetime, slack: timedelta) -> list[str]:
    """Listeners whose poll is overdue by more than ``slack``."""
    due = select(ListenerRow.name).where(col(ListenerRow.next_poll_at) < now - slack)
    return list(session.exec(due))


def tally(session: Session, counts: Counter[tuple[str, str, Reason]], now: datetime) -> None:
    """Count posts of which nothing else is kept, by (brand, channel, reason)."""
    for (brand, channel, reason), count in sorted(counts.items()):
        row = insert(session, TallyRow).values(
            day=f"{now:%Y-%m-%d}", brand=brand, channel=channel, reason=reason, count=count
        )
        session.execute(
            row.on_conflict_do_update(
                index_elements=["day", "brand", "channel", "reason"],
                set_={"count": TallyRow.count + row.excluded.count},
            )
        )
