"""The brief and its number in Slack, through the real client: in a form of one person, and in no message."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from models.decision import Kind
from models.form import Field, Form, Said, Style
from models.press import Verb
from responders.slack import people
from responders.slack.content import content
from responders.slack.desk import SlackDesk
from tests.counterparts.slack_socket import Bridge
from tests.responders.cards import message
from tests.responders.slack import quick as quick_pauses
from tests.responders.slack.limits import accepted_view, words
from tests.responders.slack.test_desk import HELD, Team, World, at_work

NUMBER = "+491701234567"
BRIEF = Form(
    "Brief & call",
    Verb.CALL_DONE,
    (),
    "Call done",
    facts=(("What happened", "“My number was moved” (X, 14:02)."),),
    case_id="case-1",
    mention_id="mention-1",
    links=(("+49 170 1234567", f"tel:{NUMBER}"),),
    buttons=((Verb.GIVE, "Number given"), (Verb.WITHDRAWN, "They take it back")),
)
ENDED = Form(
    "How did the call end?",
    Verb.CALL_ENDED,
    (Field("outcome", "Outcome", Style.CHOICE, choices=(("reached", "Reached"), ("resolved", "Solved"))),),
    case_id="case-1",
    mention_id="mention-1",
    replaces=True,
)
ASK = {
    "case": "case-1",
    "verb": "winback.submit",
    "name": "stayed",
    "choices": [["retained", "They stay"], ["lost", "Gone"]],
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience with a machine that is busy, and pauses that a test can wait for."""
    quick_pauses.line(monkeypatch)
    monkeypatch.setattr(people, "PATIENCE", 60.0)
    monkeypatch.setattr(SlackDesk, "PATIENCE", 60.0)
    monkeypatch.setattr(SlackDesk, "DRAIN", 60.0)


@pytest.fixture
async def world(slack_socket: Bridge) -> AsyncIterator[World]:
    """The bot at work, with a card whose customer is to be called."""
    team = Team()
    team.answers |= {Verb.BRIEF: BRIEF, Verb.CALL_DONE: ENDED}
    async with at_work(slack_socket, team) as made:
        called = replace(HELD, call="offered")
        made.held = (await made.bot.send(message(body=called.to_body(), key="called"))).external_id
        yield made


async def opened(world: World) -> dict[str, object]:
    """The brief on the screen of who pressed."""
    await world.mara.click(world.held, "brief")
    await world.bridge.until(lambda: bool(world.bridge.views))
    return await world.mara.form()


async def test_the_number_stands_in_the_form_and_in_no_message(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Slack keeps messages for ever; a form is gone when it is closed. No log line of ours or of a library holds it."""
    caplog.set_level(logging.DEBUG)
    form = await opened(world)
    accepted_view({name: form[name] for name in form if name not in ("id", "hash")})
    assert f"<tel:{NUMBER}|+49 170 1234567>" in words(form["blocks"])
    posted = [
        *world.bridge.calls_of("chat.postMessage"),
        *world.bridge.calls_of("chat.update"),
        *world.bridge.responses,
    ]
    assert posted
    assert "1234567" not in json.dumps([dict(call) for call in posted])
    assert "pressed" in caplog.text
    assert "1234567" not in caplog.text


async def test_the_end_of_the_call_takes_the_place_of_the_brief(world: World) -> None:
    """One press leads from the number to how it ended, and the press knows its card."""
    form = await opened(world)
    acked = await world.mara.submit(form)
    assert acked.payload is not None
    assert acked.payload["response_action"] == "update"
    await world.mara.submit({**acked.payload["view"], "id": form["id"], "hash": "2"}, outcome="reached")
    await world.bridge.until(lambda: len(world.team.presses) == 3)
    last = world.team.presses[-1]
    assert (last.verb, last.fields["outcome"], last.place) == (Verb.CALL_ENDED, "reached", world.held)


async def test_a_button_in_the_brief_changes_the_brief(world: World) -> None:
    """What was taken back leaves the screen at once."""
    gone = replace(BRIEF, links=(), buttons=(), replaces=True)
    world.team.answers[Verb.WITHDRAWN] = gone
    form = await opened(world)
    await world.mara.press_in_view(form, "withdrawn")
    await world.bridge.until(lambda: bool(world.bridge.calls_of("views.update")))
    [update] = world.bridge.calls_of("views.update")
    assert update["view_id"] == form["id"]
    assert NUMBER not in str(update["view"])
    press = world.team.presses[-1]
    assert (press.verb, press.case_id, press.mention_id, press.place) == (
        Verb.WITHDRAWN,
        "case-1",
        "mention-1",
        world.held,
    )


async def test_another_form_lies_over_the_brief(world: World) -> None:
    """Who takes a number down comes back to the brief if they close it."""
    world.team.answers[Verb.GIVE] = Form("Number given", Verb.GIVEN, (Field("address", "Number", Style.TEXT),))
    form = await opened(world)
    await world.mara.press_in_view(form, "give")
    await world.bridge.until(lambda: bool(world.bridge.calls_of("views.push")))


async def test_a_question_is_answered_with_one_tap(world: World) -> None:
    """Under the card, with what was chosen; and by any of the choices."""
    world.team.answers[Verb.WINBACK_ENDED] = Said("Kept.")
    body = {"title": "Did they stay?", "text": "Case 7X2F4RQ wanted to leave.", "author": "", "link": "", "why": []}
    note = message(Kind.NOTE, body | {"ask": ASK}, key="ask", thread=world.held)
    asked = (await world.bot.send(note)).external_id
    await world.mara.click(asked, "winback.submit")
    assert await world.said() == ["Kept."]
    [press] = world.team.presses
    assert (press.verb, press.case_id, press.fields) == (Verb.WINBACK_ENDED, "case-1", {"stayed": "retained"})


def test_where_nobody_hears_a_press_nobody_is_asked_for_one() -> None:
    """The question stands there without its buttons."""
    body = {"title": "Did they stay?", "text": "Case 7X2F4RQ wanted to leave.", "ask": ASK}
    assert "They stay" in str(content(message(Kind.NOTE, body)))
    assert "They stay" not in str(content(message(Kind.NOTE, body), pressable=False))
