"""What a replay counts: cards then and now, what changes for people, and misses by their verdicts."""

from __future__ import annotations

from typing import Any

import pytest

from insights.flips import Fate, Flip, Flips, Shown, Verdict, flip_of
from models.assessment import Head

DESK, PRESS = ("slack", "#desk"), ("slack", "#press")
LEFT = Fate("ignore", frozenset({"opinion"}))
SAMPLED = Fate("ignore", frozenset({"opinion", "audit"}), audit=DESK)
CALL = Fate("call", frozenset({"urgent"}), DESK)
REVIEW = Fate("review", frozenset({"unsure"}), DESK)
NEEDED, NEEDLESS = Verdict(True, asks=False), Verdict(False, asks=False)


@pytest.mark.parametrize(
    ("then", "now", "flip"),
    [
        (LEFT, CALL, Flip.NEWLY_ALERTED),
        (SAMPLED, CALL, Flip.NEWLY_ALERTED),
        (CALL, LEFT, Flip.NO_LONGER_ALERTED),
        (CALL, SAMPLED, Flip.NO_LONGER_ALERTED),
        (CALL, REVIEW, Flip.MOVED),
        (CALL, Fate("call", frozenset(), PRESS), Flip.MOVED),
        (LEFT, Fate("thank", frozenset()), Flip.UNSEEN),
        (LEFT, SAMPLED, None),
        (LEFT, Fate("ignore", frozenset({"broadcast"})), None),
        (CALL, Fate("call", frozenset({"critical"}), DESK, communications=PRESS), None),
    ],
)
def test_what_changes_for_people(then: Fate, now: Fate, flip: Flip | None) -> None:
    """A flip is about who is shown a post; the sample and a second card alone are none."""
    assert flip_of(then, now) is flip


def test_cards_are_counted_by_kind_and_team() -> None:
    """A post may go to its team, to communications and nowhere, and each is counted then and now."""
    flips = Flips()
    spreading = Fate("call", frozenset({"urgent", "wide_reach"}), DESK, communications=PRESS)
    for then, now in ((spreading, CALL), (LEFT, SAMPLED), (LEFT, REVIEW)):
        flips.add(then, now)
    assert flips.then == {("call", DESK): 1, ("communications", PRESS): 1}
    assert flips.now == {("call", DESK): 1, ("audit", DESK): 1, ("review", DESK): 1}
    assert (flips.silent_then, flips.silent_now) == ({"ignore": 2}, {"ignore": 1})
    assert flips.reasons_then == {"urgent": 1, "wide_reach": 1, "opinion": 2}
    assert flips.ways == {(Flip.NEWLY_ALERTED, "ignore", "review"): 1}
    assert flips.mentions == 3


def judged(*rows: tuple[Fate, Fate, Verdict | None]) -> Flips:
    """Counts of these."""
    flips = Flips()
    for row in rows:
        flips.add(*row)
    return flips


@pytest.mark.parametrize(
    ("then", "now", "verdict", "shown", "wrong"),
    [
        (CALL, LEFT, NEEDED, Shown.CARD, (0, 1)),
        (SAMPLED, CALL, NEEDED, Shown.SAMPLE, (1, 0)),
        (LEFT, LEFT, NEEDED, Shown.OTHERWISE, (1, 1)),
        (CALL, LEFT, NEEDLESS, Shown.NEEDLESS, (1, 0)),
        (SAMPLED, REVIEW, NEEDLESS, Shown.NEEDLESS_SAMPLE, (0, 1)),
        (LEFT, CALL, Verdict.of({Head.CHURN: "yes"}, None), Shown.LABEL, (1, 0)),
    ],
)
def test_verdicts_are_held_against_both(
    then: Fate, now: Fate, verdict: Verdict, shown: Shown, wrong: tuple[int, int]
) -> None:
    """What people needed and were not shown is a miss, what they did not need and are shown is needless."""
    row = judged((then, now, verdict)).wrong[shown]
    assert (row.posts, row.then, row.now) == (1, *wrong)


def test_no_verdict_is_guessed() -> None:
    """A label that asks for nobody says nothing, and neither does a post without a verdict."""
    calm: dict[Head, Any] = {Head.URGENCY: "low", Head.INTENT: "opinion", Head.SENTIMENT: "negative"}
    flips = judged((CALL, LEFT, None), (CALL, LEFT, Verdict.of(calm, None)))
    assert not any(row.posts for row in flips.wrong.values())


def test_a_miss_in_the_sample_stands_for_many() -> None:
    """With 1 in 10 of what is left alone judged, each miss there stands for ten; each judged alert for its share."""
    left = [(LEFT, LEFT, None)] * 18
    sample = [(SAMPLED, SAMPLED, NEEDED), (SAMPLED, CALL, NEEDED)]
    alerts = [(CALL, LEFT, NEEDED), (CALL, CALL, NEEDLESS), (CALL, CALL, None), (CALL, CALL, None)]
    assert judged(*left, *sample, *alerts).missed() == (20, 12)


def test_without_a_judged_sample_nobody_knows_what_is_missed() -> None:
    """No estimate is made of alerts alone."""
    assert judged((CALL, LEFT, NEEDED), (LEFT, LEFT, None)).missed() is None


def test_what_screening_leaves_out_is_not_what_the_model_leaves_alone() -> None:
    """The sample is drawn from the latter only."""
    flips = judged((Fate("ignore", frozenset({"repost"})), LEFT, None), (LEFT, LEFT, None))
    assert flips.left_alone == 1
