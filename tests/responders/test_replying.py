"""The limits of what the bot says by itself: each holds at its very edge and not before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.decision import Decision, Kind, Reason, Route
from models.past import Past
from tests.build import NOW
from tests.responders.situations import QUESTION, case, decided, eager, heads, past, rules

ASKED = heads(intent={"question": 1})
PRAISED = heads(intent={"praise": 1}, sentiment={"positive": 1})


def answered(known: Past, **replies: Any) -> Decision:
    """The decision on a question that the FAQ answers, in a chat where the bot may."""
    return decided(ASKED, text=QUESTION, by=eager(**replies), known=known)


def replies(decision: Decision) -> list[str]:
    """What goes out."""
    return [message.body["text"] for message in decision.messages if message.kind is Kind.REPLY]


LIMITS = [
    (past(replied_in_thread=True), Reason.ALREADY_REPLIED),
    (past(last_reply_at=NOW - timedelta(hours=23, minutes=59)), Reason.AUTHOR_COOLDOWN),
    (past(replies_last_hour=20), Reason.HOURLY_CAP),
    (past(replies_last_day=100), Reason.DAILY_CAP),
    (past(opted_out=True), Reason.OPTED_OUT),
]


@pytest.mark.parametrize(("known", "reason"), LIMITS)
def test_a_limit_holds_the_reply_and_asks_a_person(known: Past, reason: Reason) -> None:
    """At a limit nothing goes out, the reason is kept, and a person gets the card with the draft."""
    decision = answered(known)
    assert replies(decision) == []
    assert reason in decision.reasons
    assert [(message.kind, bool(message.body["draft"])) for message in decision.messages] == [(Kind.ALERT, True)]


@pytest.mark.parametrize(
    "known",
    [past(), past(last_reply_at=NOW - timedelta(hours=24)), past(replies_last_hour=19), past(replies_last_day=99)],
)
def test_below_its_limits_the_bot_answers(known: Past) -> None:
    """Just below every limit the reply goes out, and no person is asked."""
    decision = answered(known)
    assert replies(decision) == ["Yes: kestrelo.example/roaming"]
    assert decision.case is None


@pytest.mark.parametrize(("age", "sent"), [(timedelta(minutes=15), True), (timedelta(minutes=15, seconds=1), False)])
def test_an_old_post_is_not_answered(age: timedelta, sent: bool) -> None:
    """A post is answered up to its greatest age and never after it."""
    decision = decided(ASKED, text=QUESTION, by=eager(), posted_at=NOW - age)
    assert bool(replies(decision)) is sent
    assert (Reason.TOO_OLD in decision.reasons) is not sent


def test_a_reply_expires_with_its_post() -> None:
    """A reply that waits in the outbox is worthless once the post is too old, and says when that is."""
    decision = decided(ASKED, text=QUESTION, by=eager(max_age="5m"), posted_at=NOW - timedelta(minutes=2))
    assert decision.messages[0].expires_at == NOW + timedelta(minutes=3)


@pytest.mark.parametrize(("today", "sent"), [(4, True), (5, False)])
def test_thanks_have_a_limit_of_their_own(today: int, sent: bool) -> None:
    """Thank-yous end at their own daily limit, and then nobody is bothered."""
    decision = decided(PRAISED, by=eager(), known=past(thanks_last_day=today))
    assert bool(replies(decision)) is sent
    assert (decision.route, decision.case) == (Route.THANK, None)
    assert (Reason.THANKS_CAP in decision.reasons) is not sent


def test_the_thanks_limit_is_for_thanks_only() -> None:
    """An answer goes out though the day's thank-yous are used up."""
    assert replies(answered(past(thanks_last_day=5)))


@pytest.mark.parametrize("changes", [{"mode": "draft"}, {"mode": "off"}, {"routes": ["thank"]}])
def test_only_what_is_switched_on_goes_out(changes: dict[str, Any]) -> None:
    """With another mode, or a route that is not listed, nothing goes out and the reason says so."""
    decision = answered(past(), **changes)
    assert replies(decision) == []
    assert Reason.REPLIES_OFF in decision.reasons


def test_off_means_not_even_a_draft() -> None:
    """With replies off nothing is drafted, on any route."""
    for assessment in (ASKED, heads(urgency={"high": 1}), heads(churn={"yes": 1})):
        (card,) = decided(assessment, text=QUESTION, by=eager(mode="off")).messages
        assert card.body["draft"] == ""


@pytest.mark.parametrize("lang", ["nl", "", "xx"])
def test_no_reviewed_text_no_reply(lang: str) -> None:
    """In a language without reviewed texts nothing is drafted."""
    decision = decided(heads(urgency={"high": 1}, lang=lang), by=eager())
    assert replies(decision) == []
    assert Reason.NO_TEMPLATE in decision.reasons


def test_a_language_that_is_not_wanted_is_not_used() -> None:
    """A language that the configuration leaves out is not drafted in, though its texts exist."""
    decision = decided(heads(urgency={"high": 1}, lang="fr"), by=eager(languages=["en"]))
    assert Reason.NO_TEMPLATE in decision.reasons


def test_an_answer_too_long_for_the_platform_is_not_sent() -> None:
    """An answer longer than the platform takes goes to a person, whole."""
    long = {"questions": [QUESTION], "answer": "a" * 281}
    by = rules(
        brands={"kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"], "handles": {"x": ["k"]}, "faq": [long]}},
        replies={"mode": "on"},
        channels={"x": {"reply_with": "console"}},
    )
    decision = decided(ASKED, text=QUESTION, by=by, addressees=frozenset({"k"}))
    assert [(message.kind, len(message.body["draft"])) for message in decision.messages] == [(Kind.ALERT, 281)]


def test_a_reply_quotes_the_code_of_its_case() -> None:
    """The public line names the code of the case that it opens with its card."""
    decision = decided(heads(urgency={"high": 1}), by=eager())
    assert decision.case
    assert decision.case.code == "7X2F4RQ"
    assert "7X2F4RQ" in replies(decision)[0]


def test_nobody_is_answered_past_the_people_who_have_them_in_hand() -> None:
    """While an author's case is open, whatever its route, the bot says nothing by itself: the post goes to the case."""
    for route in (Route.PAGE, Route.CALL, Route.REVIEW):
        decision = decided(ASKED, text=QUESTION, by=eager(), known=past(case=case(route)))
        assert [message.kind for message in decision.messages] == [Kind.NOTE]
        assert Reason.OPEN_CASE in decision.reasons
