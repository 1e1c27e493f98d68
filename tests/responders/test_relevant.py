"""A post about something else of the brand's name is left alone and counted; in doubt, people see it, marked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.assessment import Danger
from models.decision import Decision, Eligibility, Reason, Route
from models.settings.types import Band
from responders.policy import decide
from responders.relevant import doubt_about
from tests.build import NOW, assessment, mention
from tests.responders.situations import past, rules

OURS, PERHAPS, OTHERS = 0.7, 0.3, 0.05
COMPARED = replace(rules(), relevance=Band(at=0.5, doubt=0.35))


def decided(relevance: float | None, post: dict[str, Any] | None = None, **model: Any) -> Decision:
    """What is decided of a post that the model takes for so likely about the brand."""
    return decide(mention(**post or {}), assessment(relevance=relevance, **model), past(), COMPARED, NOW)


@pytest.mark.parametrize(
    ("relevance", "doubt"),
    [
        (None, None),
        (OURS, None),
        (0.5, None),
        (PERHAPS, Reason.MAYBE_NOT_RELEVANT),
        (0.16, Reason.MAYBE_NOT_RELEVANT),
        (OTHERS, Reason.NOT_RELEVANT),
    ],
)
def test_the_band_says_which(relevance: float | None, doubt: Reason | None) -> None:
    """At the threshold a post is ours, in the band it is in doubt, and below it is about something else."""
    assert doubt_about(mention(), assessment(relevance=relevance), COMPARED) is doubt


def test_a_brand_that_does_not_say_what_it_is() -> None:
    """Without a sentence nothing is left out, whatever an earlier configuration made of the post."""
    assert doubt_about(mention(), assessment(relevance=OTHERS), rules()) is None


def test_something_else_is_left_alone() -> None:
    """A post about something else has no card, however urgent, and says why."""
    decision = decided(OTHERS, urgency="critical", churn="yes")
    assert (decision.route, decision.messages) == (Route.IGNORE, ())
    assert Reason.NOT_RELEVANT in decision.reasons


def test_communications_are_not_told_of_something_else() -> None:
    """A loud post about something else is nobody's crisis."""
    assert Reason.WIDE_REACH not in decided(OTHERS, {"author": replace(mention().author, followers=10**7)}).reasons


def test_in_doubt_people_see_it_marked() -> None:
    """A grave post in doubt keeps its route and says that it may not be ours."""
    decision, sure = decided(PERHAPS), decided(OURS)
    assert decision.route is sure.route is not Route.IGNORE
    assert Reason.MAYBE_NOT_RELEVANT in decision.reasons
    assert Reason.MAYBE_NOT_RELEVANT not in sure.reasons


def test_in_doubt_nothing_is_thanked_for() -> None:
    """A machine thanks nobody for praise of what may be something else."""
    praise = {"intent": "praise", "sentiment": "positive", "urgency": "low"}
    assert decided(OURS, **praise).route is Route.THANK
    assert decided(PERHAPS, **praise).route is Route.REVIEW


def test_in_doubt_nothing_is_said_automatically() -> None:
    """Whatever else allows it, the bot does not answer a post that may not be ours."""
    assert Reason.UNSURE in decided(PERHAPS).reasons


def test_danger_comes_first() -> None:
    """Danger to somebody pages people even in a post about something else, and they are told that it may be."""
    decision = decided(OTHERS, danger=(Danger("self_harm", "words"),))
    assert decision.route is Route.PAGE
    assert Reason.MAYBE_NOT_RELEVANT in decision.reasons
    assert decision.eligibility is Eligibility.NONE


@pytest.mark.parametrize("post", [{"added": True}, {"addressees": frozenset(COMPARED.handles)}])
def test_what_is_meant_for_us_is_ours(post: dict[str, Any]) -> None:
    """What a member of the team handed in, or what speaks to the brand's account, is about the brand."""
    assert doubt_about(mention(**post), assessment(relevance=OTHERS), COMPARED) is None


def test_an_unknown_language_is_in_doubt() -> None:
    """In a language that the model never learnt, its word leaves nothing out."""
    unsure = assessment(relevance=OTHERS, unsure=("language",))
    assert doubt_about(mention(), unsure, COMPARED) is Reason.MAYBE_NOT_RELEVANT
