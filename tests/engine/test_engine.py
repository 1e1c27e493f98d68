"""The contract of an engine. A new engine joins `ENGINES` and must keep it; all work itself lives in tables."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from engine.embedded import EmbeddedEngine
from engine.seam import Engine, Handler

ENGINES: dict[str, Callable[[], Engine]] = {"embedded": lambda: EmbeddedEngine(now)}

LIMIT = 20.0


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn, not yet running."""
    return ENGINES[request.param]()


async def until(held: Callable[[], bool]) -> None:
    """Come back once it holds; fail if it never does."""
    async with asyncio.timeout(LIMIT):
        while not held():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def running(
    engine: Engine, handlers: Mapping[str, Handler], limits: Mapping[str, int] | None = None
) -> AsyncIterator[asyncio.Event]:
    """The engine at work; stopped, and seen to end, after the block."""
    stopping = asyncio.Event()
    work = asyncio.create_task(engine.run(handlers, limits or {}, stopping))
    try:
        yield stopping
    finally:
        stopping.set()
        await asyncio.wait_for(work, LIMIT)


@dataclass
class Spy:
    """A handler that remembers who ran, and how many did at once; it waits for ``gate`` where one is given."""

    gate: asyncio.Event | None = None
    runs: Counter[str] = field(default_factory=Counter)
    now: Counter[str] = field(default_factory=Counter)
    most_of_one_key: int = 0
    most: int = 0
    order: list[str] = field(default_factory=list)

    async def __call__(self, key: str) -> datetime | None:
        """Work on a key."""
        self.runs[key] += 1
        self.now[key] += 1
        self.order.append(key)
        self.most_of_one_key = max(self.most_of_one_key, self.now[key])
        self.most = max(self.most, self.now.total())
        await (self.gate.wait() if self.gate else asyncio.sleep(0))
        self.now[key] -= 1
        return None


async def test_wake_runs_once(engine: Engine) -> None:
    """One wake-up, one run."""
    spy = Spy()
    async with running(engine, {"decide": spy}):
        engine.wake([("decide", "a")])
        await until(lambda: spy.runs["a"] == 1)
        engine.wake([("decide", "b")])
        await until(lambda: spy.runs["b"] == 1)
    assert spy.runs == {"a": 1, "b": 1}


async def test_wakes_before_the_start_count(engine: Engine) -> None:
    """What is woken before the engine runs is run when it does."""
    spy = Spy()
    engine.wake([("decide", "a"), ("decide", "a")])
    async with running(engine, {"decide": spy}):
        await until(lambda: spy.runs["a"] == 1)


async def test_wakes_coalesce_and_none_is_lost(engine: Engine) -> None:
    """A hundred wake-ups during a run lead to exactly one more run after it, never to none."""
    spy = Spy(asyncio.Event())
    async with running(engine, {"decide": spy}):
        engine.wake([("decide", "a")])
        await until(lambda: spy.now["a"] == 1)
        for _ in range(100):
            engine.wake([("decide", "a")])
        assert spy.gate
        spy.gate.set()
        await until(lambda: spy.runs["a"] == 2)
    assert spy.runs["a"] == 2


async def test_a_key_never_overlaps_itself(engine: Engine) -> None:
    """However often it is woken and however much may run at once, a key runs one at a time."""
    spy = Spy()
    async with running(engine, {"decide": spy}, {"decide": 8}):
        for _ in range(200):
            engine.wake([("decide", "a"), ("decide", "b")])
            await asyncio.sleep(0)
        await until(lambda: spy.now.total() == 0 and spy.runs["a"] > 10)
    assert spy.most_of_one_key == 1
    assert spy.most == 2


async def test_other_keys_and_stages_run_meanwhile(engine: Engine) -> None:
    """A key that hangs holds up neither the other keys of its stage nor another stage."""
    gate = asyncio.Event()
    slow, other = Spy(gate), Spy()
    async with running(engine, {"send": slow, "decide": other}, {"send": 2}):
        engine.wake([("send", "a"), ("send", "b"), ("decide", "c")])
        await until(lambda: slow.now.total() == 2 and other.runs["c"] == 1)
        gate.set()


async def test_limits_hold(engine: Engine) -> None:
    """No more keys of a stage run at once than its limit allows, one without a limit, and all come to their turn."""
    limited, single = Spy(), Spy()
    keys = [str(number) for number in range(50)]
    async with running(engine, {"decide": limited, "classify": single}, {"decide": 3}):
        engine.wake([("decide", key) for key in keys] + [("classify", key) for key in keys])
        await until(lambda: len(limited.runs) == len(single.runs) == 50)
    assert (limited.most, single.most) == (3, 1)
    assert limited.order == keys, "in order of arrival"


