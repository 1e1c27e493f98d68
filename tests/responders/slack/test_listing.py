"""The list of a storm as Slack blocks: readable, within every limit, and never a stranger's markup."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.decision import Kind
from models.press import Verb
from responders.slack import listing
from responders.slack.content import content, wordy
from responders.slack.outbox import SlackResponder
from tests.counterparts.platforms import Slack
from tests.responders.cards import message
from tests.responders.hostile import HOSTILE, LONG
from tests.responders.slack.limits import accepted, parts, words


def row(number: int, **changes: str) -> dict[str, str]:
    """A card in a list."""
    said = {
        "title": "Call this customer",
        "author": f"Anna Lind {number} (@anna_l)",
        "channel": "x",
        "text": "My Kestrelo line is dead since noon and nobody answers.",
        "code": f"7X2F4{number:02}",
        "answer_by": "2026-03-02T13:20:00+00:00",
        "hours": "Europe/Berlin",
        "case_id": f"case-{number}",
        "mention_id": f"mention-{number}",
    }
    return said | changes


def body(rows: int = 15, left: int = 297, **changes: Any) -> dict[str, Any]:
    """What a list says."""
    said = {
        "count": 300,
        "left": left,
        "since": "2026-03-02T12:02:00+00:00",
        "until": "2026-03-02T12:58:00+00:00",
        "rows": [row(number) for number in range(rows)],
        "codes": [f"7X2F{number:03}" for number in range(rows, min(left, 300))],
        "new": [],
    }
    return said | changes


ROW = st.fixed_dictionaries({name: HOSTILE for name in row(0) if name != "text"} | {"text": LONG})
BODY = st.fixed_dictionaries(
    {
        "count": st.integers(0, 10**6),
        "left": st.integers(0, 10**6),
        "since": st.one_of(st.datetimes().map(lambda at: at.isoformat()), HOSTILE),
        "until": st.one_of(st.datetimes().map(lambda at: at.isoformat()), HOSTILE),
        "rows": st.lists(ROW, max_size=15),
        "codes": st.lists(st.one_of(HOSTILE, st.just("7X2F4RQ")), max_size=300),
    }
)


@given(BODY)
def test_any_list_is_within_the_limits(said: dict[str, Any]) -> None:
    """Whatever strangers write, Slack takes the list, and nothing of theirs is read as markup."""
    accepted(listing.blocks(said, " (possible duplicate)"))
    for text in (listing.fallback(said), listing.text_only(said)):
        assert not {"<", ">"} & set(text)


def test_a_full_list_fits() -> None:
    """Fifteen rows of ordinary words, each with its button, and the other cases' codes stand in one message."""
    drawn = listing.blocks(body())
    accepted(drawn)
    shown = [part for part in parts(drawn) if part.get("action_id") == Verb.SHOW_CARD]
    assert [json.loads(part["value"]) for part in shown] == [
        {"case": f"case-{number}", "mention": f"mention-{number}"} for number in range(15)
    ]
    said = words(drawn)
    assert "300 alerts in a short time" in said
    assert "297 that nobody has taken yet" in said
    assert "282 more" in said
    assert all(f"7X2F{number:03}" in said for number in range(15, 297))
    assert "answer by 14:20 in Berlin" in said
    assert "“My Kestrelo line is dead" in said
    assert drawn[-1]["elements"][0]["action_id"] == Verb.SHOW_LIST


def test_a_list_that_is_worked_off() -> None:
    """When all are taken it says so, and offers nothing more."""
    drawn = listing.blocks(body(0, 0, codes=[]))
    accepted(drawn)
    assert "all of them are taken" in words(drawn)
    assert not [part for part in parts(drawn) if part.get("type") == "button"]


def test_long_names_leave_room_for_every_row() -> None:
    """Rows are shortened before one is left out."""
    wide = [row(number, title="😀" * 100, author="李" * 100, text="É" * 200) for number in range(15)]
    drawn = listing.blocks(body(rows=0, left=15) | {"rows": wide, "codes": []})
    accepted(drawn)
    assert len([part for part in parts(drawn) if part.get("action_id") == Verb.SHOW_CARD]) == 15


def test_only_a_first_posting_may_be_a_duplicate() -> None:
    """A list that is drawn anew in its place is never there twice."""
    first = message(Kind.LIST, body(), possible_duplicate=True)
    assert "(possible duplicate)" in content(first)["text"]
    again = message(Kind.LIST, body(), possible_duplicate=True, thread="C0CARE1:1.5")
    assert "(possible duplicate)" not in content(again)["text"] + words(content(again)["blocks"])
    assert wordy(first).count("\n") == 15


async def test_a_list_is_posted_found_and_drawn_anew(slack_server: Slack) -> None:
    """In the workspace it is one message: found by its key, then changed in its place."""
    slack_server.reset()
    bot = SlackResponder("team", slack_server.token, slack_server.url, app_token="xapp-kestrelo")
    try:
        assert bot.pressable
        posted = message(Kind.LIST, body(), key="storm-1")
        receipt = await bot.send(posted)
        assert await bot.find(posted) == receipt
        edit = message(Kind.LIST, body(left=3, rows=3, codes=[]), key="storm-1", thread=receipt.external_id)
        assert await bot.send(edit) == receipt
        assert await bot.find(edit) is None
    finally:
        await bot.aclose()
    channel = slack_server.channel("social-triage")
    [entry] = slack_server.call("conversations.history", channel=channel)["messages"]
    assert "3 that nobody has taken yet" in entry["text"]
