"""The messages of a decision: which cards, notes and replies, under which keys, and with private data taken out."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.assessment import Pii
from models.decision import CaseRef, Decision, Kind, Reason, Route
from models.mention import Author, Reach
from tests.responders.situations import QUESTION, case, decided, eager, heads, past, rules

TARGETS = {
    "page": {"sink": "console", "to": "pager"},
    "call": {"sink": "console", "to": "calls"},
    "winback": {"sink": "console", "to": "leaving"},
    "review": {"sink": "console", "to": "desk"},
    "communications": {"sink": "console", "to": "press"},
}
URGENT = heads(urgency={"high": 1})
PROBLEM = heads()


def parts(decision: Decision) -> list[tuple[Kind, str, str]]:
    """Kind, place and purpose of each message."""
    return [(message.kind, message.target, message.purpose) for message in decision.messages]


@pytest.mark.parametrize(
    ("assessment", "place"),
    [
        (heads(danger=True), "pager"),
        (URGENT, "calls"),
        (heads(churn={"yes": 1}), "leaving"),
        (PROBLEM, "desk"),
        (heads(intent={"question": 1}), "desk"),
    ],
)
def test_a_new_case_is_a_card_in_its_place(assessment: object, place: str) -> None:
    """Each route's first mention opens a case with one card in the place of that route."""
    decision = decided(assessment, text=QUESTION, by=rules(routes=TARGETS))  # type: ignore[arg-type]
    assert parts(decision) == [(Kind.ALERT, place, "card")]
    assert decision.case == CaseRef("case-1", "7X2F4RQ", new=True)
    assert (decision.messages[0].case_id, decision.messages[0].body["code"]) == ("case-1", "7X2F4RQ")


def test_a_later_mention_is_a_note_under_its_card() -> None:
    """A mention of an open case, no graver than it, is a note in the place of the case's card."""
    decision = decided(PROBLEM, by=rules(routes=TARGETS), known=past(case=case(Route.CALL)))
    assert parts(decision) == [(Kind.NOTE, "calls", "note")]
    assert decision.case == CaseRef("case-0", "CCCCCCC", new=False)
    assert Reason.SAME_CASE in decision.reasons
    assert Reason.ESCALATED not in decision.reasons


def test_a_graver_mention_is_a_card_of_its_own() -> None:
    """A mention graver than its case is a new card in the place of the graver route, on the same case."""
    decision = decided(URGENT, by=rules(routes=TARGETS), known=past(case=case(Route.REVIEW)))
    assert parts(decision) == [(Kind.ALERT, "calls", "card-call")]
    assert decision.case == CaseRef("case-0", "CCCCCCC", new=False)
    assert Reason.ESCALATED in decision.reasons
    assert Reason.SAME_CASE not in decision.reasons


ROUTES = {
    Route.ANSWER: heads(intent={"question": 1}),
    Route.REVIEW: PROBLEM,
    Route.WINBACK: heads(churn={"yes": 1}),
    Route.CALL: URGENT,
    Route.PAGE: heads(danger=True),
}


@pytest.mark.parametrize(("before", "now"), [*itertools.product(ROUTES, ROUTES)])
def test_only_a_graver_route_escalates(before: Route, now: Route) -> None:
    """Answer, review, win-back, call, page: a step up is a new card, danger always is one, anything else is a note."""
    decision = decided(ROUTES[now], text=QUESTION, known=past(case=case(before)))
    graver = list(ROUTES).index(now) > list(ROUTES).index(before)
    assert decision.route is now
    card = graver or now is Route.PAGE
    assert [message.kind for message in decision.messages] == [Kind.ALERT if card else Kind.NOTE]


def test_each_post_of_danger_pages_again() -> None:
    """Two posts of danger by one author are two cards: a line in a thread wakes nobody."""
    known = past(case=case(Route.PAGE))
    keys = {decided(heads(danger=True), known=known, external_id=post).messages[0].key for post in ("1", "2")}
    assert len(keys) == 2


def test_a_note_follows_its_card() -> None:
    """A later mention goes where the case's card stands, whatever the routes say by now."""
    known = past(case=replace(case(Route.CALL), sink="slack", target="#before"))
    note = decided(URGENT, by=rules(routes=TARGETS), known=known).messages[0]
    assert (note.kind, note.sink, note.target) == (Kind.NOTE, "slack", "#before")


@pytest.mark.parametrize("assessment", [heads(intent={"opinion": 1}), heads(intent={"praise": 1})])
def test_what_needs_nobody_stays_out_of_the_case(assessment: object) -> None:
    """An opinion or a thank-you of an author with an open case is no note on it."""
    decision = decided(assessment, known=past(case=case()))  # type: ignore[arg-type]
    assert (decision.case, decision.messages) == (None, ())


def test_communications_gets_a_second_card() -> None:
    """An unhappy post that many may see is a card and a second one for communications, on the same case."""
    unhappy = heads(urgency={"high": 1}, sentiment={"negative": 1})
    decision = decided(unhappy, by=rules(routes=TARGETS), reach=Reach(reposts=80))
    assert parts(decision) == [(Kind.ALERT, "calls", "card"), (Kind.ALERT, "press", "communications")]
    assert {message.case_id for message in decision.messages} == {"case-1"}


PRIVATE = "Kestrelo, call me on +44 7700 900123 or Anna@home.example, number +44 7700 900123!"
SPANS = (Pii("phone", 21, 36), Pii("email", 40, 57), Pii("phone", 66, 81))


