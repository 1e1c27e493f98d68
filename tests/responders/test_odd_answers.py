"""Odd posts and answers on the way of a reply: each is one of the five errors, and no machine is ever answered."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from models.decision import Kind, Message
from models.errors import AuthFailed, Refused, Unavailable, Unconfirmed
from models.manifests import MANIFESTS
from responders.bluesky import BlueskyResponder
from responders.graph import Graph
from responders.mail import MailResponder
from responders.matrix import KEY, MatrixResponder
from responders.web import Answer, Web
from tests.responders.cards import message

PERSON = "From: mara@far.example\r\n"


def reply(target: str) -> Message:
    """A reply to a post."""
    return replace(message(Kind.REPLY), target=target, body={"text": "Hold both keys."})


async def sent(headers: str) -> list[str]:
    """To whom a mail with these headers is answered; no server is asked."""
    settings: Any = SimpleNamespace(address="help@k.example", name="", forms=[], folders=["INBOX"])
    responder = MailResponder.__new__(MailResponder)
    readers: list[str] = []

    async def head(folders: Any, identifier: str) -> Any:
        return email.message_from_bytes(f"{headers}\r\n".encode("latin-1"), policy=email.policy.default)

    async def post(to: str, data: bytes) -> None:
        readers.append(to)

    responder._settings, responder._lookup, responder._post = settings, SimpleNamespace(head=head), post  # type: ignore
    await responder.send(reply("asked@far.example"))
    return readers


async def test_a_person_is_answered() -> None:
    """The ground of the two below."""
    assert await sent(PERSON) == ["mara@far.example"]


@pytest.mark.parametrize("headers", [
    "From: aa@[\r\n", 'From: "\r\n', "From: @;=?utf-8?b?AA==?=>x@y.example,<\r\n",
])  # fmt: skip
async def test_a_mail_with_broken_headers(headers: str) -> None:
    """The standard library's reader fails at them in many ways; nothing goes out, and it is said."""
    with pytest.raises(Refused):
        await sent(headers)


@pytest.mark.parametrize("headers", [
    "From: MAILER-DAEMON@far.example\r\n", "From: noreply@far.example\r\n",
    f"{PERSON}Content-Type: multipart/report; report-type=delivery-status\r\n", f"{PERSON}X-Autoreply: yes\r\n",
    f"{PERSON}X-Auto-Response-Suppress: DR, AutoReply\r\n", f"{PERSON}Precedence: auto_reply\r\n",
    f"{PERSON}X-Autorespond: yes\r\n",
])  # fmt: skip
async def test_no_machine_is_answered(headers: str) -> None:
    """However it marks itself: two machines would write to each other for ever."""
    with pytest.raises(Refused):
        await sent(headers)


@pytest.mark.parametrize("code", [[], {}, None, "190", 1e400])
async def test_a_code_of_meta_that_is_none(code: Any) -> None:
    """It is one of the five errors."""
    graph = Graph("Facebook", "token", "http://127.0.0.1:1", 1.0, "1")
    error = graph._refusal(SimpleNamespace(status=400, headers={}, json=lambda: {"error": {"code": code}}))  # type: ignore
    assert isinstance(error, AuthFailed | Refused | Unconfirmed | Unavailable)
    await graph.aclose()


async def test_a_comment_of_meta_by_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not ours."""
    graph = Graph("Facebook", "token", "http://127.0.0.1:1", 1.0, "1")

    async def get(*_: Any) -> Answer:
        return Answer(200, {}, b'{"data": [{"from": "1", "message": "Hold both keys."}]}')

    monkeypatch.setattr(graph._web, "get", get)
    assert await graph.find(reply("1_2"), "comments", "id", MANIFESTS["facebook"]) is None
    await graph.aclose()


@pytest.mark.parametrize("record", [{"reply": "x"}, {"facets": [1]}, {"embed": {"record": [1]}}, [1], {"facets": 5}])
async def test_an_odd_record_on_bluesky(record: Any) -> None:
    """Its author may write anything on a server of his own."""

    async def ask(*_: Any, **__: Any) -> dict[str, Any]:
        return {"value": record}

    responder = BlueskyResponder("b", SimpleNamespace(did="did:plc:us", ask=ask))  # type: ignore[arg-type]
    with pytest.raises(Refused):
        await responder.send(reply("at://did:plc:a/app.bsky.feed.post/r"))


async def test_odd_events_in_a_room_of_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    """They hide none of ours."""
    asked = reply("!r:a/$1")
    events = [{"content": [1]}, {"origin_server_ts": "x"}, {"content": {KEY: asked.key}, "event_id": "$2"}]
    responder = MatrixResponder(None, "token", 1.0)

    async def told(*_: Any, **__: Any) -> dict[str, Any]:
        return {"chunk": events}

    monkeypatch.setattr(responder, "_ask", told)
    found = await responder.find(asked)
    assert found is not None
    assert found.external_id == "!r:a/$2"
    events.pop()
    assert await responder.find(asked) is None


async def test_words_that_no_form_can_carry() -> None:
    """Half a sign is no crash."""
    web = Web("Meta", 1.0)
    with pytest.raises(Unconfirmed):
        await web.form("http://127.0.0.1:1", {"message": "\ud800"}, {})
    await web.aclose()
