"""The policy: total and pure, in the order of its docstring, with thresholds that mean what they say."""

from __future__ import annotations

from typing import Any

import pytest

from models.assessment import Assessment
from models.decision import Eligibility, Kind, Message, Reason, Route
from models.mention import Author, Mention, Reach
from models.past import Past
from models.settings.sections import Thresholds
from responders.policy import decide
from responders.reading import read
from tests.build import NOW, mention, settings
from tests.responders.situations import (
    EVERY_ROUTE,
    KESTRELO,
    QUESTION,
    decided,
    eager,
    heads,
    past,
    rules,
    rules_from,
    templates,
)

GRAVE = ("urgent", "critical", "private", "churn")
GRAVEST: dict[str, Any] = {
    "intent": {"broadcast": 1},
    "urgency": {"critical": 1},
    "sensitive": {"payment": 1},
    "churn": {"yes": 1},
}


def test_danger_comes_before_everything() -> None:
    """1: a post that speaks of danger pages people, even one that the model takes for an advertisement."""
    decision = decided(heads(danger=True, **GRAVEST), by=eager())
    assert (decision.route, decision.reasons[0]) == (Route.PAGE, Reason.DANGER)
    assert decision.eligibility is Eligibility.NONE
    assert [message.kind for message in decision.messages] == [Kind.ALERT]


@pytest.mark.parametrize("label", ["broadcast", "unrelated"])
def test_news_is_counted_before_anything_is_done(label: str) -> None:
    """2: news and posts about something else are counted, whatever the other heads say of them."""
    decision = decided(heads(**GRAVEST | {"intent": {label: 1}}), by=eager())
    assert (decision.route, decision.messages, decision.case) == (Route.IGNORE, (), None)
    assert Reason(label) in decision.reasons


@pytest.mark.parametrize(
    "assessment", [heads(intent={"broadcast": 1}, churn=None), heads(intent={"unrelated": 1}, lang="")]
)
def test_news_is_not_left_out_on_a_guess(assessment: Assessment) -> None:
    """2: where a head failed or the language is unknown, nothing is left out as news."""
    assert decided(assessment).route is Route.REVIEW


def test_harm_under_way_comes_before_leaving() -> None:
    """3: harm under way is a call, also for an author who is leaving."""
    decision = decided(heads(urgency={"critical": 1}, churn={"yes": 1}, sensitive={"payment": 1}))
    assert decision.route is Route.CALL
    assert {Reason.CRITICAL, Reason.CHURN, Reason.PRIVATE_DATA} <= set(decision.reasons)


def test_leaving_comes_before_a_plain_call() -> None:
    """4: an author who is leaving goes to the win-back lane, even if the fix is urgent and takes private data."""
    decision = decided(heads(churn={"yes": 1}, urgency={"high": 1}, sensitive={"account": 1}))
    assert decision.route is Route.WINBACK
    assert {Reason.CHURN, Reason.URGENT, Reason.PRIVATE_DATA} <= set(decision.reasons)


@pytest.mark.parametrize(
    ("said", "reason"),
    [({"sensitive": {"account": 1}}, Reason.PRIVATE_DATA), ({"urgency": {"high": 1}}, Reason.URGENT)],
)
def test_private_or_urgent_is_a_call(said: dict[str, Any], reason: Reason) -> None:
    """5: a fix that takes private data, or cannot wait, is a call, even where the FAQ has an answer."""
    decision = decided(heads(intent={"question": 1}, **said), text=QUESTION, by=eager())
    assert decision.route is Route.CALL
    assert reason in decision.reasons


def test_the_faq_answers_a_question() -> None:
    """6: a question that the FAQ holds is answered."""
    decision = decided(heads(intent={"question": 1}), text=QUESTION)
    assert (decision.route, Reason.FAQ in decision.reasons) == (Route.ANSWER, True)


def test_praise_is_thanked() -> None:
    """7: praise is thanked, and no person is asked."""
    decision = decided(heads(intent={"praise": 1}, sentiment={"positive": 1}))
    assert (decision.route, decision.case, decision.messages) == (Route.THANK, None, ())


@pytest.mark.parametrize("unhappy", [1.0, 0.55])
def test_unhappy_praise_is_no_praise(unhappy: float) -> None:
    """8: praise from an author who is, or may be, unhappy may be irony, so a person looks and nobody is thanked."""
    said = {"negative": unhappy, "neutral": 1 - unhappy}
    decision = decided(heads(intent={"praise": 1}, sentiment=said), by=eager())
    assert decision.route is Route.REVIEW
    assert Reason.UNSURE in decision.reasons


