"""The Telegram listener in trouble: every failure by its name, none with the token, and what `check` finds."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from listeners.telegram.chats import TelegramListener
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.settings.sections import Brand
from tests.fakes.telegram_server import (
    BOT,
    HTML,
    TOKEN,
    Answer,
    FakeTelegram,
    dropped,
    page,
    refusal,
    telegram,
)
from tests.listeners.telegram_rig import listener_at, poll


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    """A Telegram of this test's own."""
    async with telegram() as server:
        yield server


@pytest.fixture
async def listener(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramListener]:
    """A listener of the fake."""
    listener = listener_at(fake.bot_url, TOKEN, monkeypatch)
    yield listener
    await listener.aclose()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(401, "Unauthorized"), AuthFailed),
        (refusal(404, "Not Found"), AuthFailed),
        (refusal(403, "Forbidden: bot was deactivated"), AuthFailed),
        (refusal(409, "Conflict: can't use getUpdates method while webhook is active"), AuthFailed),
        (refusal(429, "Too Many Requests: retry after 3", retry_after=3), RateLimited),
        (refusal(429, "Too Many Requests"), RateLimited),
        (page(429), RateLimited),
        (refusal(400, "Bad Request: what"), Unavailable),
        (refusal(500, "Internal Server Error"), Unavailable),
        (page(502), Unavailable),
        (page(200), Unavailable),
        (page(200, '{"ok": true}'), Unavailable),
        (page(200, '{"ok": true, "result": {}}'), Unavailable),
        (page(500, "[]"), Unavailable),
        (page(200, "[" * 100_000), Unavailable),
        (dropped, Unavailable),
    ],
)
async def test_every_failure_has_its_name(
    fake: FakeTelegram, listener: TelegramListener, answer: Answer, expected: type[EdgeError],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Each answer of Telegram, or of a proxy before it, is one of our errors, and none shows the token or a body."""
    caplog.set_level(logging.DEBUG)
    await poll(listener)
    fake.answers.append(answer)
    with pytest.raises(EdgeError) as caught:
        await poll(listener)
    assert type(caught.value) is expected
    assert "canary" not in "".join(traceback.format_exception(caught.value)) + caplog.text + repr(listener)


async def test_a_flood_limit_says_how_long(fake: FakeTelegram, listener: TelegramListener) -> None:
    """The seconds that Telegram asks for are handed on."""
    fake.answers.append(refusal(429, "Too Many Requests: retry after 3", retry_after=3))
    with pytest.raises(RateLimited) as caught:
        await poll(listener)
    assert caught.value.retry_after == 3.0


async def test_a_silent_server_is_given_up(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and never answers is unavailable after the wait and a little grace."""
    monkeypatch.setattr("listeners.telegram.chats.GRACE", 0.2)
    listener = listener_at(fake.bot_url, TOKEN, monkeypatch)
    fake.silent = True
    with pytest.raises(Unavailable):
        await poll(listener)
    await listener.aclose()


async def test_nobody_at_home_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection is unavailable."""
    async with telegram() as gone:
        listener = listener_at(gone.bot_url, TOKEN, monkeypatch)
    with pytest.raises(Unavailable, match="ConnectError"):
        await poll(listener)
    await listener.aclose()


# Setting up


@pytest.mark.parametrize(
    ("me", "webhook", "fix"),
    [
        ({}, "", None),
        ({"can_read_all_group_messages": False}, "", "/setprivacy"),
        ({}, "https://kestrelo.example/hook", "deleteWebhook"),
    ],
)
async def test_check_finds_what_would_keep_it_deaf(
    fake: FakeTelegram, listener: TelegramListener, me: dict[str, Any], webhook: str, fix: str | None
) -> None:
    """Privacy mode and a webhook are faults with their fix."""
    fake.me |= me
    fake.webhook = webhook
    fixes = [fault.fix for fault in await listener.check()]
    assert len(fixes) == (fix is not None)
    assert all(fix in said for said in fixes if fix)


async def test_check_finds_a_bot_without_a_brand(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no brand lists a handle on Telegram nobody can opt out, and `check` says which handle to add."""
    nobody = {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"])}
    listener = listener_at(fake.bot_url, TOKEN, monkeypatch, brands=nobody)
    (fault,) = await listener.check()
    await listener.aclose()
    assert f'telegram = ["{BOT["username"]}"]' in fault.fix


@pytest.mark.parametrize(("answer", "fix"), [(refusal(401, "Unauthorized"), "BotFather"), (page(502, HTML), "network")])
async def test_check_says_what_to_do(fake: FakeTelegram, listener: TelegramListener, answer: Answer, fix: str) -> None:
    """A wrong token and a broken network are faults, not errors."""
    fake.answers.append(answer)
    (fault,) = await listener.check()
    assert fix in fault.fix


def test_a_token_in_another_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be a token is refused before it reaches a URL, without being shown."""
    with pytest.raises(ValueError, match=r"listeners\.chats\.token .*BotFather") as caught:
        listener_at("http://127.0.0.1:1/bot", "canary/../etc", monkeypatch)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{"wait": "31s"}, {"limit": 101}, {"base_url": "ftp://x"}, {"token": "1:a"}])
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    """What Telegram, or the listener's contract, does not allow is refused when the configuration is read."""
    with pytest.raises(ValidationError):
        TelegramListener.Settings.model_validate({"token": {"env": "T"}} | wrong)


def test_importing_it_does_not_import_the_sdk() -> None:
    """A command that needs no Telegram does not pay for its SDK."""
    code = "import sys, listeners.telegram.chats, responders.telegram; sys.exit('telegram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
