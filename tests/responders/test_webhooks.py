"""Webhooks out: what receivers and chats are sent, what they are never sent, and what each answer means."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings

from models.decision import Kind
from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed
from responders.escape import plain
from responders.slack_webhook import JOINER, SlackWebhookResponder, safe
from responders.webhook import TYPES, WebhookResponder
from tests.contract.rigs.slack_webhook import SlackWebhookRig
from tests.contract.rigs.webhook import WebhookResponderRig
from tests.responders.cards import CARD, NOTE, message
from tests.responders.hostile import HOSTILE


@pytest.fixture
async def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WebhookResponderRig]:
    async with WebhookResponderRig.open(tmp_path, monkeypatch) as rig:
        yield rig


@pytest.fixture
async def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackWebhookRig]:
    async with SlackWebhookRig.open(tmp_path, monkeypatch) as rig:
        yield rig


# The signed webhook


@pytest.mark.parametrize("kind", sorted(TYPES))
async def test_every_kind_arrives_signed(out: WebhookResponderRig, kind: Kind) -> None:
    """A receiver that checks the signature gets the type, the message's key as the id, and the whole body."""
    responder = out.make()
    receipt = await responder.send(message(kind, key="k1", thread="r-7", case_id="c1", mention_id="m1"))
    await responder.aclose()
    event = out.taken["k1"]
    assert (event["type"], event["data"]["card"], event["data"]["case"]) == (TYPES[kind], "r-7", "c1")
    assert event["data"]["body"] == json.loads(json.dumps(dict(message(kind).body)))
    assert (receipt.external_id, receipt.url) == ("r-k1", "https://desk.example/r")


async def test_a_second_try_has_the_same_id(out: WebhookResponderRig) -> None:
    """After a lost answer the sender may send again: a receiver that remembers ids has it once."""
    responder = out.make()
    await out.fault("lost")
    with pytest.raises(Unconfirmed):
        await responder.send(out.message("Sorry!", "k1"))
    await responder.send(out.message("Sorry!", "k1"))
    await responder.aclose()
    assert (list(out.taken), await out.requests()) == (["k1"], 2)


@pytest.mark.parametrize(
    ("status", "body", "content_type", "error"),
    [
        (200, "", "text/plain", None),
        (202, "thanks", "text/plain", None),
        (204, "", "text/plain", None),
        (200, '{"id": {"words": 1}}', "application/json", None),
        (200, '{"id": tr', "application/json", Unconfirmed),
        (200, "<html>", "text/html", Unconfirmed),
        (301, "", "text/plain", AuthFailed),
        (303, "", "text/plain", Unconfirmed),
        (400, "no", "text/plain", Refused),
        (401, "no", "text/plain", AuthFailed),
        (404, "no", "text/plain", AuthFailed),
        (408, "no", "text/plain", Unconfirmed),
        (410, "no", "text/plain", AuthFailed),
        (413, "no", "text/plain", Refused),
        (429, "no", "text/plain", RateLimited),
        (500, "no", "text/plain", Unconfirmed),
    ],
)
async def test_what_an_answer_means(
    out: WebhookResponderRig, status: int, body: str, content_type: str, error: type[EdgeError] | None
) -> None:
    """Any success is one, whatever it says, but a page of a proxy is none; each refusal has its error."""
    out.trouble.refusal = lambda _: web.Response(status=status, text=body, content_type=content_type)
    out.trouble.play("400")
    responder = out.make()
    try:
        if error is None:
            assert (await responder.send(out.message("Sorry!", "k1"))).external_id == "k1"
        else:
            with pytest.raises(EdgeError) as caught:
                await responder.send(out.message("Sorry!", "k1"))
            assert type(caught.value) is error
    finally:
        await responder.aclose()


async def test_the_check_is_a_ping(out: WebhookResponderRig) -> None:
    """`check` posts nothing that a receiver would carry out, and finds a wrong secret."""
    responder = out.make()
    assert (await responder.check(), out.taken) == ([], {})
    responder._key = b"another key that is long enough"  # type: ignore[attr-defined]
    assert "401" in (await responder.check())[0].what
    await responder.aclose()


async def test_a_redirect_is_not_followed(out: WebhookResponderRig) -> None:
    """A receiver that sends us elsewhere gets nothing there: the address is the operator's to change."""
    out.trouble.refusal = lambda _: web.Response(status=307, headers={"Location": out.url})
    out.trouble.play("307")
    responder = out.make()
    with pytest.raises(AuthFailed, match="correct"):
        await responder.send(out.message("Sorry!"))
    await responder.aclose()
    assert out.taken == {}


async def test_an_endless_answer_ends(out: WebhookResponderRig) -> None:
    """A receiver that trickles its answer is left after twice the patience."""

    async def drip(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b" ")
            await out.trouble.tick()

    async with out.trouble.serve(web.post("/drip", drip)) as url:
        responder = out.make(url=f"{url}/drip", timeout="0.2s")
        with pytest.raises(Unconfirmed):
            await responder.send(out.message("Sorry!"))
        await responder.aclose()


# The chat


async def drawn(chat: SlackWebhookRig, *args: Any, **own: Any) -> dict[str, Any]:
    """What the chat was posted for a message, and the receipt under "receipt"."""
    responder = chat.make(**{name: own.pop(name) for name in ("words", "channel") if name in own})
    receipt = await responder.send(message(*args, **own))
    await responder.aclose()
    return (chat.posted[-1] if chat.posted else {}) | {"receipt": receipt.external_id}


