"""The history as it is read: in portions, by an index, without a way to write."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from models.assessment import Head
from models.decision import Reason, Route
from models.errors import StoreError
from models.past import Screened
from models.store import Store, controls, history, privacy
from models.store.history import Decided, Extent
from tests.build import NOW, mention
from tests.models.store.steps import LATER, alert, decide, hear, judge, listen
from tests.stores import rows

LONG_AGO = NOW - timedelta(days=3)


def walk(store: Store, since: Any = LONG_AGO) -> list[Decided]:
    """All portions, one after the other."""
    found: list[Decided] = []
    after = (since, "")
    while portion := store.do(history.portion, after, LATER):
        assert len(portion) <= history.PORTION
        found += portion
        after = portion[-1].place
    return found


def test_a_decision_comes_with_all_that_was_known(store: Store) -> None:
    """The post, what the model said, and what was decided are as they were kept."""
    decide(store, mention(), alert(mention()))
    (found,) = walk(store)
    assert found.mention == mention()
    assert (found.id, found.listener, found.heard_at, found.decided_at) == (mention().id, "sample", NOW, NOW)
    assert (found.route, found.reasons, found.carded, found.version) == ("call", ("urgent",), True, "test-1")
    assert found.assessment
    assert (found.assessment.label(Head.URGENCY), found.assessment.lang) == ("high", "en")


def test_what_screening_left_out_has_no_assessment(store: Store) -> None:
    """A post that never reached the model is in the history with its reason."""
    listen(store, Screened(mention(), Reason.REPOST))
    (found,) = walk(store)
    assert (found.route, found.reasons, found.assessment, found.version) == ("ignore", ("repost",), None, "")


def test_an_assessment_of_another_version_is_none(store: Store) -> None:
    """What cannot be read is not guessed."""
    decide(store, mention())
    rows(store, "UPDATE assessment SET body = '{\"heads\": 1}' RETURNING mention_id")
    assert walk(store)[0].assessment is None


def test_portions_hold_each_mention_once_and_in_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many were heard in one moment, each comes once, in the order in which they were heard."""
    monkeypatch.setattr(history, "PORTION", 3)
    posts = [mention(external_id=str(number), posted_at=NOW - timedelta(days=1)) for number in range(11)]
    for start, heard in ((0, NOW), (7, LATER)):
        some = posts[start : start + 7 if start == 0 else None]
        listen(store, *(Screened(post, Reason.REPOST) for post in some), now=heard)
    found = walk(store)
    assert len(found) == len({one.id for one in found}) == 11
    assert [one.place for one in found] == sorted(one.place for one in found)


def test_the_extent_counts_what_cannot_be_looked_at(store: Store) -> None:
    """Erased texts and posts that wait are counted by themselves, and what was heard before is not."""
    old, gone, waits = (mention(external_id=name) for name in ("old", "gone", "waits"))
    early = NOW - timedelta(days=2)
    listen(store, Screened(old, Reason.REPOST), now=LONG_AGO - timedelta(hours=1))
    listen(store, Screened(gone, Reason.REPOST), now=early)
    store.do(privacy.purge, timedelta(days=1), timedelta(days=180), early + timedelta(days=1))
    decide(store, mention())
    hear(store, waits)
    assert store.do(history.extent, early, LATER) == Extent(decided=1, erased=1, waiting=1, first=early)
    assert [one.id for one in walk(store, early)] == [mention().id]
    assert store.do(history.extent, LATER, LATER + timedelta(days=1)) == Extent()


