"""A change of the configuration while the daemon runs: the good is taken whole, the bad is refused and said."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from engine import reload
from engine.reload import ConfigWatch, differences
from models.settings import Loaded, load_settings

GOOD = """
brands.k = { name = "Kestrelo", terms = ["kestrelo"] }
listeners.feed = { kind = "jsonl", path = "feed.jsonl" }
responders.console = { kind = "console" }
replies.per_hour = 20
"""


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reload, "LOOK_EVERY", 0.005)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A good configuration."""
    path = tmp_path / "config.toml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the daemon logs."""
    with caplog.at_level(logging.INFO, "overheard.config"):
        yield caplog


def watch(path: Path) -> tuple[ConfigWatch, list[str]]:
    """A watch, and what the operator is told. A load that went well stands there as the file's name."""
    told: list[str] = []

    def load(path: Path) -> Loaded:
        loaded = load_settings(path)
        told.append(path.name)
        return loaded

    found = ConfigWatch(load_settings(path), load)
    found.refused = told.append
    return found, told


async def until(held: Callable[[], object]) -> None:
    """Come back once it holds."""
    async with asyncio.timeout(10):
        while not held():
            await asyncio.sleep(0.002)


async def cancelled(work: asyncio.Task[Loaded]) -> None:
    """It had nothing to hand over, and is ended."""
    assert not work.done()
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


async def taken(config: ConfigWatch) -> Loaded:
    """The next configuration."""
    return await asyncio.wait_for(config.changed(), 10)


async def test_a_good_change_is_taken_and_logged(path: Path, said: pytest.LogCaptureFixture) -> None:
    """The new configuration is handed over, and each setting that differs is a line with the old and the new value."""
    config, told = watch(path)
    path.write_text(GOOD.replace("per_hour = 20", "per_hour = 3"))
    assert (await taken(config)).settings.replies.per_hour == 3
    assert config.current.settings.replies.per_hour == 3
    changes = [vars(record) for record in said.records if record.message == "config changed"]
    assert [(line["key"], line["old"], line["new"]) for line in changes] == [("replies.per_hour", 20, 3)]
    assert told == [path.name]


@pytest.mark.parametrize("bad", ["replies.per_hour = -1", "replies.per_hour = ", "nonsense = 1", "\x00", ""])
async def test_a_bad_change_is_refused(path: Path, bad: str) -> None:
    """A fault of any kind leaves the old configuration in force, and the operator is told what is wrong."""
    config, told = watch(path)
    work = asyncio.create_task(config.changed())
    path.write_text(bad)
    await until(lambda: told)
    assert not work.done()
    assert config.current.settings.replies.per_hour == 20
    assert len(told) == 1
    assert "the old one keeps running" in told[0]
    path.write_text(GOOD.replace("20", "7"))
    assert (await asyncio.wait_for(work, 10)).settings.replies.per_hour == 7


async def test_a_half_written_file_is_refused_until_it_is_whole(path: Path) -> None:
    """An editor that is caught in the middle of saving does no harm."""
    config, told = watch(path)
    work = asyncio.create_task(config.changed())
    whole = GOOD.replace("20", "9")
    with path.open("w") as file:
        file.write(whole[: len(whole) // 2])
        file.flush()
        await until(lambda: told)
        file.write(whole[len(whole) // 2 :])
    assert (await asyncio.wait_for(work, 10)).settings.replies.per_hour == 9


async def test_a_deleted_file_changes_nothing(path: Path) -> None:
    """Without the file the old configuration goes on; its return is noticed."""
    config, told = watch(path)
    work = asyncio.create_task(config.changed())
    path.unlink()
    await until(lambda: told)
    assert "no such file" in told[0]
    path.write_text(GOOD)
    await until(lambda: path.name in told)
    await cancelled(work)


async def test_a_replaced_file_is_noticed(path: Path) -> None:
    """A save by renaming a new file into place, as most editors do, is seen even if time and size are the same."""
    config, _ = watch(path)
    before = path.stat()
    other = path.with_name("new.toml")
    other.write_text(GOOD.replace("20", "21"))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)
    assert (await taken(config)).settings.replies.per_hour == 21


async def test_touching_the_file_restarts_nothing(path: Path, said: pytest.LogCaptureFixture) -> None:
    """A newer time without a new value is looked at once and changes nothing."""
    config, told = watch(path)
    work = asyncio.create_task(config.changed())
    os.utime(path)
    await until(lambda: told)
    await asyncio.sleep(0.03)
    assert told == [path.name]
    assert "config changed" not in said.messages
    await cancelled(work)


async def test_sighup_reads_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal does not wait for the next look, and starts afresh without a change: a secret's file may have one."""
    monkeypatch.setattr(reload, "LOOK_EVERY", 3600.0)
    config, _ = watch(path)
    work = asyncio.create_task(config.changed())
    await asyncio.sleep(0)
    config.asked.set()
    assert (await asyncio.wait_for(work, 10)).settings.replies.per_hour == 20
    path.write_text(GOOD.replace("20", "22"))
    config.asked.set()
    assert (await taken(config)).settings.replies.per_hour == 22


async def test_ten_changes_in_a_second(path: Path) -> None:
    """However fast the changes come, the last one is in force in the end."""
    config, told = watch(path)
    for number in range(10):
        path.write_text(GOOD.replace("20", str(100 + number)))
        await taken(config)
    assert config.current.settings.replies.per_hour == 109
    assert set(told) == {path.name}


def test_differences_are_by_key(path: Path) -> None:
    """Added, changed and removed settings are each named by their key path; equal ones are not."""
    old = load_settings(path).settings
    path.write_text(GOOD.replace("20", "21") + "channels.forum.max_age = '1h'\n")
    new = load_settings(path).settings
    found = {key: (before, after) for key, before, after in differences(old, new)}
    assert found["replies.per_hour"] == (20, 21)
    assert found["channels.forum.max_age"] == (None, "1h")
    assert not [key for key in found if key.startswith(("brands", "listeners"))]
    assert list(differences(old, old)) == []