async def test_a_handler_that_raises_is_tried_again(engine: Engine) -> None:
    """A defect in one key is tried again after a pause, and the others go on."""
    calls: list[datetime] = []

    async def broken(key: str) -> datetime | None:
        if key == "well":
            return None
        calls.append(now())
        if len(calls) < 2:
            raise OSError("disk full")
        return None

    async with running(engine, {"decide": broken}):
        engine.wake([("decide", "ill"), ("decide", "well")])
        await until(lambda: len(calls) == 2)
    assert calls[1] - calls[0] > timedelta(milliseconds=300), "with a pause"


async def test_a_moment_is_kept(engine: Engine) -> None:
    """A wake-up for a moment runs then, not before; a wish that a handler returns is kept in the same way."""
    ran: list[datetime] = []
    wish = now() + timedelta(seconds=0.2)
    again = wish + timedelta(seconds=0.2)

    async def handler(key: str) -> datetime | None:
        ran.append(now())
        return again if len(ran) == 1 else None

    async with running(engine, {"tick": handler}):
        engine.wake([("tick", "a")], at=wish)
        await until(lambda: len(ran) == 2)
    assert wish <= ran[0] <= wish + timedelta(seconds=2)
    assert again <= ran[1] <= again + timedelta(seconds=2)


async def test_the_earlier_of_two_moments_wins(engine: Engine) -> None:
    """A later wish does not push an earlier one back, and a wake-up now does not wait for either."""
    spy = Spy()
    async with running(engine, {"tick": spy}):
        engine.wake([("tick", "a")], at=now() + timedelta(seconds=0.1))
        engine.wake([("tick", "a")], at=now() + timedelta(hours=1))
        await until(lambda: spy.runs["a"] == 1)
        engine.wake([("tick", "a")], at=now() + timedelta(hours=1))
        engine.wake([("tick", "a")])
        await until(lambda: spy.runs["a"] == 2)


async def test_wake_from_another_thread(engine: Engine) -> None:
    """The store's thread may wake while handlers run; every key gets its turn."""
    spy = Spy()

    def elsewhere() -> None:
        for number in range(500):
            engine.wake([("decide", str(number))])

    async with running(engine, {"decide": spy}, {"decide": 4}):
        threads = [threading.Thread(target=elsewhere) for _ in range(4)]
        for thread in threads:
            thread.start()
        await until(lambda: len(spy.runs) == 500)
        for thread in threads:
            thread.join()


async def test_stop_finishes_what_is_in_hand(engine: Engine) -> None:
    """After the word to stop, what runs comes to its end and nothing new is begun."""
    spy = Spy(asyncio.Event())
    async with running(engine, {"decide": spy}) as stopping:
        engine.wake([("decide", "a"), ("decide", "b")])
        await until(lambda: spy.now["a"] == 1)
        stopping.set()
        await asyncio.sleep(0.01)
        assert spy.gate
        spy.gate.set()
        await until(lambda: spy.now.total() == 0)
    assert spy.runs == {"a": 1}


async def test_a_wake_after_the_end_is_harmless(engine: Engine) -> None:
    """A clock's thread may still wake an engine that has ended."""
    async with running(engine, {}):
        pass
    engine.wake([("tick", "sweep")])
    await asyncio.to_thread(engine.wake, [("tick", "sweep")])


async def test_ten_thousand_keys_at_the_start(engine: Engine) -> None:
    """A night's backlog drains without a cost that grows with its square."""
    spy = Spy()
    engine.wake([("decide", str(number)) for number in range(10_000)])
    began = now()
    async with running(engine, {"decide": spy}, {"decide": 4}):
        await until(lambda: len(spy.runs) == 10_000)
    assert now() - began < timedelta(seconds=15)


async def test_a_cancelled_wait_inside_a_handler_is_a_failure(engine: Engine) -> None:
    """A cancellation that leaks out of a handler is tried again like any other failure, and the key stays alive."""
    runs: list[str] = []

    async def handler(key: str) -> None:
        runs.append(key)
        if len(runs) == 1:
            raise asyncio.CancelledError

    async with running(engine, {"decide": handler}):
        engine.wake([("decide", "a")])
        await until(lambda: len(runs) == 2)


async def test_drained_waits_for_all_that_is_ready() -> None:
    """`run --once` ends when nothing runs and nothing is ready, and does not wait for later moments."""
    engine = EmbeddedEngine(now)
    spy = Spy()
    follow: Awaitable[None]

    async def leads_on(key: str) -> datetime | None:
        engine.wake([("decide", key)])
        return now() + timedelta(hours=1)

    engine.wake([("poll", "a"), ("poll", "b")])
    async with running(engine, {"poll": leads_on, "decide": spy}):
        follow = engine.drained()
        await asyncio.wait_for(follow, LIMIT)
    assert spy.runs == {"a": 1, "b": 1}
