"""What became of a case: each rule by which the report reads its history."""

from __future__ import annotations

import pytest

from insights.spans import Wait
from insights.story import Way
from models.milestones import firsts
from models.store.report import Event
from tests.insights.cases import TERM, UNTIL, at, event, history, post, switch, told

DAY = 24 * 60


def seconds(wait: Wait | None) -> float | None:
    """A wait that is over, in seconds."""
    return wait.seconds() if wait and wait.over else None


def test_a_claim_counts_from_the_card_and_once() -> None:
    """The first claim after the card; giving it back and taking it again changes nothing."""
    one = told(event("alert_sent", 2, "bot"), event("claimed", 5), event("released", 6), event("claimed", 9))
    assert seconds(one.claim) == 180


@pytest.mark.parametrize("what", ["claimed", "reassigned", "resolved", "closed_no_action"])
def test_who_has_it_has_claimed_it(what: str) -> None:
    """To be handed a case, or to close it at once, is to claim it; without a card it waits from its opening."""
    assert seconds(told(event(what, 4)).claim) == 240


def test_what_ended_by_itself_was_not_claimed() -> None:
    """A post that its author deleted ends a case that nobody had: it is in no figure of claims."""
    assert told(event("closed_no_action", 4, "bot", reason="deleted")).claim is None


def test_a_claim_before_the_card_took_no_time() -> None:
    """Whoever claims by command while the card waits for Slack is not faster than at once."""
    assert seconds(told(event("claimed", 1), event("alert_sent", 3, "bot")).claim) == 0


def test_what_waits_goes_on() -> None:
    """An open case waits until the end of the span, in each clock."""
    one = told()
    waits = (one.claim, one.response, one.human, one.resolution)
    assert [(wait.over, wait.end) for wait in waits if wait] == [(False, UNTIL)] * 4


def test_the_bot_is_a_response_and_no_person() -> None:
    """Both clocks start at the post: the bot stops one of them, a person the other."""
    one = told(event("reply_sent", 1, "bot"), event("call_attempted", 9, outcome="no_answer"))
    assert (seconds(one.response), seconds(one.human)) == (120, 600)


@pytest.mark.parametrize(
    ("reason", "heard"), [("answered", 300), ("called", 300), ("elsewhere", None), ("by_itself", None)]
)
def test_a_resolution_may_be_the_response(reason: str, heard: float | None) -> None:
    """Closed as answered or called says that they heard from us; else nothing more is owed and nothing is counted."""
    one = told(event("resolved", 4, reason=reason))
    assert seconds(one.response) == heard
    assert (one.response is None) == (heard is None)


def test_dismissed_owes_nothing() -> None:
    """Spam is neither answered late nor resolved soon."""
    one = told(event("claimed", 3), event("closed_no_action", 4, reason="spam"))
    assert (one.dismissed, one.response, one.resolution, one.way) == (True, None, None, None)


def test_opened_again_goes_on() -> None:
    """Until it is closed for good the time to resolve runs; then it counts from the first post."""
    closed = [event("resolved", 9, reason="answered"), event("reopened", 60)]
    assert seconds(told(*closed).resolution) is None
    again = told(*closed, event("resolved", 119, reason="answered"))
    assert (seconds(again.resolution), again.reopened) == (7200, 1)


@pytest.mark.parametrize(
    ("events", "way"),
    [
        ([event("resolved", 9, reason="answered")], Way.SAME_CHANNEL),
        ([event("resolved", 9, reason="called")], Way.SWITCHED),
        ([event("resolved", 9, reason="elsewhere")], Way.SWITCHED),
        ([event("resolved", 9, reason="by_itself")], Way.BY_ITSELF),
        ([switch("connected", 5), event("resolved", 9, reason="answered")], Way.SWITCHED),
        ([switch("attempted", 5), event("resolved", 9, reason="answered")], Way.SAME_CHANNEL),
        ([event("resolved", 9, reason="called"), event("reopened", 10)], None),
    ],
)
def test_where_it_was_settled(events: list[object], way: Way | None) -> None:
    """Once both spoke elsewhere it was switched, whatever the closing says; a try alone is none."""
    assert told(*events).way is way  # type: ignore[arg-type]


