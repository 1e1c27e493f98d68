"""A sealed number is opened in the moment of dialling, under the rules that hold then, and written down."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.opening import give_openers
from models.decision import Message
from models.settings import Settings
from models.store import Store, casework, contacts, dialling
from models.vault import new_key
from responders.sender import Sender
from tests.build import settings
from tests.contract.rigs.dial_webhook import DialWebhookRig
from tests.models.store.desk import ANA, BEN, opened
from tests.models.store.reaching import KEY, NUMBER, SOON, given
from tests.models.store.steps import CASE, LATER
from tests.models.store.test_dialling import CENTRE
from tests.stores import rows


def clock() -> datetime:
    """The moment at which all of it happens."""
    return SOON


@pytest.fixture
async def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DialWebhookRig]:
    """A contact centre, and the key with which numbers are sealed."""
    monkeypatch.setenv("VAULT_KEY", KEY)
    async with DialWebhookRig.open(tmp_path, monkeypatch) as rig:
        yield rig


def keyed() -> Settings:
    """Settings with the key."""
    return settings(callback={"key": {"env": "VAULT_KEY"}})


async def test_a_lost_answer_rings_once(store: Store, centre: DialWebhookRig) -> None:
    """Nobody knows whether it arrived, so it is sent again with the same id and says so; it is one attempt."""
    waiting(store)
    responder: Any = centre.make()
    give_openers([responder], keyed(), store, clock)
    sender = Sender("centre", responder, store, lambda message, why: [], clock, asyncio.Event())
    await centre.fault("lost")
    await sender.send("centre")
    assert rows(store, "SELECT state FROM effect WHERE kind = 'dial'") == [("uncertain",)]
    await sender.reconcile("centre")
    await sender.send("centre")
    await responder.aclose()
    assert (len(centre.taken), await centre.requests()) == (1, 2)
    assert rows(store, "SELECT state, attempt FROM effect WHERE kind = 'dial'") == [("sent", 2)]
    assert len(rows(store, "SELECT seq FROM case_event WHERE type = 'dialled'")) == 1


async def carry_out(store: Store, centre: DialWebhookRig, chosen: Settings) -> list[tuple[Message, str]]:
    """Send what is due; what people are told of what was not."""
    responder: Any = centre.make()
    give_openers([responder, object()], chosen, store, clock)
    told: list[tuple[Message, str]] = []

    def fallback(message: Message, why: str) -> list[Message]:
        told.append((message, why))
        return []

    await Sender("centre", responder, store, fallback, clock, asyncio.Event()).send("centre")
    await responder.aclose()
    return told


def waiting(store: Store) -> str:
    """Ana has pressed Dial; the contact's id."""
    opened(store)
    contact_id = given(store).contact_id
    store.do(casework.claim, CASE.id, ANA, LATER)
    assert store.do(dialling.dial, CASE.id, contact_id, ANA, CENTRE, SOON).done
    return contact_id


async def test_the_number_reaches_the_contact_centre_alone(
    store: Store, centre: DialWebhookRig, caplog: pytest.LogCaptureFixture
) -> None:
    """It arrives there, its being shown is in the history, and no row and no log line has it."""
    caplog.set_level(logging.DEBUG)
    waiting(store)
    assert await carry_out(store, centre, keyed()) == []
    (event,) = centre.taken.values()
    assert event["data"]["to"] == NUMBER
    shown = rows(store, "SELECT actor_id, meta FROM case_event WHERE type = 'contact_shown'")
    assert [(who, (json.loads(meta) if isinstance(meta, str) else meta)["how"]) for who, meta in shown] == [
        ("U1", "dial")
    ]
    assert NUMBER not in caplog.text
    for table in ("effect", "case_event", "contact", "consent"):
        assert NUMBER not in str(rows(store, f"SELECT * FROM {table}"))


@pytest.mark.parametrize("change", ["withdrawn", "given back", "handed over", "no key", "other key"])
async def test_what_changed_after_the_press_holds(
    store: Store, centre: DialWebhookRig, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the press and the sending a consent may be taken back: then nothing leaves, and people are told why."""
    contact_id, chosen = waiting(store), keyed()
    match change:
        case "withdrawn":
            store.do(contacts.withdraw_by, contact_id, ANA, SOON)
        case "given back":
            store.do(casework.release, CASE.id, ANA, SOON)
        case "handed over":
            store.do(casework.hand_over, CASE.id, ANA, BEN, "", SOON)
        case "no key":
            chosen = settings()
        case _:
            monkeypatch.setenv("VAULT_KEY", new_key())
    (message, why), *_ = await carry_out(store, centre, chosen)
    assert message.case_id == CASE.id
    assert why
    assert NUMBER not in why
    assert await centre.requests() == 0
    assert rows(store, "SELECT state FROM effect WHERE kind = 'dial'") == [("rejected",)]
