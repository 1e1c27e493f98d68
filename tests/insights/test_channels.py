"""What `channels` prints: rules in words, what is on, and what has come of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from insights.channels import Standing, clock, facts, page, span, table, would
from models.channel import UNKNOWN, Manifest, ReplyRule
from models.manifests import MANIFESTS
from models.store.channels import Counts
from models.store.shadow import Shown, Would
from tests.build import NOW

HOUR = timedelta(hours=1)
QUARRY = Manifest("quarry", ReplyRule.NEVER, "Quarry has no answers", begun=NOW - 5 * HOUR)
FOUND = {
    "x": Standing(MANIFESTS["x"], ("mine",), reply_with="brand", counts=Counts(40, 7, 2), first_at=NOW),
    "reddit": Standing(MANIFESTS["reddit"]),
    "quarry": Standing(QUARRY, ("q",), shadow=True, would=Would(12, 3, 0, 1), first_at=NOW, live_at=NOW - 2 * HOUR),
    "gazette": Standing(UNKNOWN, counts=Counts(1)),
    "forum": Standing(MANIFESTS["forum"], handed=True, counts=Counts(9)),
}


def rows() -> dict[str, str]:
    """The table's lines by channel."""
    _, *lines, _ = table(FOUND, NOW)
    return {line.split()[0]: line for line in lines}


def test_each_channel_is_a_line() -> None:
    """Its state, who may answer and who does, the length, how a deletion is learnt, the target, the counters."""
    assert rows()["x"].split("  ")[0] == "x"
    for part in ("on ", "the bot may answer who called it", " brand ", " 280 ", "we ask again", "1 h"):
        assert part in rows()["x"]
    assert rows()["x"].endswith("40 heard; 7 cards, 2 replies")
    assert "off     people answer by hand" in rows()["reddit"]
    assert "nobody can answer" in rows()["quarry"]
    assert "rules unknown" in rows()["gazette"]


def test_what_is_on_comes_first() -> None:
    """Then what is in shadow, what was on, and what never was."""
    assert list(rows()) == ["forum", "x", "quarry", "gazette", "reddit"]


def test_shadow_says_what_would_have_been_and_how_long_it_took() -> None:
    """Cards and replies that were held back, and the hours from the beginning to the first good poll."""
    assert rows()["quarry"].endswith("would have: 3 cards, 1 reply; heard in shadow 3.0 h after `channels new`")


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Standing(QUARRY, shadow=True), "not heard in shadow yet, 5.0 h after `channels new`"),
        (Standing(QUARRY), ""),
        (
            Standing(MANIFESTS["x"], shadow=True, first_at=NOW - HOUR),
            "not heard in shadow yet, 1.0 h after it was set up",
        ),
        (Standing(MANIFESTS["x"], first_at=NOW, live_at=NOW + HOUR), "heard in shadow 1.0 h after it was set up"),
        (Standing(MANIFESTS["x"], first_at=NOW, live_at=NOW - HOUR), "heard in shadow 0.0 h after it was set up"),
        (Standing(MANIFESTS["x"], shadow=True), ""),
    ],
)
def test_the_clock_of_a_new_channel(one: Standing, said: str) -> None:
    """It runs from `channels new`, else from the first start, until the channel was first heard in shadow."""
    assert clock(one, NOW) == said


def test_a_page_says_all_that_is_known() -> None:
    """Every fact of the manifest, the counters, and the latest posts in shadow with what would have been sent."""
    messages = (
        {"kind": "alert", "sink": "slack", "to": "#care", "purpose": "card", "says": "Call this customer"},
        {"kind": "reply", "sink": "brand", "to": "", "purpose": "call", "says": "We are sorry."},
    )
    told = list(page("quarry", FOUND["quarry"], [Shown(NOW, "m1", "call", messages, "https://q.example/1")], NOW))
    text = "\n".join(told)
    assert told[0] == "quarry: shadow, heard by q"
    for title, fact in facts(QUARRY):
        assert not fact or f"{title:<15} {fact}" in text
    assert "would have      3 cards, 1 reply, of 12 posts in shadow" in text
    assert told[-1].endswith("alert to #care “Call this customer”; reply “We are sorry.”  https://q.example/1")


def test_every_built_in_channel_can_be_told() -> None:
    """Each says what it hears, its limits and how its texts are counted."""
    for manifest in MANIFESTS.values():
        told = dict(facts(manifest))
        assert told["hears"]
        assert told["limits"]
        assert bool(told["sends"]) is manifest.may_send
        assert (manifest.recheck is not None) is ("we ask again" in told["deleted posts"])
        assert manifest.answer_within


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (Would(5), "nothing"),
        (Would(5, 1, 1, 1), "1 card, 1 note, 1 reply"),
        (Would(5, 2, 0, 3), "2 cards, 3 replies"),
    ],
)
def test_what_would_have_been_in_words(done: Would, said: str) -> None:
    """Only what there was, in its number."""
    assert would(done) == said


def test_a_span_in_one_unit() -> None:
    """Hours, or whole days; nothing where there is none."""
    spans = (None, HOUR / 2, 24 * HOUR, 48 * HOUR, 50 * HOUR)
    assert [span(one) for one in spans] == ["", "0.5 h", "24 h", "2 d", "50 h"]


def test_a_channel_that_was_on_says_so() -> None:
    """Whatever was heard once, if only in shadow, and is not now."""
    assert Standing(UNKNOWN, live_at=NOW).state == "was on"
    assert Standing(UNKNOWN, counts=Counts(1)).state == "was on"
    assert Standing(UNKNOWN).state == "off"
    assert replace(FOUND["x"], shadow=True).state == "shadow"
