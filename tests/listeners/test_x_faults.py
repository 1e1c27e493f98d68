"""What goes wrong at X becomes one of the five errors, with words on what to do, and loses no post."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from listeners.base import Spend
from models.errors import AuthFailed, RateLimited, Unavailable
from models.settings.sections import Brand
from tests.fakes.x_ear import KESTRELO, NOON, Ear, begun
from tests.fakes.x_server import Fault, XServer


@pytest.fixture(params=[False, True], ids=["old names", "new names"])
async def x(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[XServer]:
    monkeypatch.setenv("X_TOKEN", XServer.token)
    async with XServer(NOON, new_names=request.param) as server:
        yield server


@pytest.fixture
async def ear(x: XServer) -> AsyncIterator[Ear]:
    ear = Ear(x)
    yield ear
    await ear.listener.aclose()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(503, "<html>over capacity</html>", kind="text/html"),
        Fault(500, '{"title":"Internal Error"}'),
        Fault(200, "<html>welcome</html>", kind="text/html"),
        Fault(200, '{"data": [{"id": "1"'),
        Fault(200, "[]"),
        Fault(302, headers={"Location": "https://elsewhere.example/"}),
        Fault(404, "[5]"),
        Fault(400, '{"errors": 5, "detail": ["x"]}'),
        Fault(drop=True),
        Fault(hang=True),
    ],
    ids=["html 503", "500", "html 200", "broken json", "list", "redirect", "404", "odd 400", "reset", "hang"],
)
async def test_unavailable(x: XServer, fault: Fault) -> None:
    """HTML, broken JSON, server errors, redirects, a broken line and silence are Unavailable; nothing is skipped."""
    ear = await begun(Ear(x, timeout="2s" if fault.hang else "20s"))
    x.say("kestrelo")
    x.faults.extend([fault] * (1 + fault.drop))  # aiohttp itself asks again once when a line breaks
    with pytest.raises(Unavailable) as caught:
        await ear.poll(60)
    assert not isinstance(caught.value, RateLimited)
    assert await ear.round() == ["kestrelo"]
    await ear.listener.aclose()


async def test_nobody_there(x: XServer) -> None:
    """A refused connection is Unavailable."""
    await x.__aexit__()
    ear = Ear(x)
    with pytest.raises(Unavailable, match="could not be reached"):
        await ear.poll()
    await ear.listener.aclose()


@pytest.mark.parametrize(
    ("status", "says"),
    [(401, "new one in X's developer console"), (402, "add credits"), (403, "attach the app to a .* plan")],
)
async def test_auth_failed(ear: Ear, status: int, says: str) -> None:
    """401, 402 and 403 stop the channel with words on what to do, whatever the body is."""
    for body, kind in (('{"title":"Forbidden","type":"about:blank"}', "application/json"), ("<p>", "text/html")):
        ear.server.faults.append(Fault(status, body, kind=kind))
        with pytest.raises(AuthFailed, match=says):
            await ear.poll()


RESET = str(int(NOON.timestamp()) + 300)
DATE = "Sat, 21 Nov 2026 12:04:00 GMT"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-rate-limit-reset": RESET}, 300),
        ({"x-rate-limit-reset": RESET, "Date": DATE}, 60),
        ({"x-rate-limit-reset": str(int(NOON.timestamp()) - 5)}, 1),
        ({"x-rate-limit-reset": str(int(NOON.timestamp()) + 9999)}, 960),
        ({"x-rate-limit-reset": "soon", "Retry-After": "17"}, 17),
        ({"x-rate-limit-reset": "", "Retry-After": DATE}, 240),
        ({"x-rate-limit-reset": "nan"}, None),
        ({"x-rate-limit-reset": RESET, "Date": "yesterday"}, 300),
    ],
)
async def test_rate_limited(ear: Ear, headers: dict[str, str], wait: float | None) -> None:
    """429 says for how long, by X's own clock where it tells it, and never less than 1 s or more than 16 min."""
    ear.server.faults.append(Fault(429, "<p>", headers=headers, kind="text/html"))
    with pytest.raises(RateLimited) as caught:
        await ear.poll()
    assert caught.value.retry_after == wait


async def test_our_clock_is_wrong(ear: Ear) -> None:
    """How long to wait does not depend on our own clock."""
    ear.server.faults.append(Fault(429, "{}"))
    with pytest.raises(RateLimited) as caught:
        await ear.listener.poll(None, Spend(), NOON - timedelta(hours=3))
    assert caught.value.retry_after == 300


async def test_last_request_of_the_window(ear: Ear) -> None:
    """When X says that no request is left, it is left alone until its window opens again."""
    ear.server.remaining = 0
    batch = await ear.poll()
    assert (batch.pause, batch.more) == (300, False)


async def test_a_query_that_x_refuses(x: XServer) -> None:
    """A query that X refuses is an error that quotes X and names the settings to look at."""
    ear = Ear(x, query_extra="nonsense:1")
    with pytest.raises(Unavailable, match=r"there is no operator nonsense.*query_extra"):
        await ear.poll()
    await ear.listener.aclose()


async def test_one_bad_query_of_two(x: XServer) -> None:
    """A query that X refuses does not keep the others from being heard, and is told as a warning each time."""
    ear = Ear(x, max_query_length=64, brands={"a": Brand(name="A", terms=["a" * 40]), "kestrelo": KESTRELO})
    x.faults.append(Fault(400, '{"errors":[{"parameters":{"query":["a"]},"message":"no"}],"title":"Invalid Request"}'))
    first = await ear.poll()
    assert "does not accept the query" in first.warning
    assert first.more
    x.say("kestrelo", at=NOON + timedelta(seconds=1))
    await ear.poll()
    assert await ear.round(60) == ["kestrelo"]
    await ear.listener.aclose()


async def test_the_token_is_never_logged(ear: Ear, caplog: pytest.LogCaptureFixture) -> None:
    """Not even at DEBUG does the token reach a log, nor does it show in a repr or an error."""
    caplog.set_level(logging.DEBUG)
    await ear.poll()
    ear.server.faults.append(Fault(401, "{}"))
    with pytest.raises(AuthFailed) as caught:
        await ear.poll(60)
    shown = (caplog.text, repr(ear.listener), repr(ear.listener.__dict__), str(caught.value))
    assert all(XServer.token not in text for text in shown)
