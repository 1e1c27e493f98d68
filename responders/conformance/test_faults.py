"""What a responder promises when its platform fails: the right one of five errors, never a second try, no secret."""

from __future__ import annotations

import asyncio
import logging
import traceback

import pytest

from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed
from models.rig import FAULTS
from responders.base import Responder
from responders.conformance.fixtures import responder
from responders.conformance.rig import ResponderRig

__all__ = [
    "responder",
    "test_a_closed_door_is_certain",
    "test_a_send_can_be_cancelled",
    "test_check_finds_the_fault",
    "test_check_is_content",
    "test_every_fault_is_the_right_error",
    "test_it_can_be_closed_unused_and_twice",
    "test_no_secret_and_no_text_is_told",
]

TEXT = "We are sorry, words-canary, please write to us privately."
ERRORS = {
    "401": (AuthFailed,),
    "403": (AuthFailed, Refused),
    "404": (Refused, AuthFailed),
    "429": (RateLimited,),
}
"""The errors for each fault; Unconfirmed for all others: the request went out and nobody said what became of it."""
LONGEST = 30
"""Seconds that a send may take."""
FOREIGN = ("aiohttp.access", "asyncio")
"""Loggers of the test's own server and of the loop."""

every_fault = pytest.mark.parametrize("fault", [*FAULTS, "empty"])


async def fails(rig: ResponderRig, responder: Responder, fault: str) -> EdgeError:
    """The error with which one send ends."""
    await rig.fault(fault)
    with pytest.raises(EdgeError) as caught:
        async with asyncio.timeout(LONGEST):
            await responder.send(rig.message(TEXT))
    return caught.value


@every_fault
async def test_every_fault_is_the_right_error(rig: ResponderRig, responder: Responder, fault: str) -> None:
    """A refusal is certain, a failing or garbled answer leaves doubt, and neither is a reason to send again."""
    rig.needs(fault)
    error = await fails(rig, responder, fault)
    assert type(error) in rig.errors.get(fault, ERRORS.get(fault, (Unconfirmed,)))
    assert str(error)
    if isinstance(error, RateLimited):
        assert error.retry_after == (rig.retry_after and pytest.approx(rig.retry_after, abs=1))
    assert await rig.requests() <= rig.requests_a_send


async def test_a_closed_door_is_certain(rig: ResponderRig) -> None:
    """Where nobody listens the message has certainly not arrived, so it may be sent again."""
    rig.needs("closed")
    made = rig.make_closed()
    try:
        with pytest.raises(Unavailable) as closed:
            await made.send(rig.message(TEXT))
    finally:
        await made.aclose()
    assert not isinstance(closed.value, RateLimited)


async def test_a_send_can_be_cancelled(rig: ResponderRig, responder: Responder) -> None:
    """A stop in mid-send ends it at once; what became of the message is for ``find`` to say."""
    rig.needs("hold")
    held = await rig.hold()
    task = asyncio.create_task(responder.send(rig.message(TEXT)))
    async with asyncio.timeout(LONGEST):
        await held
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(LONGEST):
            await task
    await rig.release()
    assert (await responder.send(rig.message(TEXT, key="key-2"))).external_id


@every_fault
async def test_check_finds_the_fault(rig: ResponderRig, responder: Responder, fault: str) -> None:
    """`check` raises nothing: it says what is wrong and what to do, without the secret."""
    rig.needs(fault, "check")
    await rig.fault(fault)
    faults = await responder.check()
    assert faults
    assert all(found.what and found.fix for found in faults)
    assert not any(secret in str(faults) for secret in rig.secrets)


async def test_check_is_content(responder: Responder) -> None:
    """A set-up that works has no fault."""
    assert await responder.check() == []


@pytest.mark.parametrize("fault", ["401", "403", "429", "500", "html 200", "html 502", "garbled", "dropped"])
async def test_no_secret_and_no_text_is_told(
    rig: ResponderRig, responder: Responder, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the log at any level, nor an error with its causes, nor a repr shows a secret or the message's words."""
    rig.needs(fault)
    caplog.set_level(logging.DEBUG)
    for name in FOREIGN:
        caplog.set_level(logging.ERROR, name)
    await responder.send(rig.message(TEXT, key="key-0"))
    error = await fails(rig, responder, fault)
    shown = "".join(traceback.format_exception(error)) + caplog.text + repr(responder)
    assert not [secret for secret in rig.secrets if secret in shown], "a secret is shown"
    assert "words-canary" not in shown


async def test_it_can_be_closed_unused_and_twice(rig: ResponderRig) -> None:
    """A responder that never sent anything leaves nothing open."""
    made = rig.make()
    await made.aclose()
    await made.aclose()
