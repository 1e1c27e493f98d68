"""What a card says of the conversation around its post: what it answers, that it was edited, who else says so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from models.card import Card
from models.decision import Kind
from responders.slack import card as slack_card
from responders.slack import content as slack_content
from tests.responders.cards import OPEN, message
from tests.responders.slack.limits import accepted

ABOVE = ("@bo_k", "Is Kestrelo down? Call me at [email]", "https://x.com/bo_k/status/1899", "")
BUSY = replace(OPEN, parent=ABOVE, edited="2026-11-21T14:05:00+00:00", alike=41, like="2345678")


def said(card: Card) -> str:
    """Everything on the card."""
    return json.dumps(slack_card.blocks(card), ensure_ascii=False)


def test_the_post_above_stands_over_the_answer() -> None:
    """Who said what, with a link; masked as it came."""
    drawn = said(replace(OPEN, parent=ABOVE))
    assert "In reply to @bo_k: “Is Kestrelo down? Call me at [email]”" in drawn
    assert "https://x.com/bo_k/status/1899" in drawn


def test_a_missing_parent_says_why() -> None:
    """And nothing is linked."""
    drawn = said(replace(OPEN, parent=("", "", "https://x.com/secret", "its author deleted it")))
    assert "In reply to a post that cannot be shown: its author deleted it" in drawn
    assert "secret" not in drawn


def test_an_edited_post_says_so() -> None:
    """Beside when it was posted."""
    assert "edited " in said(replace(OPEN, edited="2026-11-21T14:05:00+00:00"))


@pytest.mark.parametrize(("alike", "words"), [(41, "41 more people say the same"), (1, "1 more person says the same")])
def test_the_counter_stands_in_bold_and_in_the_notification(alike: int, words: str) -> None:
    """Who only sees the notification sees how many say so."""
    card = replace(OPEN, alike=alike)
    assert words in said(card)
    assert words in slack_card.fallback(card)


def test_a_look_alike_is_named() -> None:
    """By its code, which the command takes."""
    assert "It looks like case 2345678" in said(replace(OPEN, like="2345678"))


def test_a_card_that_says_nothing_of_it_is_as_before() -> None:
    """No empty lines."""
    assert "reply to" not in said(OPEN)
    assert "same" not in said(OPEN)


def test_all_of_it_fits_into_a_message() -> None:
    """Also with the longest parent that anybody writes, in any script."""
    for sign in ("x", "😡", "中", "\u202e", "&"):
        card = replace(BUSY, parent=(sign * 500, sign * 5000, f"https://a.example/{'b' * 5000}", ""))
        accepted(slack_content.content(message(body=card.to_body()))["blocks"])


def test_strangers_words_never_become_markup() -> None:
    """A mention of a whole channel in the post above stays text."""
    drawn = json.loads(said(replace(OPEN, parent=("<!channel>", "<!here> & *bold*", "javascript:x", ""))))
    assert all(element.get("type") != "broadcast" for block in drawn for element in block.get("elements", ()))


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("", "[erased at the author's request]"),
        ("deleted", "[its author deleted the post]"),
        ("edited", "[its author edited the post: see below]"),
        ("something new", "[erased at the author's request]"),
    ],
)
def test_what_was_blanked_says_why(why: str, words: str) -> None:
    """A deletion by the author is not taken for a request to us."""
    order = message(Kind.ERASE, {"reference": "C1:1"} | ({"why": why} if why else {}))
    assert slack_content.erased(order) == words


def test_a_card_of_an_earlier_version_is_still_read() -> None:
    """Cards that wait in the outbox were written without these fields."""
    body = {name: value for name, value in OPEN.to_body().items() if name not in ("parent", "edited", "alike", "like")}
    assert Card.from_body(body) == OPEN
    assert Card.from_body(json.loads(json.dumps(BUSY.to_body()))) == BUSY
