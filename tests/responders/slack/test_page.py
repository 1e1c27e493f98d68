"""Pages for one person: an answer in the channel and the Home, within Slack's limits however much there is."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from models.form import Page, Part, Row
from models.press import Verb
from responders.slack.carried import pressed
from responders.slack.page import blocks, fallback, home
from tests.responders.cards import MOMENTS
from tests.responders.hostile import HOSTILE, LONG
from tests.responders.slack.limits import accepted, accepted_view, parts, words

ROWS = st.builds(
    Row,
    case_id=st.sampled_from(["", "c" * 32]),
    code=HOSTILE,
    headline=HOSTILE,
    state=st.one_of(st.sampled_from(["open", "claimed", "resolved", ""]), HOSTILE),
    answer_by=st.one_of(st.just(""), MOMENTS),
    holder=HOSTILE,
    late=st.booleans(),
)
PARTS = st.builds(
    Part,
    heading=HOSTILE,
    rows=st.lists(ROWS, max_size=3).map(tuple),
    lines=st.lists(LONG, max_size=2).map(tuple),
    empty=HOSTILE,
    more=st.integers(0, 1000),
)
PAGES = st.builds(Page, title=HOSTILE, parts=st.lists(PARTS, max_size=4).map(tuple))
ROW = Row("c1", "7X2F4RQ", "Call this customer · Anna Lind on X", "claimed", "2026-11-21T14:20:00+00:00", "Ana Ruiz")


@given(PAGES, st.sampled_from([1, 30]))
@settings(max_examples=30, deadline=None)
def test_slack_takes_every_page(page: Page, times: int) -> None:
    """Whatever and however much stands on it, the message and the Home keep Slack's rules."""
    parts = tuple(replace(part, rows=part.rows * times, lines=part.lines * times) for part in page.parts)
    page = replace(page, parts=parts)
    accepted(blocks(page))
    accepted_view(home(page))
    assert not {"<", ">"} & set(fallback(page))


def test_a_row_says_what_when_and_whose() -> None:
    """The headline, the code, by when it is to be closed and who has it, with a button that shows the card."""
    drawn = blocks(Page("Your cases", (Part("Open", (ROW,)),)))
    shown = words(drawn)
    for part in ("Call this customer · Anna Lind on X", "*7X2F4RQ* · close by <!date^1795270800^", "Ana Ruiz has it"):
        assert part in shown
    [button] = [part for part in parts(drawn) if part.get("type") == "button"]
    assert (pressed(button).verb, pressed(button).case_id) == (Verb.SHOW_CARD, "c1")


def test_a_late_row_is_seen_at_once() -> None:
    """What is late has a red sign, and says since when."""
    shown = words(blocks(Page("Queue", (Part("", (Row("c1", "C", "Call", "open", ROW.answer_by, late=True),)),))))
    assert "🔴 Call" in shown
    assert "late since <!date" in shown
    assert "Nobody has it" in shown


def test_nothing_is_said_to_be_nothing() -> None:
    """A part without rows or lines says so in its own words."""
    assert "Nothing waits." in words(blocks(Page("Queue", (Part("Waiting", empty="Nothing waits."),))))


def test_what_finds_no_room_is_counted() -> None:
    """Of many rows as many as fit are shown, and how many are not."""
    page = Page("Queue", (Part("Waiting", (ROW,) * 70, more=30),))
    drawn = blocks(page)
    shown = len([block for block in drawn if block["type"] == "section"])
    assert 10 <= shown < 70
    assert f"and {100 - shown} more" in words(drawn)
