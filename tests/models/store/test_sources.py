"""How listeners fare: cursor, failures, silence, and what they cost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.mention import Batch
from models.store import Store, sources
from tests.build import NOW, mention
from tests.models.store.steps import LATER, hear

HOUR = timedelta(hours=1)


def test_a_listener_begins_without_a_cursor(store: Store) -> None:
    """A listener that never ran has a row, no cursor and no failures; asking twice makes one row."""
    row = store.do(sources.get, "new")
    assert (row.cursor, row.state, row.failures, row.heard) == (None, "new", 0, 0)
    store.do(sources.get, "new")
    assert [row.name for row in store.do(sources.every)] == ["new"]


def test_failures_are_counted_until_a_poll_goes_well(store: Store) -> None:
    """Failures in a row are counted and keep the cursor; one good poll ends the row."""
    hear(store, cursor="5")
    assert [store.do(sources.failed, "sample", "failing", "why", NOW) for _ in range(3)] == [1, 2, 3]
    row = store.do(sources.get, "sample")
    assert (row.cursor, row.state, row.note) == ("5", "failing", "why")
    hear(store, cursor="6")
    row = store.do(sources.get, "sample")
    assert (row.cursor, row.state, row.note, row.failures) == ("6", "ok", "", 0)


def test_any_failure_can_be_noted(store: Store) -> None:
    """A vendor's error of any length and with any signs is kept short."""
    store.do(sources.failed, "new", "failing", "\0 \ud83d" * 1000, NOW)
    assert len(store.do(sources.get, "new").note) <= 500


def test_the_row_is_only_a_copy(store: Store) -> None:
    """Changing what was read changes nothing in the database."""
    row = store.do(sources.get, "new")
    row.cursor = "changed"
    assert store.do(sources.get, "new").cursor is None


def test_spending_adds_up_within_a_utc_day(store: Store) -> None:
    """Posts and dollars add up per listener and UTC day; a new day and another listener begin at nothing."""
    for _ in range(2):
        hear(store, posts=30, dollars=0.15)
    posts, dollars = store.do(sources.spent, "sample", NOW)
    assert (posts, dollars) == (60, pytest.approx(0.30))
    assert store.do(sources.spent, "sample", NOW + timedelta(hours=11, minutes=59))[0] == 60
    assert store.do(sources.spent, "sample", NOW + timedelta(hours=12)) == (0, 0.0)
    assert store.do(sources.spent, "other", NOW) == (0, 0.0)


def test_a_page_that_costs_nothing_leaves_no_bill(store: Store) -> None:
    """Free pages are not recorded as spending."""
    hear(store)
    assert store.do(sources.spent, "sample", NOW) == (0, 0.0)


def test_silence_is_news_once(store: Store) -> None:
    """Silence longer than expected is told once, and again only after something was heard in between."""
    hear(store, mention())
    assert not store.do(sources.mark_silent, "sample", NOW - timedelta(seconds=1), NOW)
    assert store.do(sources.mark_silent, "sample", NOW, NOW + HOUR)
    assert not store.do(sources.mark_silent, "sample", NOW, NOW + HOUR)
    hear(store, mention(external_id="2"), now=NOW + 2 * HOUR)
    assert store.do(sources.get, "sample").silent_since is None
    assert store.do(sources.mark_silent, "sample", NOW + 2 * HOUR, NOW + 3 * HOUR)


def test_duplicates_do_not_end_a_silence(store: Store) -> None:
    """A source that only repeats itself is silent."""
    hear(store, mention())
    hear(store, mention(), now=NOW + HOUR)
    assert store.do(sources.mark_silent, "sample", NOW, NOW + HOUR)


def test_a_listener_that_just_began_is_not_silent(store: Store) -> None:
    """A source's silence counts from its first good poll, so that a fresh start raises no alarm."""
    hear(store, now=NOW)
    assert not store.do(sources.mark_silent, "sample", NOW - HOUR, NOW)
    assert store.do(sources.mark_silent, "sample", NOW, NOW + HOUR)


def test_overdue_polls_are_found(store: Store) -> None:
    """A listener whose poll should have been long ago is found, one that is only just due is not."""
    store.do(sources.get, "sample")
    store.do(sources.next_poll, "sample", NOW)
    assert store.do(sources.long_unpolled, NOW + timedelta(seconds=10), timedelta(seconds=10)) == []
    assert store.do(sources.long_unpolled, LATER, timedelta(seconds=10)) == ["sample"]


def test_pages_count_only_what_is_new(store: Store) -> None:
    """The number heard is of posts that made a row."""
    hear(store, mention())
    hear(store, mention(), mention(external_id="2"))
    store.do(sources.polled, "sample", Batch(cursor="9"), 0, LATER)
    assert store.do(sources.get, "sample").heard == 2