def test_a_portion_is_found_by_an_index(store: Store) -> None:
    """Neither engine's way to a portion reads the whole table; SQLite says so itself."""
    if store.engine.dialect.name != "sqlite":
        pytest.skip("with a few rows PostgreSQL rightly reads them all")
    judge(store, *(mention(external_id=str(number)) for number in range(50)))
    plans: list[str] = []

    def look(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        explained = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        plans.extend(row[3] for row in explained)

    event.listen(store.engine, "before_cursor_execute", look)
    store.do(history.portion, (NOW, ""), LATER)
    event.remove(store.engine, "before_cursor_execute", look)
    assert "SEARCH mention USING INDEX mention_kept (heard_at>? AND heard_at<?)" in plans
    assert not [plan for plan in plans if plan.startswith("SCAN")]


def reader(store: Store) -> Store:
    """A second one on the same database, that may read only."""
    return Store.open(store.engine.url.render_as_string(hide_password=False), read_only=True)


def test_a_reader_cannot_write(store: Store) -> None:
    """Whatever work is done through it, the database itself refuses a change."""
    decide(store, mention())
    reading = reader(store)
    assert len(walk(reading)) == 1
    for work in (
        lambda: reading.do(controls.pause, True, None, NOW),
        lambda: reading.do(privacy.forget, "x", "anna_l", NOW),
        lambda: rows(reading, "DELETE FROM mention"),
    ):
        with pytest.raises(DatabaseError):
            work()
    reading.close()
    assert len(walk(store)) == 1


def test_a_reader_waits_for_nobody_and_nobody_for_it(store: Store) -> None:
    """While a daemon writes, a reader reads what was there; while a reader reads, the daemon's work is kept."""
    decide(store, mention())
    reading, other = reader(store), mention(external_id="2")

    def writing(session: Any) -> int:
        session.connection().exec_driver_sql("UPDATE decision SET route = 'review'")
        return len(walk(reading))

    def read(session: Any) -> int:
        before = len(history.portion(session, (LONG_AGO, ""), LATER))
        decide(store, other, case=None)
        return before

    assert store.do(writing) == 1
    assert reading.do(read) == 1
    assert len(walk(reading)) == 2
    reading.close()


def test_a_readers_file_stays_as_it_is(tmp_path: Path) -> None:
    """After a crash the file and the log beside it are read as they lie: not a byte of them changes."""
    store = Store.open(f"sqlite:///{tmp_path}/bot.db")
    decide(store, mention())
    files = [tmp_path / "bot.db", tmp_path / "bot.db-wal"]
    left = [file.read_bytes() for file in files]
    assert left[1], "the log holds what is not in the file yet"
    store.close()
    for file, content in zip(files, left, strict=True):
        file.write_bytes(content)
    reading = Store.open(f"sqlite:///{tmp_path}/bot.db", read_only=True)
    assert len(walk(reading)) == 1
    reading.close()
    assert [file.read_bytes() for file in files] == left


def test_a_reader_makes_no_database(tmp_path: Path) -> None:
    """Where there is none, it says so and what makes one."""
    with pytest.raises(StoreError, match=r"there is no history yet; `python bot.py run` makes one"):
        Store.open(f"sqlite:///{tmp_path}/none.db", read_only=True)
    assert not list(tmp_path.iterdir())


def test_a_reader_makes_no_tables(store_url: str) -> None:
    """An empty database stays empty."""
    if store_url.startswith("sqlite"):
        Path(store_url.removeprefix("sqlite:///")).write_bytes(b"")
    with pytest.raises(StoreError, match=r"no history yet|0 bytes"):
        Store.open(store_url, read_only=True)


def test_a_reader_upgrades_nothing(store_url: str) -> None:
    """An older schema is left as it is, and the message says what brings it up to date."""
    store = Store.open(store_url)
    rows(store, "UPDATE alembic_version SET version_num = '0001' RETURNING version_num")
    store.close()
    with pytest.raises(StoreError, match=r"older schema 0001; `python bot.py status` brings it to"):
        Store.open(store_url, read_only=True)


def test_what_this_version_does_not_know_is_told_as_it_is(store: Store) -> None:
    """A route or a reason of another version is no error."""
    decide(store, mention(), route=Route.REVIEW)
    rows(store, "UPDATE decision SET route = 'balcony', reasons = '[\"waved\"]' RETURNING mention_id")
    (found,) = walk(store)
    assert (found.route, found.reasons) == ("balcony", ("waved",))
