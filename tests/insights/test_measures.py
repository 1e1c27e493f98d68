"""The measures of a channel: what is open and how old, shares against their target, and what is rolled up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from insights.measures import aim, backlog, counts, outcome
from insights.report import report
from insights.shares import Share
from models.store.report import Material, Span
from tests.build import NOW, settings
from tests.insights.cases import UNTIL, at, event, history, post, told

HOUR, DAY = 60, 24 * 60


@pytest.mark.parametrize(
    ("minutes", "age"),
    [
        *((59.9, "under 1 h"), (HOUR, "1 to 4 h"), (4 * HOUR, "4 to 24 h"), (DAY, "1 to 3 d"), (3 * DAY, "3 to 7 d")),
        (7 * DAY, "over 7 d"),
    ],
)
def test_each_age_has_one_place(minutes: float, age: str) -> None:
    """What is just as old as a limit is beyond it."""
    found = backlog([told(until=at(minutes))])
    assert ([name for name, cases in found.ages.items() if cases], found.open) == ([age], 1)
    assert found.oldest == pytest.approx(minutes * 60)


def test_what_is_closed_is_no_backlog() -> None:
    """Nor is it old."""
    found = backlog([told(event("resolved", 5, reason="called"))])
    assert (found.open, found.oldest) == (0, None)


def test_every_case_stands_somewhere() -> None:
    """Resolved, dismissed or open: one of the three, and opened again besides."""
    stories = [
        told(),
        told(event("resolved", 5, reason="called")),
        told(event("closed_no_action", 5, reason="spam")),
        told(event("resolved", 5, reason="called"), event("reopened", 9)),
    ]
    made = counts(stories, 7)
    assert (made.mentions, made.cases, made.resolved, made.dismissed, made.still_open) == (7, 4, 1, 1, 2)
    assert made.reopened == 1


def test_who_may_still_come_back_is_in_neither() -> None:
    """Of four resolved cases one came back, one did not, and of two it cannot be said yet."""
    old, young = event("resolved", 5, reason="called"), event("resolved", 29 * DAY, reason="called")
    made = outcome([told(old, post(9)), told(old), told(young), told(young), told()])
    assert (made.came_back.hits, made.came_back.size, made.may_return) == (1, 2, 2)


def test_a_share_reaches_its_target_or_not() -> None:
    """At the target it is enough; without one, or without cases, nothing is judged."""
    assert [aim(Share.of_counts(hits, 10), 0.5).enough for hits in (4, 5, 6)] == [False, True, True]
    assert aim(Share.of_counts(5, 10), None).enough is None
    assert aim(Share.of_counts(0, 0), 0.5).enough is None


def test_only_shared_terms_are_rolled_up() -> None:
    """Two channels with the same targets are measured together; other targets, other hours or none are not."""
    week = {"week": {"mon": ["09:00-17:00"]}}
    same = {"targets": {"claim": "30m"}}
    toml = {
        "hours": {"office": week},
        "channels": {
            "x": same,
            "mastodon": same,
            "telegram": {"targets": {"claim": "30m", "hours": "office"}},
            "reddit": {"targets": {"claim": "31m"}},
        },
    }
    names = ("x", "mastodon", "telegram", "reddit", "forum", "bluesky")
    cases = tuple(history(event("claimed", 20), id=name, channel=name) for name in names)
    made = report(Material(Span(NOW - timedelta(days=1), UNTIL), {}, cases), settings(**toml))
    assert [one.channels for one in made.together] == [("mastodon", "x")]
    kept = made.together[0].speed.claim.kept
    assert kept
    assert (kept.in_time, kept.attained.size) == (2, 2)
    assert made.total.counts.cases == 6


def test_an_old_case_is_backlog_and_nothing_else() -> None:
    """A case from before the span that is still open is counted there alone."""
    cases = (history(id="old", from_before=True, channel="telegram"), history(event("claimed", 3), id="new"))
    made = report(Material(Span(NOW - timedelta(days=1), UNTIL), {}, cases), settings())
    assert (made.total.counts.cases, made.total.backlog.open) == (1, 2)
    old = next(one for one in made.channels if one.channels == ("telegram",))
    assert (old.counts.cases, old.backlog.open, old.speed.claim.always.going_on) == (0, 1, 0)
