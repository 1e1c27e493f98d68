"""What a listener promises when its platform fails: one of three errors, no loss, a clean stop, no secret shown."""

from __future__ import annotations

import asyncio
import logging
import traceback

import pytest

from listeners.base import Listener
from listeners.conformance.fixtures import listener, rig
from listeners.conformance.rig import ListenerRig
from listeners.conformance.walk import begin, heard, numbered, poll, walk
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.rig import FAULTS

__all__ = [
    "listener",
    "test_a_fault_between_pages_loses_nothing",
    "test_a_poll_can_be_cancelled",
    "test_check_finds_the_fault",
    "test_every_fault_is_one_of_the_errors",
    "test_faults_of_its_own_are_one_of_the_errors",
    "test_it_can_be_closed_unused_and_twice",
    "test_no_secret_and_no_words_are_shown",
]

ERRORS = {"401": (AuthFailed,), "403": (AuthFailed,), "404": (Unavailable, AuthFailed), "429": (RateLimited,)}
"""The errors for each fault; Unavailable for all others."""
LONGEST = 30
"""Seconds that a poll may take."""
FOREIGN = ("aiohttp.access", "asyncio")
"""Loggers of the test's own server and of the loop."""

every_fault = pytest.mark.parametrize("fault", FAULTS)


async def fails(rig: ListenerRig, listener: Listener, cursor: str, fault: str) -> EdgeError:
    """The error with which one poll ends."""
    await rig.fault(fault)
    with pytest.raises(EdgeError) as caught:
        async with asyncio.timeout(LONGEST):
            await poll(rig, listener, cursor)
    return caught.value


@every_fault
async def test_every_fault_is_one_of_the_errors(rig: ListenerRig, listener: Listener, fault: str) -> None:
    """Whatever the other side does, the poll raises the error that its contract names, and says when to come back."""
    rig.needs(fault)
    error = await fails(rig, listener, await begin(rig, listener), fault)
    assert type(error) in rig.errors.get(fault, ERRORS.get(fault, (Unavailable,)))
    assert str(error)
    if isinstance(error, RateLimited):
        assert error.retry_after == (rig.retry_after and pytest.approx(rig.retry_after, abs=1))


async def test_faults_of_its_own_are_one_of_the_errors(rig: ListenerRig, listener: Listener) -> None:
    """What only this platform can do, such as take a file away, also ends in an error that the contract names."""
    if not rig.own_faults:
        pytest.skip(f"{rig.kind} has no faults of its own")
    cursor = await begin(rig, listener)
    for fault in rig.own_faults:
        error = await fails(rig, listener, cursor, fault)
        assert type(error) in rig.errors.get(fault, (Unavailable,)), fault
        assert str(error)


@every_fault
async def test_a_fault_between_pages_loses_nothing(rig: ListenerRig, listener: Listener, fault: str) -> None:
    """After a fault in the midst of the pages, such as a token that is revoked, the same cursor brings the rest."""
    rig.needs(fault)
    cursor = await begin(rig, listener)
    said = numbered(2 * rig.page)
    await rig.publish(*said)
    first = await poll(rig, listener, cursor)
    assert first.cursor is not None
    await fails(rig, listener, first.cursor, fault)
    assert heard(rig, [first, *await walk(rig, listener, first.cursor)]) == said


@every_fault
async def test_check_finds_the_fault(rig: ListenerRig, listener: Listener, fault: str) -> None:
    """`check` raises nothing: it says what is wrong and what to do, without the secret."""
    rig.needs(fault)
    await rig.fault(fault)
    faults = await listener.check()
    assert faults
    assert all(found.what and found.fix for found in faults)
    assert not any(secret in str(faults) for secret in rig.secrets)


async def test_a_poll_can_be_cancelled(rig: ListenerRig, listener: Listener) -> None:
    """A stop in mid-poll ends it at once, and the same cursor then brings what it would have brought."""
    rig.needs("hold")
    cursor = await begin(rig, listener)
    await rig.publish("kestrelo waits")
    held = await rig.hold()
    task = asyncio.create_task(poll(rig, listener, cursor))
    async with asyncio.timeout(LONGEST):
        await held
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(LONGEST):
            await task
    await rig.release()
    assert heard(rig, await walk(rig, listener, cursor)) == ["kestrelo waits"]


@pytest.mark.parametrize("fault", ["401", "403", "429", "500", "html 200", "html 502", "garbled", "dropped"])
async def test_no_secret_and_no_words_are_shown(
    rig: ListenerRig, listener: Listener, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the log at any level, nor an error with its causes, nor a repr shows a secret or a post's words."""
    rig.needs(fault)
    caplog.set_level(logging.DEBUG)
    for name in FOREIGN:
        caplog.set_level(logging.ERROR, name)
    cursor = await begin(rig, listener)
    await rig.publish("kestrelo words-canary")
    assert heard(rig, await walk(rig, listener, cursor)) == ["kestrelo words-canary"]
    error = await fails(rig, listener, cursor, fault)
    shown = "".join(traceback.format_exception(error)) + caplog.text + repr(listener) + str(await listener.check())
    assert not [secret for secret in rig.secrets if secret in shown], "a secret is shown"
    assert "words-canary" not in shown


async def test_it_can_be_closed_unused_and_twice(rig: ListenerRig) -> None:
    """A listener that never polled leaves nothing open."""
    made = rig.make()
    await made.aclose()
    await made.aclose()
