"""What was shown, what was left alone, and how people judged it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.assessment import Head
from models.correction import Correction
from models.decision import CaseRef, Reason, Route
from models.mention import Mention
from models.past import Screened
from models.store import Store, corrections, verdicts
from models.store.verdicts import Tally, together
from tests.build import NOW, mention
from tests.models.store.steps import LATER, decide, listen

SINCE = NOW - timedelta(days=1)


def decided(store: Store, name: str, route: Route, *reasons: Reason, case: bool = False, **post: str) -> Mention:
    """A decided post."""
    made = mention(external_id=name, **post)
    decide(
        store, made, route=route, reasons=reasons, case=CaseRef(name, name.rjust(7, "2"), new=True) if case else None
    )
    return made


def judged(store: Store, post: Mention, *needed: bool) -> None:
    """People's verdicts, one after the other."""
    for verdict in needed:
        store.do(corrections.add, Correction(post.id, LATER, "ana", {}, verdict))


def tallies(store: Store) -> list[Tally]:
    """Those of the last day."""
    return store.do(verdicts.tallies, SINCE)


@pytest.fixture
def house(store: Store) -> Store:
    """One of everything: alerts, posts left alone, audit cards, answers, screened and empty posts."""
    judged(store, decided(store, "call", Route.CALL, Reason.URGENT, case=True), False, True)
    judged(store, decided(store, "review", Route.REVIEW, Reason.UNSURE, case=True), False)
    decided(store, "page", Route.PAGE, Reason.DANGER, case=True)
    decided(store, "draft", Route.ANSWER, Reason.FAQ, case=True)
    judged(store, decided(store, "answered", Route.ANSWER, Reason.FAQ), True)
    decided(store, "thanked", Route.THANK, Reason.PRAISE)
    judged(store, decided(store, "sample 1", Route.REVIEW, Reason.AUDIT, Reason.OPINION), True)
    judged(store, decided(store, "sample 2", Route.REVIEW, Reason.AUDIT, Reason.BROADCAST), False)
    decided(store, "sample 3", Route.REVIEW, Reason.AUDIT, Reason.UNRELATED)
    judged(store, decided(store, "alone 1", Route.IGNORE, Reason.BROADCAST), True)
    decided(store, "alone 2", Route.IGNORE, Reason.NEGATIVE, Reason.OPINION)
    decided(store, "empty", Route.IGNORE, Reason.PRAISE, Reason.EMPTY)
    listen(store, Screened(mention(external_id="screened"), Reason.TOO_OLD))
    return store


def test_each_post_is_counted_as_what_people_saw_of_it(house: Store) -> None:
    """Alerts, the sample and what was left alone are told apart; the last verdict counts, once a post."""
    assert tallies(house) == [
        Tally("kestrelo", "x", alerts=4, needed=1, needless=1, left_alone=5, audited=3, missed=1, rightly=1)
    ]


def test_places_are_counted_apart_and_can_be_added(house: Store) -> None:
    """Each brand and channel has a tally of its own; together they are all posts."""
    decided(house, "forum", Route.CALL, Reason.URGENT, case=True, channel="forum")
    decided(house, "rivalo", Route.IGNORE, Reason.OPINION, brand="rivalo")
    found = tallies(house)
    assert [(one.brand, one.channel) for one in found] == [("kestrelo", "forum"), ("kestrelo", "x"), ("rivalo", "x")]
    assert together(found) == Tally("", "", 5, 1, 1, 6, 3, 1, 1)


def test_only_what_was_decided_since_then_counts(house: Store) -> None:
    """Decisions before the window are left out, with their verdicts."""
    assert house.do(verdicts.tallies, LATER) == []


def test_without_a_verdict_nothing_is_counted(store: Store) -> None:
    """Where nobody judged, the weeks of decisions are not read at all."""
    decided(store, "call", Route.CALL, Reason.URGENT, case=True)
    assert tallies(store) == []


def test_a_label_is_no_verdict(store: Store) -> None:
    """An urgency corrected to low does not say that nobody needed to see the post."""
    post = decided(store, "call", Route.CALL, Reason.URGENT, case=True)
    store.do(corrections.add, Correction(post.id, LATER, "ana", {Head.URGENCY: "low", Head.INTENT: "broadcast"}))
    assert tallies(store) == []
