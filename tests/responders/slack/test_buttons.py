"""Which buttons a card offers in each state, and what they carry."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from models.card import Card
from models.decision import REASON_WORDS, Reason
from models.press import Verb
from responders.slack.card import blocks
from responders.slack.carried import pressed
from tests.responders.cards import ANY_CARD, CARD, CLAIMED, OPEN
from tests.responders.slack.limits import parts


def elements(card: Card, **how: bool) -> list[dict[str, Any]]:
    """All that can be pressed on a card."""
    return [part for part in parts(blocks(card, **how)) if part.get("type") in ("button", "overflow")]


def row(card: Card, **how: bool) -> list[str]:
    """The labels of the buttons; the one that stands out in stars."""
    drawn = [part for part in elements(card, **how) if part["type"] == "button"]
    return [f"*{part['text']['text']}*" if part.get("style") else part["text"]["text"] for part in drawn]


def menu(card: Card, **how: bool) -> list[str]:
    """The choices of the menu."""
    found = [part for part in elements(card, **how) if part["type"] == "overflow"]
    return [option["text"]["text"] for part in found for option in part["options"]]


@given(ANY_CARD)
@settings(max_examples=60, deadline=None)
def test_never_more_than_four_and_a_menu(card: Card) -> None:
    """In every state: four buttons at most, one of them stands out at most, and one menu at most."""
    for whole in (False, True):
        drawn = elements(card, whole=whole)
        buttons = [part for part in drawn if part["type"] == "button"]
        assert len(buttons) <= 4
        assert len([part for part in buttons if part.get("style")]) <= 1
        assert len(drawn) - len(buttons) <= 1


@given(ANY_CARD)
@settings(max_examples=60, deadline=None)
def test_every_button_says_which_case_and_post(card: Card) -> None:
    """Whatever is pressed comes back as its verb with the ids of the card."""
    for part in elements(card):
        for action in (
            [part] if part["type"] == "button" else [{**part, "selected_option": one} for one in part["options"]]
        ):
            said = pressed(json.loads(json.dumps(action)))
            assert isinstance(said.verb, Verb)
            assert (said.case_id, said.mention_id) == (card.case_id, card.mention_id)


@pytest.mark.parametrize("state", ["open", "claimed", "resolved", "dismissed"])
@pytest.mark.parametrize("call", ["", "offered", "tried", "ended"])
@pytest.mark.parametrize("waiting", ["", "the draft of Ben waits"])
def test_danger_is_never_drafted(state: str, call: str, waiting: str) -> None:
    """Where somebody may be in danger, no button leads to an answer by the bot."""
    card = replace(OPEN, route="page", state=state, call=call, waiting=waiting)
    for whole in (False, True):
        offered = " ".join([*row(card, whole=whole), *menu(card, whole=whole)])
        assert not {"Draft", "Check"} & set(offered.replace("*", "").split())


@pytest.mark.parametrize(
    ("changes", "buttons"),
    [
        ({}, ["*Claim*", "Recommend a call", "Draft answer", "Not about us"]),
        ({"sends_as": ""}, ["*Claim*", "Recommend a call", "Open on X", "Not about us"]),
        ({"route": "review"}, ["*Claim*", "Draft answer", "Not about us"]),
        ({"route": "page"}, ["*Claim*", "Open on X", "Not about us"]),
        ({"waiting": "the draft of Ben waits"}, ["*Check and send*", "Claim", "Draft answer", "Not about us"]),
        ({"state": "claimed"}, ["*Recommend a call*", "Draft answer", "Resolve", "Hand over"]),
        ({"call": "offered"}, ["*Claim*", "Brief & call", "Draft answer", "Not about us"]),
        ({"state": "claimed", "call": "offered"}, ["*Brief & call*", "Call done", "Draft answer", "Resolve"]),
        ({"state": "claimed", "call": "tried"}, ["*Brief & call*", "Call done", "Draft answer", "Resolve"]),
        ({"state": "claimed", "call": "ended"}, ["*Resolve*", "Draft answer", "Recommend a call", "Hand over"]),
        ({"state": "claimed", "route": "answer"}, ["*Draft answer*", "Recommend a call", "Resolve", "Hand over"]),
        ({"state": "claimed", "route": "page"}, ["*Escalate*", "Open on X", "Resolve", "Hand over"]),
        ({"state": "claimed", "waiting": "a draft"}, ["*Check and send*", "Draft answer", "Resolve", "Hand over"]),
        ({"state": "resolved"}, []),
        ({"case_id": ""}, ["*Open on X*", "Not about us", "Wrong tag"]),
        ({"case_id": "", "why": (REASON_WORDS[Reason.AUDIT],)}, ["A person was needed", "Nobody was needed"]),
    ],
)
def test_the_first_button_is_what_is_next(changes: dict[str, Any], buttons: list[str]) -> None:
    """Claim first; then what the card recommends; the audit's two answers weigh the same."""
    assert row(replace(OPEN, **changes)) == buttons


def test_the_menu_holds_the_rest() -> None:
    """What is needed less often stands behind the dots; a dismissed post can be muted there."""
    assert menu(OPEN) == ["Hand over", "Snooze", "Escalate", "Wrong tag", "Dismiss"]
    assert menu(CLAIMED) == ["Release", "Snooze", "Escalate", "Wrong tag", "Dismiss"]
    assert menu(replace(OPEN, state="resolved")) == ["Re-open", "Show the whole card", "Wrong tag"]
    assert menu(replace(OPEN, state="dismissed"))[-1] == "Mute such posts"


def test_what_is_left_of_a_case_that_is_over_comes_first() -> None:
    """A closing line that is due, or that was not posted, and whether somebody who was leaving has stayed."""
    over = replace(OPEN, state="resolved")
    assert menu(replace(over, closing="due"))[0] == menu(replace(over, closing="failed"))[0] == "Close it in public"
    assert menu(replace(over, closing="sent"))[0] == "Re-open"
    assert menu(replace(over, closing="due", winback="open"))[:3] == [
        "Close it in public",
        "Did they stay?",
        "Re-open",
    ]
    assert menu(replace(over, winback="lost"))[0] == "Re-open"


def test_the_menu_makes_room_for_a_call() -> None:
    """While a call is to be made two buttons are for it, and handing over is in the menu; danger has both there."""
    assert menu(replace(CLAIMED, call="offered")) == ["Hand over", "Release", "Snooze", "Escalate", "Dismiss"]
    assert {"Brief & call", "Call done"} <= set(menu(replace(CLAIMED, route="page", call="tried")))
    assert {"Brief & call", "Call done"} <= set(menu(replace(CLAIMED, waiting="a draft", call="offered")))


def test_opening_the_platform_is_a_press_too() -> None:
    """The button leads to the answer that is filled in, and tells the desk that somebody followed it."""
    [button] = [part for part in elements(replace(OPEN, sends_as="")) if "url" in part]
    assert button["url"] == OPEN.reply_link
    assert pressed(button).verb is Verb.OPENED_PLATFORM


def test_danger_opens_the_post_and_no_answer() -> None:
    """A card about danger leads to the post, not to an answer that is filled in."""
    [button] = [part for part in elements(replace(OPEN, route="page")) if "url" in part]
    assert button["url"] == OPEN.link


def test_without_presses_there_are_links_alone() -> None:
    """Where nobody hears a press, the card has only the way to answer by hand."""
    assert row(OPEN, pressable=False) == ["Open on X"]
    assert menu(OPEN, pressable=False) == []
    assert elements(replace(CARD, state="resolved"), pressable=False) == []
