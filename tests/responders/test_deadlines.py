"""Deadlines: what a decision owes, by route and channel, in the team's hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.case import CaseState
from models.decision import Decision, Reason, Route
from models.mention import Author
from responders.deadlines import due, limit_for, limits_of
from tests.build import NOW, settings
from tests.responders.situations import case, decided, heads, past, rules

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# NOW is a Monday, 13:00 in Berlin.
SUPPORT = {"timezone": "Europe/Berlin", "week": {"mon": ["09:00-13:10"], "tue": ["09:00-17:00"]}}
STEPS = [{"wait": "10m"}, {"notify": {"sink": "console", "to": "#leads"}}]
CONFIGURED: dict[str, Any] = {
    "hours": {"support": SUPPORT},
    "deadlines": {"call": {"hours": "support", "escalate": "leads"}},
    "escalations": {"leads": {"steps": STEPS}},
    "channels": {"x": {"deadlines": {"call": {"respond": "15m"}}}},
}
URGENT = heads(urgency={"high": 1})
MANY = Author(id="7", handle="anna_l", followers=10**6)


def owes(decision: Decision) -> tuple[timedelta, timedelta]:
    """From now until somebody should have claimed it, and until it should be closed."""
    assert decision.answer_by
    assert decision.resolve_by
    return decision.answer_by - NOW, decision.resolve_by - NOW


def test_a_new_case_is_due_as_its_route_says() -> None:
    """The deadline of the route, around the clock where no hours are named."""
    assert owes(decided(URGENT)) == (30 * MINUTE, 8 * HOUR)
    assert owes(decided(heads(danger=True))) == (5 * MINUTE, 4 * HOUR)
    assert owes(decided(heads())) == (HOUR, 24 * HOUR)


def test_a_deadline_counts_in_the_hours_of_the_team() -> None:
    """Of 15 minutes, ten are left on Monday and five come on Tuesday; the card says which clock that is."""
    decision = decided(URGENT, by=rules(**CONFIGURED))
    assert decision.answer_by == datetime(2026, 3, 3, 8, 5, tzinfo=UTC)
    (card,) = decision.messages
    assert card.body["answer_by"] == "2026-03-03T08:05:00+00:00"
    assert card.body["hours"] == "Europe/Berlin"


def test_a_channel_may_have_its_own() -> None:
    """On another channel the route's own deadline holds."""
    there = limits_of(settings(**CONFIGURED), "telegram")["call"]
    assert (there.respond, there.zone) == (30 * MINUTE, "Europe/Berlin")


def test_what_spreads_is_due_at_the_sooner_of_both() -> None:
    """An unhappy post that many may see is taken up sooner, if communications is told at all."""
    told = rules(routes={"communications": {"sink": "console", "to": "#press"}})
    for by, respond in ((told, 30 * MINUTE), (rules(), HOUR)):
        seen = decided(heads(sentiment={"negative": 1}), by=by, author=MANY)
        assert Reason.WIDE_REACH in seen.reasons
        assert owes(seen) == (respond, 24 * HOUR)


def test_a_later_mention_owes_nothing_new() -> None:
    """The first promise stays, so that whoever posts again does not put it off."""
    again = decided(heads(), known=past(case=case()))
    assert (again.answer_by, again.resolve_by) == (None, None)


@pytest.mark.parametrize("known", [case(), case(state=CaseState.RESOLVED, route=Route.PAGE)])
def test_a_graver_or_returning_case_owes_anew(known: Any) -> None:
    """What has become graver, or comes back after it was closed, has a deadline from now on."""
    assert owes(decided(URGENT, known=past(case=known))) == (30 * MINUTE, 8 * HOUR)


def test_what_nobody_must_act_on_is_due_never() -> None:
    """A mention without a case has no deadline, and neither has a check on the bot."""
    ignored = decided(heads(intent={"broadcast": 1}))
    assert (ignored.case, ignored.answer_by) == (None, None)
    audited = decided(heads(intent={"broadcast": 1}), by=rules(audit={"share": 0.2}), external_id="0")
    assert (audited.answer_by, audited.resolve_by) == (None, None)


def test_without_an_escalation_there_is_one_reminder() -> None:
    """It comes after calendar.nudge_after, under the card; with 0s there is none."""
    wait, notify = limit_for(rules().limits, Route.CALL).steps
    assert wait.wait == 30 * MINUTE
    assert notify.notify is not None
    assert notify.notify.sink == ""
    assert limit_for(rules(calendar={"nudge_after": "0s"}).limits, Route.CALL).steps == ()
    assert len(limit_for(rules(calendar={"nudge_after": "2000d"}).limits, Route.CALL).steps) == 2


def test_a_route_that_needs_nobody_is_reviewed_if_somebody_must() -> None:
    """A thank-you that could not be sent has a limit too."""
    limits = rules().limits
    assert limit_for(limits, Route.THANK) is limits["review"]
    assert due(limits, Route.IGNORE, False, NOW).answer_by == NOW + HOUR


@pytest.mark.parametrize(
    ("usual", "review", "call"),
    [
        (20 * MINUTE, (20 * MINUTE, 24 * HOUR), (20 * MINUTE, 8 * HOUR)),
        (48 * HOUR, (48 * HOUR, 48 * HOUR), (30 * MINUTE, 8 * HOUR)),
    ],
)
def test_a_channels_own_target_holds_where_nothing_is_set(
    usual: timedelta, review: tuple[timedelta, timedelta], call: tuple[timedelta, timedelta]
) -> None:
    """What can wait, waits as long as the channel has it; a person in need never waits longer than they did."""
    limits = limits_of(settings(), "anywhere", usual)
    assert (limits["review"].respond, limits["review"].resolve) == review
    assert (limits["answer"].respond, limits["answer"].resolve) == review
    assert (limits["call"].respond, limits["call"].resolve) == call
    assert limits["page"].respond == 5 * MINUTE


def test_what_is_set_stands_above_the_channels_own_target() -> None:
    """A deadline of the route or of the channel holds; one that sets only its hours leaves the target alone."""
    own = {"deadlines": {"review": {"respond": "2h"}, "answer": {"hours": "support"}}, "hours": {"support": SUPPORT}}
    there = {"channels": {"feed": {"deadlines": {"answer": {"respond": "7h"}}}}}
    limits = limits_of(settings(**own), "feed", 30 * HOUR)
    assert limits["review"].respond == 2 * HOUR
    assert (limits["answer"].respond, limits["answer"].zone) == (30 * HOUR, "Europe/Berlin")
    assert limits_of(settings(**own, **there), "feed", 30 * HOUR)["answer"].respond == 7 * HOUR


def test_the_rules_take_the_target_from_the_manifest() -> None:
    """On X somebody looks within the hour, at a feed within the day."""
    assert [rules(name).limits["review"].respond for name in ("x", "feed", "nowhere")] == [HOUR, 24 * HOUR, 4 * HOUR]
