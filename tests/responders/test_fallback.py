"""What people are told instead of a message that is not carried out: always something, never for ever."""

from __future__ import annotations

from typing import Any

import pytest

from models.decision import Kind, Message
from models.settings.sections import Target
from responders.fallback import Fallback
from responders.rules import rules_from
from tests.build import settings
from tests.responders.cards import CARD, message
from tests.responders.situations import templates

OPERATOR = Target(sink="console", to="ops")
ROUTES = {"call": {"sink": "console", "to": "calls"}, "review": {"sink": "console", "to": "desk"}}


def told(kind: Kind, operator: Target | None = OPERATOR, body: Any = None, **fields: Any) -> list[Message]:
    """What follows a refused message of a kind."""
    fallback = Fallback(rules_from(settings(routes=ROUTES), templates()), operator)
    fields = {"brand": "kestrelo", "channel": "telegram", "purpose": "card"} | fields
    return [*fallback(message(kind, body, **fields), "the channel is archived")]


def test_a_reply_goes_to_the_team_with_its_draft() -> None:
    """A public reply that was not sent is told to the team, with the draft, the post and the reason."""
    body = {"text": "We are sorry.", "link": "https://t.me/c/1"}
    (notice,) = told(Kind.REPLY, body=body, mention_id="m1", author_key="a1")
    assert (notice.kind, notice.sink, notice.target) == (Kind.NOTICE, "console", "desk")
    assert all(part in notice.body["text"] for part in ("We are sorry.", "https://t.me/c/1", "the channel is archived"))
    assert (notice.mention_id, notice.author_key) == ("m1", "a1")


def test_a_lost_card_goes_to_the_operator_and_to_another_place() -> None:
    """A card that its place refuses is told to the operator and posted where the calls go."""
    notice, card = told(Kind.ALERT, target="archived")
    assert (notice.kind, notice.target) == (Kind.NOTICE, "ops")
    assert all(part in notice.body["text"] for part in ("team", "archived", "the channel is archived"))
    assert (card.kind, card.sink, card.target, card.body) == (Kind.ALERT, "console", "calls", CARD.to_body())
    assert len({notice.key, card.key, "key-alert"}) == 3


def test_a_card_lost_at_the_last_place_goes_to_the_operator_only() -> None:
    """A card that the place of the calls refuses has no other place to go to."""
    assert [one.kind for one in told(Kind.ALERT, sink="console", target="calls")] == [Kind.NOTICE]


@pytest.mark.parametrize("kind", [Kind.NOTE, Kind.ERASE])
def test_the_rest_goes_to_the_operator(kind: Kind) -> None:
    """A note or an erasure that was refused is told to the operator."""
    assert [(one.kind, one.target) for one in told(kind)] == [(Kind.NOTICE, "ops")]


def test_a_survey_that_was_not_asked_is_told_once_a_case() -> None:
    """The operator learns which sink and why; the next questions of the same case say nothing new."""
    (first,) = told(Kind.SURVEY, case_id="case-1", target="-100:5")
    (again,) = told(Kind.TAPPED, case_id="case-1", target="-100:5")
    assert first.key == again.key
    assert first.body["text"] == "team did not ask a customer how it went: the channel is archived"


def test_a_failed_notice_is_not_told_again() -> None:
    """A notice to the operator that was refused is not followed by another one."""
    assert told(Kind.NOTICE, purpose="notice") == []


def test_a_notice_to_the_team_ends_at_the_operator() -> None:
    """A notice to the team that was refused is told to the operator, and that one is the last."""
    (notice,) = told(Kind.NOTICE, purpose="reply-not-sent")
    assert (notice.target, notice.purpose) == ("ops", "notice")


def test_without_an_operator_the_log_has_it(caplog: pytest.LogCaptureFixture) -> None:
    """Without an operator's place a refusal stands in the log."""
    assert told(Kind.NOTE, operator=None) == []
    assert "the channel is archived" in caplog.text


@pytest.mark.parametrize("kind", Kind)
def test_the_same_refusal_has_the_same_keys(kind: Kind) -> None:
    """Told twice, the outbox keeps one: the keys depend on the message alone."""
    assert [one.key for one in told(kind)] == [one.key for one in told(kind)]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("brand", ["gone", ""])
def test_a_message_of_no_known_brand_is_told_as_well(kind: Kind, brand: str) -> None:
    """A refused message of a brand that was taken out, or of none, is told to somebody all the same."""
    assert told(kind, brand=brand)


def test_refusals_come_to_an_end() -> None:
    """Where every place refuses everything, what follows what ends after two steps."""
    waiting, steps = told(Kind.ALERT, target="archived"), 0
    fallback = Fallback(rules_from(settings(routes=ROUTES), templates()), OPERATOR)
    while waiting:
        waiting = [follow for one in waiting for follow in fallback(one, "refused too")]
        steps += 1
    assert steps == 2
