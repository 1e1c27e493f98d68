"""The same press is carried out once, however often it is delivered."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from models.store import Store, presses
from tests.build import NOW
from tests.stores import one


def test_a_press_is_new_once(store: Store) -> None:
    """The second delivery is told that the first was here."""
    assert store.do(presses.first_time, "p-1", NOW)
    assert not store.do(presses.first_time, "p-1", NOW)
    assert store.do(presses.first_time, "p-2", NOW)


def test_a_press_whose_work_failed_is_new_again(store: Store) -> None:
    """What was not carried out, because its transaction broke, is carried out when it is delivered again."""

    def broken(session: Session) -> None:
        assert presses.first_time(session, "p-1", NOW)
        raise LookupError

    try:
        store.do(broken)
    except LookupError:
        assert store.do(presses.first_time, "p-1", NOW)


def test_presses_are_kept_for_a_week(store: Store) -> None:
    """Older ones cannot come again, and are dropped."""
    store.do(presses.first_time, "p-1", NOW)
    store.do(presses.purge, NOW + presses.KEPT)
    assert one(store, "SELECT count(*) FROM press") == 1
    store.do(presses.purge, NOW + presses.KEPT + timedelta(seconds=1))
    assert one(store, "SELECT count(*) FROM press") == 0
