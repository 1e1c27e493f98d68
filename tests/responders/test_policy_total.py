"""The policy is total and pure, and nothing is said in public while anything stands against it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.assessment import Assessment
from models.case import CaseState
from models.decision import Arm, Decision, Kind, Message, Reason, Route
from models.mention import Mention
from models.past import Past, Quote
from models.settings.sections import Thresholds
from responders.policy import decide
from tests.build import NOW
from tests.responders.situations import (
    EVERY_ROUTE,
    QUESTION,
    assessments,
    case,
    decided,
    heads,
    mentions,
    past,
    pasts,
    rules,
)

Situation = tuple[Mention, Assessment, Past]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Anything that could ever be decided."""
    post = draw(mentions())
    return post, draw(assessments(len(post.text))), draw(pasts())


REPLIES = st.sampled_from(["off", "draft", "on"])
MOSTS = st.sampled_from(["auto", "draft", "link", "none"])
TOLD = {"communications": {"sink": "console", "to": "press"}}
ZERO = Thresholds.model_validate({name: {"at": 0.0} for name in Thresholds.model_fields})


@given(
    situation=situations(),
    mode=REPLIES,
    most=MOSTS,
    sink=st.sampled_from(["", "console"]),
    zero=st.booleans(),
    holdout=st.sampled_from([0.0, 0.5, 1.0]),
)
@hypothesis_settings(max_examples=600, deadline=None)
def test_every_situation_has_one_decision(
    situation: Situation, mode: str, most: str, sink: str, zero: bool, holdout: float
) -> None:
    """Whatever comes, there is one route with a reason, the same each time, and no reply where one must not be."""
    post, assessment, known = situation
    by = rules(
        post.channel,
        replies={"mode": mode, "routes": EVERY_ROUTE},
        channels={post.channel: {"reply_with": sink, "most": most}},
        routes=TOLD,
        winback={"holdout": holdout},
        thresholds=(ZERO if zero else Thresholds()).model_dump(),
    )
    decision = decide(post, assessment, known, by, NOW)
    assert decision == decide(post, assessment, known, by, NOW)
    assert decision.route in Route
    assert decision.reasons
    assert len(set(decision.reasons)) == len(decision.reasons)
    assert len({message.key for message in decision.messages}) == len(decision.messages)
    replies = [message for message in decision.messages if message.kind is Kind.REPLY]
    assert len(replies) <= 1
    if replies:
        _may_be_said(post, assessment, known, mode, most, sink, decision.route)
        assert 0 < len(replies[0].body["text"]) <= by.manifest.max_length
    _heeds_the_past(decision, assessment, known)
    if decision.route is Route.PAGE:
        assert not any(message.body.get("draft") for message in decision.messages)


def _heeds_the_past(decision: Decision, assessment: Assessment, known: Past) -> None:
    """What is known of the person makes nothing less grave, and people see what belongs to a case of theirs."""
    if known.quote.joins:
        assert known.case
        assert decision.case
        assert (decision.case.id, decision.case.new) == (known.case.id, False)
        assert Reason.QUOTED_CODE in decision.reasons
    if Reason.TURNED in decision.reasons:
        assert decision.route in (Route.CALL, Route.PAGE)
        assert decision.case
        assert known.spoken_at
    if Reason.HELD_OUT in decision.reasons:
        assert decision.lane
        assert (decision.route, decision.lane.arm) == (Route.REVIEW, Arm.HELD_OUT)
        assert Reason.CHURN in decision.reasons
        grave = {Reason.DANGER, Reason.CRITICAL, Reason.PRIVATE_DATA, Reason.URGENT, Reason.TURNED}
        assert grave.isdisjoint(decision.reasons)
    if decision.lane:
        assert decision.case
        assert decision.lane.due > NOW
    if assessment.danger and Reason.EMPTY not in decision.reasons:
        assert decision.route is Route.PAGE


def _may_be_said(
    post: Mention, assessment: Assessment, known: Past, mode: str, most: str, sink: str, route: Route
) -> None:
    assert (mode, most, sink) == ("on", "auto", "console")
    assert route not in (Route.PAGE, Route.IGNORE)
    assert not assessment.danger
    assert not assessment.unsure
    assert len(assessment.findings) == 5
    assert (known.opted_out, known.replied_in_thread, known.last_reply_at) == (False, False, None)
    assert not known.quote.joins
    assert known.case is None or known.case.turned_at is None
    assert (known.replies_last_hour, known.replies_last_day) == (0, 0)
    assert post.channel == "telegram" or (post.channel == "x" and (post.addressees or post.quotes == "kestrelocare"))
    assert post.posted_at >= NOW


OBSTACLES: dict[str, dict[str, Any]] = {
    "danger": {"heads": {"danger": True}},
    "failed head": {"heads": {"sentiment": None}},
    "doubt": {"heads": {"churn": {"yes": 0.3, "no": 0.7}}},
    "language": {"heads": {"lang": ""}},
    "opted out": {"past": {"opted_out": True}},
    "open case": {"past": {"case": case(Route.REVIEW)}},
    "turned case": {"past": {"case": case(Route.REVIEW, state=CaseState.RESOLVED, turned_at=NOW)}},
    "turn": {
        "past": {"spoken_at": NOW - timedelta(hours=1), "said": (heads(),)},
        "heads": {"sentiment": {"negative": 1}},
    },
    "code": {"past": {"case": case(Route.REVIEW, state=CaseState.RESOLVED), "quote": Quote.OWN}},
    "code of another": {"past": {"case": case(Route.REVIEW, state=CaseState.RESOLVED), "quote": Quote.OTHER}},
    "thread": {"past": {"replied_in_thread": True}},
    "cooldown": {"past": {"last_reply_at": NOW}},
    "hour": {"past": {"replies_last_hour": 20}},
    "day": {"past": {"replies_last_day": 100}},
    "age": {"post": {"posted_at": NOW - timedelta(hours=1)}},
    "unsummoned": {"post": {"addressees": frozenset()}},
    "draft": {"replies": {"mode": "draft"}},
    "off": {"replies": {"mode": "off"}},
    "no route": {"replies": {"routes": []}},
    "most": {"channel": {"most": "draft"}},
    "no responder": {"channel": {"reply_with": ""}},
}
SAID: list[dict[str, Any]] = [
    {"intent": {"question": 1}},
    {"intent": {"praise": 1}},
    {"urgency": {"high": 1}},
    {"churn": {"yes": 1}},
    {},
]


@given(said=st.sampled_from(SAID), held=st.sets(st.sampled_from(sorted(OBSTACLES)), max_size=2))
@hypothesis_settings(max_examples=300, deadline=None)
def test_any_one_obstacle_holds_the_reply(said: dict[str, Any], held: set[str]) -> None:
    """A reply goes out if nothing at all stands against it, and only then."""

    def part(name: str, **base: Any) -> dict[str, Any]:
        return base | {key: value for one in sorted(held) for key, value in OBSTACLES[one].get(name, {}).items()}

    by = rules(
        replies=part("replies", mode="on", routes=EVERY_ROUTE),
        channels={"x": part("channel", reply_with="console")},
    )
    post = part("post", text=QUESTION, addressees=frozenset({"kestrelocare"}))
    decision = decided(heads(**part("heads", **said)), by=by, known=past(**part("past")), **post)
    assert (Kind.REPLY in _kinds(decision.messages)) is not bool(held)


def _kinds(messages: tuple[Message, ...]) -> list[Kind]:
    return [message.kind for message in messages]