@pytest.mark.parametrize("known", [past(), past(case=case(Route.CALL))])
def test_private_data_does_not_travel(known: object) -> None:
    """Private data in the post is masked on the card, on the second card and in a note, and nowhere repeated."""
    unhappy = heads(pii=SPANS, sentiment={"negative": 1})
    decision = decided(unhappy, text=PRIVATE, by=rules(routes=TARGETS), reach=Reach(reposts=80), known=known)  # type: ignore[arg-type]
    assert len(decision.messages) == 2
    for message in decision.messages:
        assert message.body["text"] == "Kestrelo, call me on [phone] or [email], number [phone]!"
        assert "900123" not in str(message)
        assert "home.example" not in str(message)
    assert Reason.PII_IN_POST in decision.reasons


def test_a_reply_goes_to_the_post() -> None:
    """A reply is for the channel's responder, aimed at the post, and carries what the unique index needs."""
    decision = decided(heads(intent={"question": 1}), text=QUESTION, by=eager(), conversation_id="c-1")
    (reply,) = decision.messages
    assert (reply.kind, reply.sink, reply.target, reply.purpose) == (Kind.REPLY, "console", "1900", "answer")
    assert reply.author_key
    assert reply.thread_key
    assert reply.body["channel"] == "telegram"


def test_keys_are_the_same_for_the_same_intent_only() -> None:
    """The same intent has the same key each time; another mention, case or purpose has another."""
    unhappy = heads(urgency={"high": 1}, sentiment={"negative": 1})

    def keys(external_id: str, **known: object) -> list[str]:
        decision = decided(unhappy, by=eager(), external_id=external_id, reach=Reach(reposts=80), known=past(**known))
        return [message.key for message in decision.messages]

    assert keys("1") == keys("1")
    different = [
        *keys("1"),
        *keys("2", fresh_id="case-2"),
        *keys("3", case=case(Route.CALL)),
        *keys("4", case=case(Route.REVIEW)),
    ]
    assert len(set(different)) == len(different)


def test_an_escalation_is_told_once_for_each_step() -> None:
    """Two mentions that escalate a case to the same route are one card, which is all that the outbox keeps."""
    one, two = (
        decided(URGENT, external_id=external_id, known=past(case=case(Route.REVIEW))).messages[0]
        for external_id in ("1", "2")
    )
    assert one.key == two.key


@pytest.mark.parametrize(
    ("author", "named"),
    [
        (Author(id="7", handle="anna_l", name="Anna Lind"), "Anna Lind (@anna_l)"),
        (Author(id="7", handle="anna_l"), "@anna_l"),
        (Author(id="7", name="Anna Lind"), "Anna Lind"),
        (Author(id="7"), "7"),
        (Author(id="447700900123"), "447700900123"),
        (Author(id="7", handle="a4477009001", name="Anna +44 7700 900123"), "Anna [phone] (@a4477009001)"),
        (Author(id="7", name="anna@home.example"), "[email]"),
    ],
)
def test_the_card_names_the_author(author: Author, named: str) -> None:
    """The card names the author as well as it can, without the private data that a name may hold."""
    assert decided(PROBLEM, author=author).messages[0].body["author"] == named


def test_a_reply_to_the_end_of_time_never_expires() -> None:
    """A post dated at the very end of the calendar is answered like any other."""
    end = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    (reply,) = decided(heads(intent={"question": 1}), text=QUESTION, by=eager(), posted_at=end).messages
    assert (reply.kind, reply.expires_at) == (Kind.REPLY, None)


def test_the_card_says_why() -> None:
    """The card says the reasons in words, the probabilities that mattered, and what the fix would take."""
    assessment = heads(urgency={"critical": 0.8, "high": 0.2}, sensitive={"payment": 0.9, "none": 0.1})
    body = decided(assessment, by=rules(routes=TARGETS)).messages[0].body
    assert body["title"] == "Call this customer now"
    assert body["why"][:2] == ("harm is happening or close", "the fix takes private data")
    assert body["scores"] == (("harm under way", 0.8), ("needs private data", 0.9), ("a problem", 1.0))
    assert (body["urgency"], body["private_data"]) == ("critical: act within minutes", "payment details")


def test_graver_cards_go_out_first() -> None:
    """In the outbox a page comes before harm under way, that before a call, and a call before the rest."""
    graver = [heads(danger=True), heads(urgency={"critical": 1}), URGENT, heads(churn={"yes": 1}), PROBLEM]
    priorities = [decided(assessment).messages[0].priority for assessment in graver]
    assert priorities == sorted(set(priorities), reverse=True)


@pytest.mark.parametrize(
    ("assessment", "said"),
    [
        (heads(danger=True, urgency={"low": 1}), "critical"),
        (heads(urgency={"critical": 0.32, "high": 0.4, "low": 0.28}), "critical"),
        (heads(urgency={"low": 0.6, "high": 0.4}), "high"),
        (heads(sensitive={"account": 1}, urgency={"low": 1}), "normal"),
        (heads(lang="", urgency={"low": 1}), "unknown"),
    ],
)
def test_a_card_never_says_less_than_its_decision(assessment: object, said: str) -> None:
    """The urgency on a card is at least what sent it there, and unknown where the model cannot read the language."""
    card = decided(assessment).messages[0].body  # type: ignore[arg-type]
    assert card["urgency"].startswith(said)


def test_communications_know_their_card() -> None:
    """The second card says for whom it is and drafts nothing."""
    wide = decided(URGENT, by=rules(routes=TARGETS), author=Author(id="1", followers=90_000)).messages
    theirs = [message.body for message in wide if message.purpose == "communications"]
    assert all(body["title"].startswith("For communications") and not body["draft"] for body in theirs)
