"""What every listener promises, checked on each kind."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path

import pytest
from pydantic import ValidationError

from listeners import BUILTIN
from listeners.base import Listener, Spend
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.mention import Batch
from models.plugins import find
from tests.contract.rigs import BRANDS, PAGE, RIGS, Rig

NAMES = {"401": AuthFailed, "403": AuthFailed, "429": RateLimited}
"""The error for each fault; Unavailable for all others."""
BROKEN = [(kind, fault) for kind, (_, faults) in RIGS.items() for fault in faults]


@pytest.fixture
async def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """The rig of the kind that the test is run for."""
    opened, _ = RIGS[request.param]
    async with opened(tmp_path, monkeypatch) as rig:
        yield rig


@pytest.fixture
async def listener(rig: Rig) -> AsyncIterator[Listener]:
    """A listener of the rig."""
    listener = rig.make_listener()
    yield listener
    await listener.aclose()


every_kind = pytest.mark.parametrize("rig", RIGS, indirect=True)
every_fault = pytest.mark.parametrize(("rig", "fault"), BROKEN, indirect=["rig"])


async def poll(rig: Rig, listener: Listener, cursor: str | None) -> Batch:
    """One poll at the rig's time."""
    return await listener.poll(cursor, Spend(), rig.now)


async def walk(rig: Rig, listener: Listener, cursor: str | None) -> list[Batch]:
    """All pages from a cursor on, up to one that is empty."""
    batches = [await poll(rig, listener, cursor)]
    while batches[-1].more or batches[-1].mentions:
        batches.append(await poll(rig, listener, batches[-1].cursor))
    return batches


def texts(batches: list[Batch]) -> list[str]:
    """What was heard, in any order."""
    return sorted(mention.text for batch in batches for mention in batch.mentions)


def test_every_kind_has_a_rig() -> None:
    """No built-in listener is left out of this contract."""
    assert set(RIGS) == set(BUILTIN)


@every_kind
async def test_it_begins_now(rig: Rig, listener: Listener) -> None:
    """Without a cursor nothing of the past is heard, and all that follows is."""
    rig.publish("kestrelo past")
    first = await walk(rig, listener, None)
    assert (texts(first), first[-1].cursor is not None) == ([], True)
    rig.publish("kestrelo future")
    assert texts(await walk(rig, listener, first[-1].cursor)) == ["kestrelo future"]


@every_kind
async def test_the_first_post_after_an_empty_start_is_heard(rig: Rig, listener: Listener) -> None:
    """Where nothing was ever said, the first post is not taken for the past."""
    first = await walk(rig, listener, None)
    rig.publish("kestrelo first")
    assert texts(await walk(rig, listener, first[-1].cursor)) == ["kestrelo first"]


@every_kind
async def test_the_cursor_neither_loses_nor_repeats(rig: Rig, listener: Listener) -> None:
    """Following the cursor over several pages brings every post once, and `more` asks for the next page."""
    cursor = (await walk(rig, listener, None))[-1].cursor
    said = sorted(f"kestrelo {number}" for number in range(2 * PAGE + 5))
    rig.publish(*said)
    batches = await walk(rig, listener, cursor)
    assert texts(batches) == said
    assert [batch.more for batch in batches[:3]] == [True, True, False]


@every_kind
async def test_a_crash_between_pages_loses_nothing(rig: Rig, listener: Listener) -> None:
    """A fresh listener goes on from a stored cursor; a page that was not stored comes again, with the same ids."""
    cursor = (await walk(rig, listener, None))[-1].cursor
    said = sorted(f"kestrelo {number}" for number in range(2 * PAGE))
    rig.publish(*said)
    stored = await poll(rig, listener, cursor)
    lost = await poll(rig, listener, stored.cursor)
    fresh = rig.make_listener()
    rest = await walk(rig, fresh, stored.cursor)
    await fresh.aclose()
    assert texts([stored, *rest]) == said
    assert {mention.id for mention in lost.mentions} <= {mention.id for batch in rest for mention in batch.mentions}


@every_kind
async def test_a_mention_is_whole(rig: Rig, listener: Listener) -> None:
    """Each has a channel, an id of its own and a moment in UTC, and belongs to no brand yet."""
    cursor = (await walk(rig, listener, None))[-1].cursor
    rig.publish("kestrelo one", "kestrelo two")
    heard = [mention for batch in await walk(rig, listener, cursor) for mention in batch.mentions]
    assert len({mention.id for mention in heard}) == 2
    assert all(mention.channel and mention.external_id and not mention.brand for mention in heard)
    assert all(mention.posted_at.tzinfo is UTC for mention in heard)


@every_fault
async def test_every_fault_is_one_of_the_errors(rig: Rig, listener: Listener, fault: str) -> None:
    """Whatever the other side does, the poll raises the error that its contract names, and says when to come back."""
    cursor = (await walk(rig, listener, None))[-1].cursor
    rig.fault(fault)
    with pytest.raises(EdgeError) as caught:
        await poll(rig, listener, cursor)
    assert type(caught.value) is NAMES.get(fault, Unavailable)
    assert str(caught.value)
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == 7


@every_fault
async def test_check_finds_the_fault(rig: Rig, listener: Listener, fault: str) -> None:
    """`check` raises nothing: it says what is wrong and what to do, without the secret."""
    rig.fault(fault)
    faults = await listener.check()
    assert faults
    assert all(found.what and found.fix for found in faults)
    assert rig.secret not in str(faults)


@every_kind
async def test_check_is_content(rig: Rig, listener: Listener) -> None:
    """A set-up that works has no fault."""
    assert await listener.check() == []


@every_kind
async def test_a_poll_can_be_cancelled(rig: Rig, listener: Listener) -> None:
    """A stop in mid-poll ends it at once, and the same cursor then brings what it would have brought."""
    cursor = (await walk(rig, listener, None))[-1].cursor
    rig.publish("kestrelo waits")
    held = rig.hold()
    task = asyncio.create_task(poll(rig, listener, cursor))
    await held()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    rig.release()
    assert texts(await walk(rig, listener, cursor)) == ["kestrelo waits"]


@every_fault
async def test_no_secret_and_no_words_are_shown(
    rig: Rig, listener: Listener, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the log at any level, nor an error with its causes, nor a repr shows the secret or a post."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.ERROR, "aiohttp.access")  # the fakes' own
    cursor = (await walk(rig, listener, None))[-1].cursor
    rig.publish("kestrelo words-canary")
    await walk(rig, listener, cursor)
    rig.fault(fault)
    with pytest.raises(EdgeError) as caught:
        await poll(rig, listener, cursor)
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(listener)
    assert rig.secret not in shown
    assert "canary" not in shown.replace("test_no_secret_and_no_words_are_shown", "")


@pytest.mark.parametrize("kind", BUILTIN)
def test_unknown_settings_are_refused(kind: str) -> None:
    """A setting that is misspelt stops the start instead of being passed over."""
    with pytest.raises(ValidationError, match="colour"):
        find(kind, BUILTIN, None).Settings.model_validate({"colour": "red"})


@pytest.mark.parametrize("kind", ["telegram", "x"])
def test_a_missing_secret_says_where_it_should_be(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its secret a listener is not made, and the error names the place that is empty."""
    monkeypatch.delenv("RIG_TOKEN", raising=False)
    made = find(kind, BUILTIN, None)
    with pytest.raises(ValueError, match="RIG_TOKEN"):
        made.from_settings("one", made.Settings.model_validate({"token": {"env": "RIG_TOKEN"}}), BRANDS)