def test_a_visible_ending_is_one_in_public() -> None:
    """An answer where the complaint stands is one; a call is not, until a line closes it there."""
    assert told(event("resolved", 9, reason="answered")).ends_visibly
    called = [switch("connected", 5), event("resolved", 9, reason="called")]
    assert not told(*called).ends_visibly
    assert told(*called, event("closed_in_public", 10)).ends_visibly
    assert told(*called, switch("closed", 10)).ends_visibly


@pytest.mark.parametrize(
    ("minutes", "back"),
    [(8, False), (9, False), (9.1, True), (9 + 7 * DAY, True), (9.1 + 7 * DAY, False)],
)
def test_coming_back_has_a_term(minutes: float, back: bool) -> None:
    """A post written after it was resolved, within the term to the second; what was written before came late only."""
    assert told(event("resolved", 9, reason="called"), post(minutes)).returned is back


def test_it_may_be_too_early_to_say() -> None:
    """Until the term is over a customer who was silent so far is neither back nor gone."""
    events = [event("resolved", 9, reason="called")]
    assert told(*events, until=at(9) + TERM).returned is None
    assert told(*events, until=at(9.1) + TERM).returned is False
    assert told().returned is None


def test_an_erased_case_is_over() -> None:
    """A case whose person was forgotten while it was open has no ending of its own, and waits for nobody."""
    one = told(erased_at=at(30))
    assert (one.closed_at, one.dismissed, one.claim) == (at(30), True, None)
    kept = told(event("resolved", 9, reason="called"), erased_at=at(9))
    assert (kept.done, kept.way) == (True, Way.SWITCHED)


def test_the_first_of_each_thing() -> None:
    """The one meaning of claimed and heard, from a history with each thing twice."""
    first = firsts(
        history(
            event("alert_sent", 1, "bot"), event("alert_sent", 2, "bot"), event("claimed", 3), event("claimed", 4),
            event("reply_sent", 5, "bot"), event("reply_sent", 6), post(7),
        ).events
    )  # fmt: skip
    found = (first.opened, first.posted, first.carded, first.claimed, first.heard, first.person)
    assert found == tuple(map(at, (0, -1, 1, 3, 5, 6)))


def test_a_call_from_before_the_ledger_has_its_pair() -> None:
    """What an older version wrote names neither the switch nor where it began: it began where the case did."""
    old = (event("switch_offered", 1, channel="", to="voice"), event("switch_connected", 3, channel=""))
    assert [(hop.from_channel, hop.to_channel) for hop in told(*old).hops] == [("x", "voice")]


@pytest.mark.parametrize(("channel", "failed"), [("email", False), ("x", True), ("telegram", True)])
def test_who_goes_on_there_has_not_come_back(channel: str, failed: bool) -> None:
    """A letter in the mailbox to which the customer was led is no return to the public; a post anywhere else is."""
    settled = event("switch_completed", 3, switch="case-1-1", to="email", skipped=["recommended"], why="agent")
    (hop,) = told(settled, event("mention_posted", 9, "customer", channel=channel)).hops
    assert hop.failed is failed


def test_an_answer_in_public_is_an_ending_that_can_be_read() -> None:
    """Also where both had spoken on the phone before it."""
    one = told(switch("attempted", 1), switch("connected", 2), event("resolved", 5, reason="answered"))
    assert (one.way, one.ends_visibly) == (Way.SWITCHED, True)


@pytest.mark.parametrize(("again", "seen"), [((), False), ((event("closed_in_public", 9),), True)])
def test_a_line_ends_only_what_was_before_it(again: tuple[Event, ...], seen: bool) -> None:
    """The customer came back after the line: who reads on does not see how that ended, unless there is another."""
    first = (event("resolved", 3, reason="called"), event("closed_in_public", 4))
    one = told(*first, event("reopened", 6), event("resolved", 8, reason="called"), *again)
    assert one.ends_visibly is seen
