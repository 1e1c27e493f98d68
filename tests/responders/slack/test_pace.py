"""Our side of Slack's limits: nothing is sent faster than Slack takes it, and nothing is held up without need."""

from __future__ import annotations

import asyncio

import pytest

from responders.slack.pace import KEYS, Pace


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    """A clock of the test's own."""
    return Time()


async def test_one_message_a_second_in_a_channel(time: Time) -> None:
    """The first goes at once, each other a second after the one before; a quiet second costs nothing."""
    pace = Pace(1.0, clock=time, sleep=time.sleep)
    for _ in range(3):
        await pace.turn("C1")
    time.now += 10
    await pace.turn("C1")
    assert time.slept == [1.0, 1.0]


async def test_channels_do_not_hold_each_other_up(time: Time) -> None:
    """Another channel goes at once."""
    pace = Pace(1.0, clock=time, sleep=time.sleep)
    for channel in ("C1", "C2", "C3"):
        await pace.turn(channel)
    assert time.slept == []


async def test_a_first_few_go_together(time: Time) -> None:
    """A burst passes, and after it the steady pace holds."""
    pace = Pace(1.25, burst=3, clock=time, sleep=time.sleep)
    for _ in range(5):
        await pace.turn("chat.update")
    assert time.slept == [1.25, 1.25]


async def test_those_who_wait_together_go_one_by_one() -> None:
    """Ten at once have ten different turns."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    pace = Pace(1.0, clock=lambda: 5.0, sleep=sleep)
    await asyncio.gather(*(pace.turn("C1") for _ in range(10)))
    assert pauses == pytest.approx([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])


async def test_a_pause_that_slack_asks_for_is_kept(time: Time) -> None:
    """After Retry-After nothing of that key goes before its end."""
    pace = Pace(1.0, burst=4, clock=time, sleep=time.sleep)
    pace.hold("C1", 30)
    await pace.turn("C1")
    assert time.slept == [30.0]


async def test_old_channels_are_forgotten(time: Time) -> None:
    """Months of channels do not fill the memory."""
    pace = Pace(1.0, clock=time, sleep=time.sleep)
    for number in range(KEYS * 3):
        time.now += 0.5
        await pace.turn(f"C{number}")
    assert len(pace._until) <= KEYS
