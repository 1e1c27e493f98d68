"""What every responder promises, whatever it speaks to: the five errors, one request, a receipt, and no secret told."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from models.decision import Kind, Message
from models.errors import AuthFailed, RateLimited, Refused, Unavailable, Unconfirmed
from models.plugins import find
from models.settings.types import Secret
from responders import BUILTIN
from responders.base import Responder
from responders.slack.pace import Pace
from tests.counterparts.servers import free_port
from tests.fakes.faulty import Answer, Faulty, breaks, faulty, says, shows
from tests.responders.cards import message

CANARY = "canary-Kestrelo_secret"
TEXT = "We are sorry, please write to us privately."


@dataclass(frozen=True)
class Rig:
    """How one responder is tried: its settings for an address, a message that it takes, and a good answer to it."""

    name: str
    settings: Callable[[str], dict[str, Any]]
    message: Message
    good: Any


def secret(name: str) -> Secret:
    """A secret in the environment."""
    return Secret(env=f"CONTRACT_{name}")


SENT = {
    "message_id": 900,
    "date": 1_795_269_720,
    "chat": {"id": -100188, "type": "supergroup", "title": "N"},
    "text": TEXT,
}
KEYS = ("consumer_key", "consumer_secret", "access_token", "access_secret")
RIGS = (
    Rig(
        "slack",
        lambda url: {"token": secret("SLACK"), "base_url": f"{url}/api/"},
        message(Kind.NOTICE, {"text": TEXT}),
        {"ok": True, "channel": "C0KESTRELO", "ts": "1795269720.000100"},
    ),
    Rig(
        "telegram",
        lambda url: {"token": secret("TELEGRAM"), "base_url": f"{url}/bot"},
        message(Kind.REPLY, {"text": TEXT}, target="-100188:7"),
        {"ok": True, "result": SENT},
    ),
    Rig(
        "x",
        lambda url: {key: secret("X") for key in KEYS} | {"handle": "kestrelo", "base_url": url, "timeout": "0.5s"},
        message(Kind.REPLY, {"text": TEXT}, target="1900"),
        {"data": {"id": "1901", "text": TEXT}},
    ),
)


def refusal(status: int) -> Answer:
    """A refusal in the forms of all three platforms at once."""
    codes = {401: "invalid_auth", 403: "missing_scope", 429: "ratelimited"}
    body = {
        "ok": False,
        "error": codes.get(status, "internal_error"),
        "error_code": status,
        "description": {401: "Unauthorized", 403: "Forbidden: bot was kicked", 429: "Too Many Requests"}.get(
            status, "No"
        ),
        "title": "No",
    }
    if status == 429:
        return says(status, body | {"parameters": {"retry_after": 7}}, Retry_After="7")
    return says(status, body)


def made(rig: Rig, url: str) -> Responder:
    """The responder as the settings make it."""
    kind: Any = find(rig.name, BUILTIN, None)
    responder: Responder = kind.from_settings(rig.name, kind.Settings(**rig.settings(url)))
    if rig.name == "slack":
        responder._web._timeout = 0.5  # type: ignore[attr-defined]
        responder._posts = Pace(0)  # type: ignore[attr-defined]
    return responder


@pytest.fixture(params=RIGS, ids=lambda rig: rig.name)
def rig(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """Each responder that speaks to a server, with little patience."""
    for name in ("SLACK", "X"):
        monkeypatch.setenv(f"CONTRACT_{name}", CANARY)
    monkeypatch.setenv("CONTRACT_TELEGRAM", f"4711:{CANARY}")
    monkeypatch.setattr("responders.telegram.PATIENCE", 0.5)
    found: Rig = request.param
    return found


@pytest.fixture
async def server(rig: Rig) -> AsyncIterator[Faulty]:
    """A server that takes everything, until a test says otherwise."""
    async with faulty() as running:
        running.answers = [says(200, rig.good)]
        yield running


@pytest.fixture
async def responder(rig: Rig, server: Faulty) -> AsyncIterator[Responder]:
    """The responder before that server; its end must leave nothing open, or the test run fails."""
    one = made(rig, server.url)
    yield one
    await one.aclose()


@pytest.mark.parametrize("name", [*BUILTIN])
def test_every_built_in_responder_keeps_the_protocol(name: str) -> None:
    """It is found by its name, declares its kinds, and explains every setting."""
    kind = find(name, BUILTIN, None)
    assert kind.kinds
    assert kind.kinds <= frozenset(Kind)
    assert all(field.description for field in kind.Settings.model_fields.values())
    assert all(callable(getattr(kind, method)) for method in ("from_settings", "send", "find", "check", "aclose"))


async def test_a_message_is_one_request_with_a_receipt(rig: Rig, server: Faulty, responder: Responder) -> None:
    """What was carried out has a reference, and took exactly one request."""
    receipt = await responder.send(rig.message)
    assert receipt.external_id
    assert len(server.requests) == 1


async def test_a_kind_that_it_does_not_take_is_refused(server: Faulty, responder: Responder) -> None:
    """Nothing is sent for a kind of message outside ``kinds``."""
    others = frozenset(Kind) - responder.kinds
    assert others
    for kind in others:
        with pytest.raises(Refused):
            await responder.send(message(kind, {"text": TEXT}))
    assert server.requests == []


async def test_a_wrong_credential_stops_the_channel(rig: Rig, server: Faulty, responder: Responder) -> None:
    """401 is about us and not about the message, so nothing is given up and nothing repeated."""
    server.answers = [refusal(401)]
    with pytest.raises(AuthFailed):
        await responder.send(rig.message)
    assert len(server.requests) == 1


async def test_a_forbidden_message_is_not_repeated(rig: Rig, server: Faulty, responder: Responder) -> None:
    """403 is about our permission or about this message, and never a reason to try again at once."""
    server.answers = [refusal(403)]
    with pytest.raises((AuthFailed, Refused)):
        await responder.send(rig.message)
    assert len(server.requests) == 1


async def test_a_limit_says_how_long(rig: Rig, server: Faulty, responder: Responder) -> None:
    """429 was certainly not carried out, and its pause reaches the sender."""
    server.answers = [refusal(429)]
    with pytest.raises(RateLimited) as limited:
        await responder.send(rig.message)
    assert limited.value.retry_after == pytest.approx(7, abs=1)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
async def test_a_failing_server_leaves_doubt(
    rig: Rig, server: Faulty, responder: Responder, status: int, html: bool
) -> None:
    """After a 5xx the message may be there, so the sender must ask before it repeats."""
    server.answers = [shows(status, "<html>bad gateway</html>") if html else refusal(status)]
    with pytest.raises(Unconfirmed):
        await responder.send(rig.message)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [shows(200, "<html>sign in</html>"), shows(200, '{"ok": tr', "application/json"), shows(200, ""), breaks],
    ids=["html", "cut off", "empty", "reset"],
)
async def test_a_garbled_answer_leaves_doubt(rig: Rig, server: Faulty, responder: Responder, answer: Answer) -> None:
    """An answer that says nothing is not a success and not a failure, and is not asked for twice."""
    server.answers = [answer]
    with pytest.raises(Unconfirmed):
        await responder.send(rig.message)
    assert len(server.requests) == 1


async def test_silence_leaves_doubt(rig: Rig, server: Faulty, responder: Responder) -> None:
    """A server that took the message and never answers is left in bounded time, after one request."""
    server.answers = [server.hangs]
    with pytest.raises(Unconfirmed):
        await responder.send(rig.message)
    assert len(server.requests) == 1


async def test_a_closed_door_is_certain(rig: Rig) -> None:
    """Where nobody listens the message has certainly not arrived, so it may be sent again."""
    one = made(rig, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable) as closed:
        await one.send(rig.message)
    assert not isinstance(closed.value, RateLimited)
    await one.aclose()


async def test_check_reports_and_never_raises(rig: Rig, server: Faulty, responder: Responder) -> None:
    """Whatever is wrong, the operator gets a fault with a fix."""
    for answer in (refusal(401), refusal(429), refusal(500), shows(200, "<html></html>"), breaks):
        server.answers = [answer]
        faults = await responder.check()
        assert faults
        assert all(fault.what and fault.fix for fault in faults)


async def test_no_secret_and_no_text_is_told(
    rig: Rig, server: Faulty, responder: Responder, caplog: pytest.LogCaptureFixture
) -> None:
    """At the chattiest level, neither logs nor errors nor faults hold a secret or the words of the message."""
    caplog.set_level(logging.DEBUG)
    told = [repr(responder)]
    await responder.send(rig.message)
    for answer in (refusal(401), shows(502, f"<html>/bot4711:{CANARY}/ {TEXT}</html>"), breaks):
        server.answers = [answer]
        with pytest.raises((AuthFailed, Unconfirmed)) as raised:
            await responder.send(rig.message)
        told += [repr(raised.value), *map(repr, await responder.check())]
    for said in (*told, caplog.text):
        assert CANARY not in said
        assert TEXT not in said


async def test_it_can_be_closed_unused_and_twice(rig: Rig) -> None:
    """A responder that never sent anything leaves nothing open."""
    one = made(rig, "http://127.0.0.1:9")
    await one.aclose()
    await one.aclose()


async def test_the_console_takes_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    """The responder without a server shows whatever it is given, with a receipt, and closes cleanly."""
    console = find("console", BUILTIN, None)
    one: Responder = console.from_settings("console", console.Settings(width=80))
    for kind in sorted(console.kinds):
        assert (await one.send(message(kind))).external_id
    await one.aclose()
    assert capsys.readouterr().out