async def test_a_card_says_why_and_where(chat: SlackWebhookRig) -> None:
    """A card has its sign, code, colour, reasons and link; the receipt is the code."""
    said = await drawn(chat, Kind.ALERT)
    (attachment,) = said["attachments"]
    assert "case 7X2F4RQ" in said["text"]
    assert (attachment["title_link"], attachment["color"]) == (CARD.link, "#d00000")
    assert "Harm is happening or close" in str(attachment["fields"])
    assert (said["receipt"], "channel" in said) == ("7X2F4RQ", False)


async def test_nothing_personal_without_leave(chat: SlackWebhookRig) -> None:
    """What cannot be erased later holds neither the author nor the words, until the settings allow it."""
    for kind, words in ((Kind.ALERT, "SIM"), (Kind.NOTE, "bank")):
        said = str(await drawn(chat, kind))
        assert ("Anna Lind" in said, words in said) == (False, False)
        said = str(await drawn(chat, kind, words=True))
        assert ("Anna Lind" in said, words in said) == (True, True)


async def test_an_erasure_asks_people(chat: SlackWebhookRig) -> None:
    """Where words were shown, people are asked to delete them, by the case's code; else there is nothing to do."""
    await drawn(chat, Kind.ERASE, {"reference": "7X2F4RQ"})
    assert chat.posted == []
    said = await drawn(chat, Kind.ERASE, {"reference": "7X2F4RQ"}, words=True)
    assert "case 7X2F4RQ" in said["text"]


async def test_a_place_may_be_named(chat: SlackWebhookRig) -> None:
    """With `channel` the message goes to the target's place."""
    assert (await drawn(chat, Kind.NOTICE, channel=True))["channel"] == "social-triage"


async def test_a_kind_that_cannot_be_done_is_refused(chat: SlackWebhookRig) -> None:
    """A card cannot be drawn anew there."""
    with pytest.raises(Refused):
        await drawn(chat, Kind.EDIT)


@settings(max_examples=150, deadline=None)
@given(HOSTILE)
def test_strangers_call_nobody(text: str) -> None:
    """No "@channel", no code of Slack's and no disguised link comes out of any words, and nothing else is lost."""
    shown = safe(text, 10_000)
    assert not set("<>") & set(shown)
    assert "](" not in shown
    assert not any(part[:1].isalnum() for part in shown.split("@")[1:])
    assert shown.replace(JOINER, "") == plain(text).replace("<", "‹").replace(">", "›").replace(JOINER, "")


@pytest.mark.parametrize(
    "name", ["@channel", "@here", "@everyone", "<!channel>", "<@U1|x>", "[bank](https://evil.example)"]
)
async def test_the_known_tricks_do_nothing(chat: SlackWebhookRig, name: str) -> None:
    """What calls everybody in one of these chats arrives as mere words, also within a card."""
    said = json.dumps(await drawn(chat, Kind.NOTE, NOTE | {"text": f"hello {name}", "author": name}, words=True))
    assert name not in said


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, "ok", None),
        (204, "", None),
        (200, '{"success": true}', None),
        (200, '{"success": false}', Refused),
        (200, '{"ok": false, "error": "no_text"}', Refused),
        (200, "", Unconfirmed),
        (200, "<html>sign in</html>", Unconfirmed),
        (403, "action_prohibited", AuthFailed),
        (404, "no_service", AuthFailed),
        (410, "channel_is_archived", AuthFailed),
        (400, "invalid_payload", Refused),
        (429, "", RateLimited),
        (503, "", Unconfirmed),
    ],
)
async def test_what_a_chat_answers(
    chat: SlackWebhookRig, status: int, body: str, error: type[EdgeError] | None
) -> None:
    """The ways of Slack, Mattermost, Rocket.Chat and Discord to say yes and no."""
    chat.trouble.refusal = lambda _: web.Response(status=status, text=body)
    chat.trouble.play("400")
    responder = chat.make()
    try:
        if error is None:
            assert (await responder.send(chat.message("hello", "k1"))).external_id == "k1"
        else:
            with pytest.raises(EdgeError) as caught:
                await responder.send(chat.message("hello"))
            assert type(caught.value) is error
    finally:
        await responder.aclose()


async def test_the_check_posts_nothing(chat: SlackWebhookRig) -> None:
    """A working webhook refuses the empty message of the check; an unknown one and a closed door are faults."""
    responder = chat.make()
    assert (await responder.check(), chat.posted) == ([], [])
    chat.trouble.play("404")
    assert "404" in (await responder.check())[0].what
    await responder.aclose()
    closed = chat.make_closed()
    assert "could not be reached" in (await closed.check())[0].what
    with pytest.raises(Unavailable):
        await closed.send(chat.message("hello"))
    await closed.aclose()


def test_an_address_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the setting and does not repeat the address; a short secret is refused too."""
    monkeypatch.setenv("HOOK", "hook-canary")
    own = SlackWebhookResponder.Settings.model_validate({"url": {"env": "HOOK"}})
    with pytest.raises(ValueError, match="no address of a webhook") as caught:
        SlackWebhookResponder.from_settings("chat", own)
    assert "canary" not in str(caught.value)
    settings = WebhookResponder.Settings.model_validate({"url": "https://a.example/", "secret": {"env": "HOOK"}})
    with pytest.raises(ValueError, match="shorter"):
        WebhookResponder.from_settings("out", settings)
