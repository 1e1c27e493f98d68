"""The X responder against a stateful fake: what may have been sent is never called unsent, and is sent once."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from models.decision import Kind, Message, Receipt
from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed
from responders.x import XResponder
from tests.fakes.x_server import Fault, XServer

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEYS = ("consumer_key", "consumer_secret", "access_token", "access_secret")


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.setenv(f"X_{name.upper()}", f"{name}-canary")
    monkeypatch.setenv("X_ACCESS_TOKEN", XServer.access_token)


def responder_to(url: str, **more: Any) -> XResponder:
    told: dict[str, Any] = {name: {"env": f"X_{name.upper()}"} for name in KEYS}
    return XResponder.from_settings("x", XResponder.Settings(**told, **{"handle": "@Kestrelo", "base_url": url} | more))


@pytest.fixture
async def x() -> AsyncIterator[XServer]:
    async with XServer(NOON) as server:
        yield server


@pytest.fixture
async def responder(request: pytest.FixtureRequest, x: XServer) -> AsyncIterator[XResponder]:
    """Patient, but where the test's fault is silence."""
    fault = getattr(request.node, "callspec", None) and request.node.callspec.params.get("fault")
    made = responder_to(x.url, timeout="2s" if fault and fault.hang else "20s")
    yield made
    await made.aclose()


def reply(target: str, text: str = "Sorry! We are on it.", kind: Kind = Kind.REPLY) -> Message:
    return Message(key="k", sink="x", kind=kind, target=target, body={"text": text})


def summons(x: XServer) -> Message:
    return reply(x.say("@kestrelo my line is dead", mentions=["kestrelo"]))


async def test_send(x: XServer, responder: XResponder) -> None:
    """A reply is posted under the post that it answers, and the receipt links to it."""
    message = summons(x)
    receipt = await responder.send(message)
    (posted,) = x.replies
    assert (posted["text"], posted["references"]) == ("Sorry! We are on it.", [("replied_to", message.target)])
    assert receipt == Receipt(posted["id"], f"https://x.com/Kestrelo/status/{posted['id']}")


async def test_not_summoned(x: XServer, responder: XResponder) -> None:
    """X's refusal to answer an author who did not address us is final, and says what the plan allows."""
    with pytest.raises(Refused, match="did not mention or quote @Kestrelo"):
        await responder.send(reply(x.say("kestrelo is down")))
    assert x.replies == []


async def test_enterprise(x: XServer) -> None:
    """An enterprise account may answer anybody, and its refusals do not speak of other plans."""
    x.tier = "enterprise"
    responder = responder_to(x.url, tier="enterprise")
    assert await responder.send(reply(x.say("kestrelo is down")))
    with pytest.raises(Refused) as caught:
        await responder.send(reply("1"))
    assert "self-serve" not in str(caught.value)
    await responder.aclose()


async def test_same_text_twice(x: XServer, responder: XResponder) -> None:
    """X refuses the same text twice; that is final too."""
    message = summons(x)
    await responder.send(message)
    with pytest.raises(Refused, match="posted before"):
        await responder.send(message)
    assert len(x.replies) == 1


@pytest.mark.parametrize(
    "message",
    [
        reply("12", " "),
        reply("chat:12"),
        reply(""),
        reply("12", kind=Kind.ALERT),
        Message("k", "x", Kind.REPLY, "12", {}),
    ],
)
async def test_not_for_x(x: XServer, responder: XResponder, message: Message) -> None:
    """What is no reply with a text to a post of X is refused without asking X."""
    with pytest.raises(Refused):
        await responder.send(message)
    assert x.requests == []


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (Fault(401, "{}"), AuthFailed, "four"),
        (Fault(402, "{}"), AuthFailed, "add credits"),
        (
            Fault(403, '{"type": "https://api.twitter.com/2/problems/oauth1-permissions"}'),
            AuthFailed,
            "write permission",
        ),
        (Fault(403, '{"detail": "canary-text"}'), Refused, "by hand"),
        (Fault(403, "<p>", kind="text/html"), Refused, "by hand"),
        (Fault(400, "{}"), Refused, "400"),
        (Fault(404, "{}"), Refused, "404"),
        (Fault(429, "<p>", kind="text/html"), RateLimited, "rate limit"),
        (Fault(302, "", {"Location": "http://elsewhere.example/"}), Unconfirmed, "may have been"),
        (Fault(408, "{}", after=True), Unconfirmed, "may have been"),
        (Fault(500, "{}", after=True), Unconfirmed, "may have been"),
        (Fault(503, "<p>", kind="text/html", after=True), Unconfirmed, "may have been"),
        (Fault(201, "<p>", kind="text/html", after=True), Unconfirmed, "did not say its id"),
        (Fault(201, '{"data": []}', after=True), Unconfirmed, "did not say its id"),
        (Fault(drop=True, after=True), Unconfirmed, "broke off"),
        (Fault(drop=True), Unconfirmed, "broke off"),
        (Fault(hang=True, after=True), Unconfirmed, "broke off"),
    ],
)
async def test_errors(x: XServer, responder: XResponder, fault: Fault, error: type[EdgeError], says: str) -> None:
    """Each fault gives its one error: once a request may have arrived, only a clear refusal counts as not sent."""
    message = summons(x)
    x.faults.append(fault)
    with pytest.raises(EdgeError, match=says) as caught:
        await responder.send(message)
    assert type(caught.value) is error
    assert len(x.requests) == 1
    assert len(x.replies) == int(fault.after)
    assert "canary" not in str(caught.value)


