"""Dialling by webhook: the number leaves once it may, signed, in the moment of sending, and stands nowhere else."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from models.decision import Kind, Message, Receipt, Route
from models.errors import EdgeError, Refused, Unconfirmed
from models.settings.sections import Target
from responders.dial_webhook import DialWebhookResponder
from responders.fallback import Fallback
from responders.web import Answer
from tests.contract.rigs.dial_webhook import DialWebhookRig
from tests.responders.cards import message

NUMBER = "+4915112345678"


@pytest.fixture
async def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DialWebhookRig]:
    async with DialWebhookRig.open(tmp_path, monkeypatch) as rig:
        yield rig


async def test_the_contact_centre_gets_what_it_takes_to_dial(centre: DialWebhookRig) -> None:
    """The number, whom to connect with it, the case's code, the language; nothing of what was written."""
    responder = centre.make()
    await responder.send(replace(centre.message(NUMBER, "k1"), brand="kestrelo"))
    await responder.aclose()
    event = centre.taken["k1"]
    assert event["type"] == "dial.requested"
    assert event["data"] == {
        "key": "k1",
        "target": "sales",
        "to": NUMBER,
        "code": "2345678",
        "brand": "kestrelo",
        "lang": "de",
        "agent": {"id": "U1", "name": "Ana"},
        "possible_duplicate": False,
    }


async def test_a_second_try_is_known_by_its_id(centre: DialWebhookRig) -> None:
    """After a lost answer the same id comes again, and says that it may be a duplicate: the phone rings once."""
    responder = centre.make()
    await centre.fault("lost")
    with pytest.raises(Unconfirmed):
        await responder.send(centre.message(NUMBER, "k1"))
    await responder.send(replace(centre.message(NUMBER, "k1"), possible_duplicate=True))
    await responder.aclose()
    assert (list(centre.taken), await centre.requests()) == (["k1"], 2)


async def test_what_may_not_be_called_is_never_sent(centre: DialWebhookRig) -> None:
    """A withdrawn consent, or a page without a key, stops it before the first byte."""

    async def refusing(_: Message) -> str:
        raise Refused("the customer took the consent back: do not call")

    responder: Any = centre.make()
    responder.open_with(refusing)
    with pytest.raises(Refused, match="consent"):
        await responder.send(centre.message(NUMBER))
    await responder.aclose()
    settings = {"url": centre.url, "secret": {"env": "RIG_SECRET"}}
    bare = DialWebhookResponder.from_settings("out", DialWebhookResponder.Settings.model_validate(settings))
    with pytest.raises(Refused, match=r"callback\.key"):
        await bare.send(centre.message(NUMBER))
    await bare.aclose()
    assert await centre.requests() == 0


@pytest.mark.parametrize("fault", ["401", "404", "429", "500", "garbled", "dropped", "lost", "html 502"])
async def test_no_failure_repeats_the_number(
    centre: DialWebhookRig, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong, neither the error nor any log line has the number or the secret."""
    caplog.set_level(logging.DEBUG)
    responder = centre.make()
    await centre.fault(fault)
    with pytest.raises(EdgeError) as caught:
        await responder.send(centre.message(NUMBER))
    await responder.aclose()
    said = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(responder)
    assert NUMBER not in said
    assert centre.secrets[0] not in said


@pytest.mark.parametrize("told", [NUMBER, "call 0151/1234 5678 begun", "sip:+49-151-12345678@centre.example"])
async def test_a_contact_centre_that_repeats_the_number_plants_it_nowhere(
    centre: DialWebhookRig, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it calls its own call is kept for good beside the message, so not where the number stands in it."""
    responder: Any = centre.make()
    said = {"id": told, "url": f"https://centre.example/calls?to={told}"}

    async def answered(*_: object) -> Answer:
        return Answer(200, {"content-type": "application/json"}, json.dumps(said).encode())

    monkeypatch.setattr(responder._web, "post", answered)
    assert await responder.send(centre.message(NUMBER, "k1")) == Receipt("k1")
    said = {"id": "call-77", "url": "https://centre.example/calls/77"}
    assert await responder.send(centre.message(NUMBER, "k1")) == Receipt("call-77", said["url"])
    await responder.aclose()


@pytest.mark.parametrize("url", ["http://centre.example/in", "http://10.0.0.5/in", "ftp://centre.example/in"])
def test_numbers_travel_sealed(url: str) -> None:
    """An address without TLS is refused at the start, unless it is this machine."""
    with pytest.raises(ValidationError, match="https" if url.startswith("http") else "url"):
        DialWebhookResponder.Settings.model_validate({"url": url, "secret": {"env": "S"}})


@pytest.mark.parametrize("card", [{"sink": "desk", "to": "C1"}, {}])
def test_who_pressed_is_told(card: dict[str, str]) -> None:
    """A note under the case's card names the reason; where the case has no card, the operator hears it."""

    def rules_for(brand: str, channel: str) -> Any:
        raise AssertionError(f"no rules are needed for {brand} on {channel} and {Route.CALL}")

    asked = message(Kind.DIAL, {"contact": "c1", "by": "U1", "card": card}, target="sales", key="k1", case_id="case-1")
    (told,) = Fallback(rules_for, Target(sink="desk", to="ops"))(asked, "too late to be of use")
    assert "too late to be of use" in told.body["text"]
    if card:
        assert (told.kind, told.sink, told.target, told.case_id) == (Kind.NOTE, "desk", "C1", "case-1")
        assert told.body["mention"] == ["U1"]
    else:
        assert (told.kind, told.target) == (Kind.NOTICE, "ops")
    assert "c1" not in json.dumps(dict(told.body))
