"""Wake-ups: many coalesce into one, and none is ever lost."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import text
from sqlmodel import Session

from models.store import Store, wakes
from models.store.database import Wake
from tests.build import NOW
from tests.stores import one, rows

PRODUCERS, EACH, AT_A_KEY = 4, 200, 4


def test_many_marks_are_one_flag(store: Store) -> None:
    """A key that is marked often waits once, since its first mark."""
    for minute in range(3):
        store.do(wakes.mark, "send", ["slack", "slack"], NOW + timedelta(minutes=minute))
    assert store.do(wakes.waiting, NOW) == [("send", "slack")]
    assert one(store, "SELECT count(*) FROM wake") == 1


def test_a_cleared_flag_can_be_set_again(store: Store) -> None:
    """After the work began a new mark is a new wake-up, with its own time."""
    store.do(wakes.mark, "send", ["slack"], NOW)
    store.do(wakes.clear, "send", "slack")
    assert store.do(wakes.waiting, NOW) == []
    later = NOW + timedelta(minutes=1)
    store.do(wakes.mark, "send", ["slack"], later)
    assert store.do(wakes.waiting, NOW) == []
    assert store.do(wakes.waiting, later) == [("send", "slack")]


def test_the_longest_waiting_come_first_and_in_portions(store: Store) -> None:
    """What has waited longest is healed first."""
    for minute, key in enumerate(("old", "middle", "new")):
        store.do(wakes.mark, "decide", [key], NOW + timedelta(minutes=minute))
    assert store.do(wakes.waiting, NOW + timedelta(hours=1), 2) == [("decide", "old"), ("decide", "middle")]


def test_a_mark_that_is_rolled_back_wakes_nobody(store: Store) -> None:
    """The flag and the hint both belong to the transaction: when it fails, neither is seen."""
    told: list[Wake] = []
    store.on_wake = told.extend

    def fails(session: Session) -> None:
        wakes.mark(session, "send", ["slack"], NOW)
        raise RuntimeError

    try:
        store.do(fails)
    except RuntimeError:
        assert (told, store.do(wakes.waiting, NOW)) == ([], [])


def test_the_engine_is_told_after_the_commit(store: Store) -> None:
    """Whoever is woken already sees the work, and is told again where the flag was set before."""
    seen: list[tuple[list[Wake], int]] = []
    store.on_wake = lambda woken: seen.append((woken, one(store, "SELECT count(*) FROM wake WHERE dirty")))
    for _ in range(2):
        store.do(wakes.mark, "send", ["b", "a"], NOW)
    assert seen == [([("send", "a"), ("send", "b")], 2)] * 2


def test_unlike_orders_do_not_deadlock(store: Store) -> None:
    """Producers that name the same keys in opposite orders all finish."""
    keys = [str(number) for number in range(12)]

    def work(order: list[str]) -> None:
        for _ in range(20):
            store.do(wakes.mark, "decide", order, NOW)

    finish(threading.Thread(target=work, args=(order,)) for order in (keys, keys[::-1], keys, keys[::-1]))
    assert len(store.do(wakes.waiting, NOW)) == len(keys)


def finish(threads: object) -> None:
    """Start all, wait for all."""
    started = list(threads)  # type: ignore[call-overload]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join(30)
        assert not thread.is_alive()


def test_no_wake_up_is_lost_among_many_producers(store: Store) -> None:
    """Four producers, and a consumer that works only on keys whose flag is set: at the end no work is left over."""
    store.do(lambda session: session.execute(text("CREATE TABLE work (id INTEGER, key VARCHAR, done INTEGER)")))
    try:
        produced = threading.Event()
        producers = [threading.Thread(target=_produce, args=(store, number)) for number in range(PRODUCERS)]
        consumer = threading.Thread(target=_consume, args=(store, produced))
        consumer.start()
        finish(producers)
        produced.set()
        consumer.join(30)
        assert rows(store, "SELECT count(*), sum(done) FROM work") == [(PRODUCERS * EACH, PRODUCERS * EACH)]
    finally:
        store.do(lambda session: session.execute(text("DROP TABLE work")))


def _produce(store: Store, number: int) -> None:
    # All producers turn to the same key at about the same time, and then to the next.
    for step in range(EACH):
        store.do(_add, number * EACH + step, f"{step // AT_A_KEY:03}")


def _add(session: Session, number: int, key: str) -> None:
    session.execute(text("INSERT INTO work VALUES (:number, :key, 0)"), {"number": number, "key": key})
    wakes.mark(session, "decide", [key], NOW)


def _consume(store: Store, produced: threading.Event) -> None:
    """Works on set flags only; ends when the producers have ended and no flag is set."""
    while True:
        ended = produced.is_set()
        waiting = store.do(wakes.waiting, NOW)
        for _, key in waiting:
            store.do(_work, key)
        if ended and not waiting:
            return


def _work(session: Session, key: str) -> None:
    wakes.clear(session, "decide", key)
    session.execute(text("UPDATE work SET done = 1 WHERE key = :key AND done = 0"), {"key": key})