async def test_nobody_there(x: XServer, responder: XResponder) -> None:
    """A refused connection was certainly no reply: Unavailable."""
    await x.__aexit__()
    with pytest.raises(Unavailable):
        await responder.send(reply("12"))


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-rate-limit-reset": str(int(NOON.timestamp()) + 60)}, 60),
        ({"x-rate-limit-reset": "1"}, 1),
        ({"x-rate-limit-reset": "9999999999"}, 960),
        ({"x-rate-limit-reset": "soon"}, None),
        ({"x-rate-limit-reset": "inf"}, None),
    ],
)
async def test_rate_limited(x: XServer, responder: XResponder, headers: dict[str, str], wait: float | None) -> None:
    """429 says for how long by X's own clock, 1 s to 16 min."""
    x.faults.append(Fault(429, "{}", headers))
    with pytest.raises(RateLimited) as caught:
        await responder.send(reply("12"))
    assert caught.value.retry_after == wait


async def test_found(x: XServer, responder: XResponder) -> None:
    """A reply whose answer was lost is found once X's search has it, shortened links and names in front aside."""
    message = reply(summons(x).target, "Sorry & thanks: https://kestrelo.example/care?x=1")
    x.say(
        "@ines Sorry &amp; thanks: https://t.co/abc",
        author_id="42",
        username="kestrelo",
        references=[("replied_to", message.target)],
    )
    x.now += timedelta(seconds=60)
    found = await responder.find(message)
    assert found is not None
    assert found.external_id == x.replies[0]["id"]


async def test_search_lags(x: XServer, responder: XResponder) -> None:
    """What the search does not show may have been sent all the same: never None."""
    message = summons(x)
    x.faults.append(Fault(drop=True, after=True))
    with pytest.raises(Unconfirmed):
        await responder.send(message)
    with pytest.raises(Unconfirmed, match="proves nothing"):
        await responder.find(message)
    x.now += timedelta(seconds=60)
    assert await responder.find(message)


async def test_another_reply_of_ours(x: XServer, responder: XResponder) -> None:
    """A colleague's own answer to the same post is not taken for the bot's."""
    message = summons(x)
    x.say("Hello from Ana", author_id="42", username="kestrelo", references=[("replied_to", message.target)])
    x.now += timedelta(seconds=60)
    with pytest.raises(Unconfirmed):
        await responder.find(message)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(401, "{}"), AuthFailed),
        (Fault(429, "{}"), RateLimited),
        (Fault(503, "<p>", kind="text/html"), Unconfirmed),
        (Fault(200, "<p>", kind="text/html"), Unconfirmed),
        (Fault(200, '{"data": [null, {"id": "1"}]}'), Unconfirmed),
        (Fault(hang=True), Unconfirmed),
    ],
)
async def test_cannot_find(x: XServer, responder: XResponder, fault: Fault, error: type[EdgeError]) -> None:
    """When X cannot be asked, the reply stays in doubt."""
    x.faults.append(fault)
    with pytest.raises(error):
        await responder.find(reply("12"))


async def test_check_finds_nothing(responder: XResponder) -> None:
    """With good keys of the right account, check is content."""
    assert await responder.check() == []


async def test_check(x: XServer, responder: XResponder) -> None:
    """Check finds the keys of another account and keys that may only read."""
    x.me["username"] = "finchly"
    x.access_level = "read"
    wrong, weak = await responder.check()
    assert "of @finchly, not @Kestrelo" in wrong.what
    assert "write permission" in weak.fix


@pytest.mark.parametrize(
    ("fault", "what"),
    [(Fault(401, "{}"), "keys"), (Fault(503, "<p>", kind="text/html"), "503"), (Fault(hang=True), "broke off")],
)
async def test_check_fails(x: XServer, responder: XResponder, fault: Fault, what: str) -> None:
    """Check says what is wrong and what to do about it."""
    x.faults.append(fault)
    (found,) = await responder.check()
    assert what in found.what
    assert found.fix


async def test_keys_are_never_logged(x: XServer, responder: XResponder, caplog: pytest.LogCaptureFixture) -> None:
    """Not even at DEBUG do keys or the reply's text reach a log, nor do they show in a repr."""
    caplog.set_level(logging.DEBUG)
    await responder.send(summons(x))
    shown = caplog.text + repr(responder) + repr(responder.__dict__)
    assert "canary" not in shown
    assert "Sorry" not in shown


@pytest.mark.parametrize("missing", KEYS)
def test_missing_key(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """A missing key is an error that says where it was looked for."""
    monkeypatch.setenv(f"X_{missing.upper()}", "")
    with pytest.raises(ValueError, match=f"X_{missing.upper()} is empty"):
        responder_to("http://127.0.0.1:1")


@pytest.mark.parametrize("settings", [{"base_url": "x"}, {"handle": "Kestrelo Care"}, {"tier": "gold"}, {"keys": 1}])
def test_bad_settings(settings: dict[str, Any]) -> None:
    """Settings that cannot be meant are refused."""
    with pytest.raises(ValidationError):
        responder_to("http://127.0.0.1:1", **settings)


def test_every_setting_is_described() -> None:
    """Each setting has its one sentence for the example file."""
    assert all((field.description or "").endswith(".") for field in XResponder.Settings.model_fields.values())
