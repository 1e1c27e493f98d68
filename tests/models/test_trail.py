"""What happened, in words: short, with names, and without private data."""

from __future__ import annotations

import pytest

from models.case import CallOutcome, Dismissal, Draft, Resolution
from models.events import EventType
from models.press import Person
from models.store.cases import Event
from models.switch import Drop
from models.trail import LONGEST_NOTE, REASONS, UNTOLD, short, told, waits_for
from models.winback import WinbackOutcome
from tests.build import NOW


def happened(type_: str, actor: str = "U1", **meta: object) -> str:
    """One event in words."""
    return told(Event(type_, NOW, "agent", actor, meta=meta))


@pytest.mark.parametrize(
    ("type_", "meta", "words"),
    [
        (EventType.CLAIMED, {"name": "Ana"}, "Ana claimed it"),
        (EventType.REASSIGNED, {"name": "Ana", "to": "U2", "to_name": "Ben"}, "Ana handed it over to Ben"),
        (EventType.REASSIGNED, {"to": "U2", "note": "knows\nrouters"}, "U1 handed it over to U2 (knows routers)"),
        (EventType.CALL_ATTEMPTED, {"name": "Ana", "outcome": "no_answer"}, "Ana called: no answer"),
        (EventType.CLOSED_NO_ACTION, {"name": "Ana", "reason": "our own word"}, "Ana dismissed it: our own word"),
        (EventType.REOPENED, {"mention": "m"}, "a new post opened it again"),
        (EventType.ESCALATED, {"name": "{who}", "to": "{to}"}, "{who} asked {to} to look"),
        (EventType.SWITCH_OFFERED, {"name": "Ana", "to": "voice"}, "Ana offered a call"),
        (EventType.SWITCH_OFFERED, {"name": "Ana", "to": "telegram"}, "Ana offered another way"),
        (
            EventType.SWITCH_DROPPED,
            {"to": "email", "reason": "expired"},
            "an e-mail came to nothing: its time was over",
        ),
        (EventType.CONTACT_GIVEN, {"name": "Ana", "kind": "phone"}, "Ana gave a number"),
        (EventType.WINBACK_ENDED, {"name": "Ana", "outcome": "lost"}, "Ana said how it ended: the customer has left"),
        ("of_another_version", {}, "of another version"),
    ],
)
def test_an_event_is_one_line(type_: str, meta: dict[str, object], words: str) -> None:
    """By name where there is one, else by id; what people write is never taken for a pattern."""
    assert happened(type_, **meta) == words


def test_the_bot_has_a_name() -> None:
    """What nobody did was done by the bot."""
    assert happened(EventType.RELEASED, "") == "the bot gave it back"


def test_the_customer_is_called_so() -> None:
    """What somebody did on the page is not the bot's."""
    assert told(Event(EventType.CONTACT_GIVEN, NOW, "customer", meta={"kind": "email"})) == (
        "the customer gave an e-mail address"
    )


def test_every_event_and_reason_has_words() -> None:
    """Nothing on a card reads like a name of the code."""
    assert [one for one in EventType if one not in UNTOLD and "_" in happened(one)] == []
    assert {*Resolution, *Dismissal, *CallOutcome, *Drop, *WinbackOutcome} <= REASONS.keys()


def test_a_note_is_cut_and_masked() -> None:
    """A card has room for a line, and no telephone number travels on it."""
    assert short("call +49 151 2345678, or a@b.example") == "call [phone], or [email]"
    assert len(short("x" * 1000)) == LONGEST_NOTE


def test_a_draft_waits_until_somebody_agrees() -> None:
    """It is said while it waits, and not once it was approved or sent."""
    ana = Person("U1", "Ana")
    assert waits_for(Draft("x", ana, NOW, waiting=True)) == "The draft of Ana waits for approval"
    assert waits_for(Draft("x", Person("U1"), NOW, waiting=True)) == "The draft of U1 waits for approval"
    assert waits_for(Draft("x", ana, NOW)) == ""
    assert waits_for(Draft("x", ana, NOW, waiting=True, approved_by=ana)) == ""
    assert waits_for(Draft("x", ana, NOW, waiting=True, sent="key")) == ""
    assert waits_for(None) == ""