def test_an_opinion_is_counted() -> None:
    """7: an opinion is counted, however unhappy it is."""
    decision = decided(heads(intent={"opinion": 1}, sentiment={"negative": 1}))
    assert (decision.route, decision.messages) == (Route.IGNORE, ())
    assert {Reason.OPINION, Reason.NEGATIVE} <= set(decision.reasons)


@pytest.mark.parametrize(
    ("intent", "reason"),
    [
        ({"problem": 1}, Reason.PROBLEM),
        ({"question": 1}, Reason.QUESTION),
        ({"problem": 0.4, "question": 0.4, "praise": 0.2}, Reason.UNSURE),
    ],
)
def test_a_person_gets_the_rest(intent: dict[str, float], reason: Reason) -> None:
    """8: problems and questions that are left, and posts that are nothing for certain, go to a person."""
    decision = decided(heads(intent=intent), text="How odd is this thing?")
    assert (decision.route, reason in decision.reasons) == (Route.REVIEW, True)
    assert [message.kind for message in decision.messages] == [Kind.ALERT]


@pytest.mark.parametrize("head", ["intent", "sentiment", "urgency", "sensitive", "churn"])
def test_a_failed_head_means_a_person(head: str) -> None:
    """8: where a head failed, a person looks, though the rest looks like a question with a ready answer."""
    said: dict[str, Any] = {"intent": {"question": 1}, head: None}
    decision = decided(heads(**said), text=QUESTION, by=eager())
    assert decision.route is Route.REVIEW
    assert Reason.CLASSIFIER_FAILED in decision.reasons
    assert Kind.REPLY not in {message.kind for message in decision.messages}


def test_an_unknown_language_means_a_person() -> None:
    """8: where the model does not know the language, a person looks."""
    decision = decided(heads(lang="", intent={"praise": 1}), by=eager())
    assert (decision.route, Reason.UNKNOWN_LANGUAGE in decision.reasons) == (Route.REVIEW, True)


def test_an_empty_post_is_counted() -> None:
    """A post without text is counted and nothing else."""
    decision = decided(heads(urgency={"critical": 1}), text=" \n ")
    assert (decision.route, decision.messages) == (Route.IGNORE, ())
    assert Reason.EMPTY in decision.reasons


def _at(name: str, p: float) -> Assessment:
    """An assessment in which the probability behind a threshold is ``p``."""
    shares: dict[str, tuple[str, str, str]] = {
        "ignore": ("intent", "broadcast", "problem"),
        "idle": ("intent", "opinion", "problem"),
        "question": ("intent", "question", "opinion"),
        "praise": ("intent", "praise", "opinion"),
        "problem": ("intent", "problem", "opinion"),
        "negative": ("sentiment", "negative", "neutral"),
        "urgent": ("urgency", "high", "low"),
        "critical": ("urgency", "critical", "low"),
        "private": ("sensitive", "account", "none"),
        "churn": ("churn", "yes", "no"),
    }
    head, label, rest = shares[name]
    return heads(**{head: {label: p, rest: 1 - p}})


NAMES = sorted(set(Thresholds.model_fields) - {"faq"})


@pytest.mark.parametrize("at", [0.1, 0.3, 0.5, 0.7, 0.8, 0.95])
@pytest.mark.parametrize("name", NAMES)
def test_a_threshold_holds_from_its_very_value(name: str, at: float) -> None:
    """At exactly ``at`` a threshold holds; a hair below it, it is in doubt if it has a doubt band."""
    bands = Thresholds.model_validate({name: {"at": at, "doubt": 0.05}})
    assert name in read(_at(name, at), bands).yes
    below = read(_at(name, at - 0.00001), bands)
    assert (name in below.yes, name in below.doubt) == (False, True)
    far = read(_at(name, at - 0.06), bands)
    assert (name in far.yes, name in far.doubt) == (False, False)


def test_shares_add_up_to_a_threshold() -> None:
    """Probabilities that sum to the threshold reach it, though 0.7 + 0.1 is less than 0.8 in a computer."""
    bands = Thresholds.model_validate({"urgent": {"at": 0.8}})
    assert "urgent" in read(heads(urgency={"high": 0.7, "critical": 0.1, "low": 0.2}), bands).yes


