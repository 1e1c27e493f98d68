"""The small parts of the engine: calendar, sweep, systemd, the model thread."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col

from engine import systemd
from engine.calendar import open_calendar
from engine.sweep import ABANDONED, STALE, sweep
from engine.thinking import ModelThread
from models.mention import Author, Batch, Mention
from models.past import Screened
from models.store import Store, hearing, judging, sources, wakes
from models.tables import EffectRow, MentionRow
from tests.build import settings

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def mention(number: int) -> Mention:
    """A mention of the invented brand."""
    return Mention("forum", str(number), Author(f"a{number}"), "Kestrelo is slow", NOW, brand="k")


def test_calendar_ticks_at_the_times_set() -> None:
    """The daily clocks tick at their times in their zone, the others by the second, none twice at once."""
    calendar = {"timezone": "Asia/Tokyo", "purge_at": "03:30", "digest_at": "23:05"}
    desk = {"hand_over_at": ["mon-fri 17:45", "sat-mon 22:00"], "weekly_digest": "mon 08:00"}
    jobs = {job.id: job for job in open_calendar(settings(calendar=calendar, desk=desk), lambda name: None).get_jobs()}
    weekly = {"weekly", "hand_over", "hand_over-1"}
    changes = {"surveys", "numbers", "switches", "winback"}
    usual = {"purge", "digest", "sweep", "silence", "escalate", "parents", "recheck"}
    assert set(jobs) == usual | changes | weekly
    purge = jobs["purge"].trigger.get_next_fire_time(None, NOW)
    digest = jobs["digest"].trigger.get_next_fire_time(None, NOW)
    assert purge == datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
    assert digest == datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
    # NOW is a Sunday at 21:00 in Tokyo.
    assert jobs["weekly"].trigger.get_next_fire_time(None, NOW) == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert jobs["hand_over"].trigger.get_next_fire_time(None, NOW) == datetime(2026, 3, 2, 8, 45, tzinfo=UTC)
    assert jobs["hand_over-1"].trigger.get_next_fire_time(None, NOW) == datetime(2026, 3, 1, 13, tzinfo=UTC)


def test_a_digest_that_nobody_wants_has_no_clock() -> None:
    """An empty moment is no moment."""
    jobs = {job.id for job in open_calendar(settings(desk={"weekly_digest": ""}), lambda name: None).get_jobs()}
    assert not jobs & {"weekly", "hand_over"}


async def test_calendar_makes_up_for_a_missed_moment() -> None:
    """A clock whose moment passed while the process was suspended ticks once, late."""
    ticked: list[str] = []
    calendar = open_calendar(settings(), ticked.append)
    for job in calendar.get_jobs():
        if job.id == "purge":
            job.modify(next_run_time=datetime.now(UTC) - timedelta(hours=5))
    calendar.start()
    async with asyncio.timeout(10):
        while not ticked:
            await asyncio.sleep(0.005)
    calendar.shutdown(wait=False)
    assert ticked == ["purge"]


def test_sweep_finds_work_that_nobody_was_told_of(store: Store) -> None:
    """A key that is marked and was not run is woken once it is stale, not before."""
    store.do(wakes.mark, "decide", ["a", "b"], NOW)
    store.do(wakes.clear, "decide", "b")
    assert store.do(sweep, NOW + STALE / 2) == []
    assert store.do(sweep, NOW + STALE) == [("decide", "a")]


def test_sweep_takes_from_the_dead(store: Store) -> None:
    """Mentions that a dead worker took to judge are judged by another one."""
    store.do(hearing.hear, "feed", Batch(), [Screened(mention(1))], "v", NOW)
    (taken,) = store.do(judging.claim, "0", 10, NOW)
    shard = str(store.do(lambda session: session.get(MentionRow, taken.id).shard))
    store.do(wakes.clear, "classify", shard)
    assert store.do(sweep, NOW + judging.LEASE / 2) == []
    dead = NOW + judging.LEASE * 2
    store.do(sweep, dead)
    assert store.do(wakes.waiting, dead) == [("classify", shard)]
    assert store.do(judging.claim, shard, 10, dead) == [taken]


def test_sweep_wakes_an_overdue_poll(store: Store) -> None:
    """A listener whose poll is long overdue is polled."""
    store.do(sources.get, "feed")
    store.do(sources.next_poll, "feed", NOW)
    assert store.do(sweep, NOW + STALE / 2) == []
    assert store.do(sweep, LATER) == [("poll", "feed")]


def test_sweep_doubts_what_was_never_settled(store: Store) -> None:
    """A message that has been on its way for longer than any call lasts is asked about."""
    row = EffectRow(key="k", sink="s", kind="alert", target="", body={}, queued_at=NOW, sending_at=NOW, state="sending")
    store.do(lambda session: session.add(row))
    assert store.do(sweep, NOW + ABANDONED / 2) == []
    late = NOW + ABANDONED + STALE
    store.do(sweep, late)
    assert store.do(sweep, late + STALE) == [("reconcile", "s")]
    store.do(lambda session: session.execute(update(EffectRow).where(col(EffectRow.key) == "k").values(state="sent")))


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    """A state reaches systemd's socket, in the file system and in Linux's abstract namespace."""
    name = f"@{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd_side:
        systemd_side.bind(name.replace("@", "\0", 1) if abstract else name)
        systemd_side.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        systemd.notify("READY=1")
        assert systemd_side.recv(100) == b"READY=1"


def test_without_systemd_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Started by hand, the same code does nothing."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    systemd.notify("READY=1")
    assert systemd.watchdog_seconds() is None
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    assert systemd.watchdog_seconds() == 30


def test_the_model_thread_is_one_thread() -> None:
    """All work runs on one thread in order, and what it raises reaches whoever waits."""
    thread = ModelThread()
    names = [thread.submit(threading.current_thread) for _ in range(3)]
    broken = thread.submit(int, "no number")
    assert len({future.result(5) for future in names}) == 1
    with pytest.raises(ValueError, match="no number"):
        broken.result(5)


def test_a_hanging_model_does_not_hold_up_an_exit() -> None:
    """The process ends while the model still thinks."""
    program = "import time; from engine.thinking import ModelThread; ModelThread().submit(time.sleep, 600)"
    ended = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], timeout=60, check=False)
    assert ended.returncode == 0