@pytest.mark.parametrize("name", GRAVE)
def test_in_grave_doubt_a_person_decides(name: str) -> None:
    """Inside the doubt band of anything grave a person looks, at a post that would else be answered by the bot."""
    band = getattr(Thresholds(), name)
    doubtful = _at(name, band.at - band.doubt / 2)
    question = heads(intent={"question": 1})
    assert decided(question, text=QUESTION, by=eager()).messages[0].kind is Kind.REPLY
    mixed = Assessment(findings={**doubtful.findings, "intent": question.findings["intent"]}, lang="en")  # type: ignore[dict-item,index]
    decision = decided(mixed, text=QUESTION, by=eager())
    assert (decision.route, Reason.UNSURE in decision.reasons) == (Route.REVIEW, True)
    assert Kind.REPLY not in {message.kind for message in decision.messages}


def test_an_override_stays_where_it_is_set() -> None:
    """A brand's threshold changes only that brand, a channel's only that channel, and the brand's is the last word."""
    own = settings(
        brands={
            "kestrelo": {**KESTRELO, "thresholds": {"urgent": {"at": 0.9}}},
            "dimora": {"name": "Dimora", "terms": ["dimora"]},
        },
        channels={"reddit": {"thresholds": {"urgent": {"at": 0.8}, "churn": {"at": 0.3}}}},
        thresholds={"urgent": {"at": 0.6}},
    )
    rules_for = rules_from(own, templates())
    at = {
        pair: rules_for(*pair).thresholds for pair in (("kestrelo", "x"), ("kestrelo", "reddit"), ("dimora", "reddit"))
    }
    assert at["kestrelo", "x"].urgent.at == at["kestrelo", "reddit"].urgent.at == 0.9
    assert at["dimora", "reddit"].urgent.at == 0.8
    assert rules_for("dimora", "x").thresholds == own.thresholds
    assert at["kestrelo", "x"].churn == own.thresholds.churn
    routes = [decide(m, _at("urgent", 0.7), p, rules_for(m.brand, m.channel), NOW).route for m, p in _both_brands()]
    assert routes == [Route.REVIEW, Route.CALL]


def _both_brands() -> list[tuple[Mention, Past]]:
    return [(mention(), past()), (mention(brand="dimora"), past())]


def test_a_brand_that_was_taken_out_still_goes_to_people() -> None:
    """What is under way for a brand that is configured no more goes to people by the global routes; nothing is said."""
    by = rules(
        "telegram",
        "gone",
        replies={"mode": "on", "routes": EVERY_ROUTE},
        channels={"telegram": {"reply_with": "console"}},
    )
    decision = decided(heads(urgency={"high": 1}), by=by, brand="gone")
    assert [(message.kind, message.sink) for message in decision.messages] == [(Kind.ALERT, "console")]
    assert decision.eligibility is Eligibility.LINK


@pytest.mark.parametrize(("followers", "reposts", "told"), [(50_000, 0, True), (0, 50, True), (49_999, 49, False)])
def test_communications_hears_of_wide_reach(followers: int, reposts: int, told: bool) -> None:
    """An unhappy post that many may see is also told to communications, even one with nothing to fix."""
    author = Author(id="7", followers=followers)
    for intent in ("problem", "opinion"):
        decision = decided(
            heads(intent={intent: 1}, sentiment={"negative": 1}),
            by=rules(routes={"communications": {"sink": "console", "to": "press"}}),
            author=author,
            reach=Reach(reposts=reposts),
        )
        assert (Reason.WIDE_REACH in decision.reasons) is told
        assert ("press" in {message.target for message in decision.messages}) is told


def test_communications_can_be_nobody() -> None:
    """Without a place for communications there is no second card."""
    decision = decided(heads(sentiment={"negative": 1}), reach=Reach(reposts=99))
    assert [message.purpose for message in decision.messages] == ["card"]


def _kinds(messages: tuple[Message, ...]) -> list[Kind]:
    return [message.kind for message in messages]


def test_an_answer_that_may_not_be_sent_goes_to_a_person() -> None:
    """With drafts only, the ready answer stands on a card."""
    decision = decided(heads(intent={"question": 1}), text=QUESTION, by=eager(mode="draft"))
    assert (decision.route, _kinds(decision.messages)) == (Route.ANSWER, [Kind.ALERT])
    assert decision.messages[0].body["draft"] == "Yes: kestrelo.example/roaming"
