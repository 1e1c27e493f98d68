"""The audit sample: small, stable, quiet, and never more than one card to people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.assessment import Assessment
from models.card import Card
from models.decision import Decision, Eligibility, Kind, Reason, Route
from models.mention import Mention, Reach
from models.past import Past
from models.settings.sections import Thresholds
from models.store import Store
from responders.audit import sampled
from responders.console_card import one_line
from responders.decider import Decider
from responders.escalate import escalate
from responders.policy import decide
from responders.rules import rules_from
from responders.slack.card import blocks
from tests.build import NOW, assessment, mention, settings
from tests.fakes.clock import FakeClock
from tests.responders.judged import judged
from tests.responders.situations import assessments, case, decided, heads, mentions, past, pasts, rules, templates
from tests.stores import rows

IDS = [mention(external_id=str(number)).id for number in range(20_000)]
MOST = {"share": 0.2}
OPINION = {"intent": {"opinion": 1}, "sentiment": {"negative": 1}}
TOLD = {"communications": {"sink": "console", "to": "press"}}


def posts(share: float = 0.2, inside: bool = True) -> Iterator[Mention]:
    """Posts inside the sample, or outside of it."""
    every = (mention(external_id=str(number)) for number in range(10_000))
    return (post for post in every if sampled(post.id, share) is inside)


def of(post: Mention, said: Assessment, known: Past | None = None, **toml: Any) -> Decision:
    """The decision with the largest sample."""
    return decide(post, said, known or past(), rules(**{"audit": MOST} | toml), NOW)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.05, 0.2])
def test_the_sample_has_its_share(share: float) -> None:
    """Of 20,000 ids so many are in it as a fair coin would give, within four standard deviations."""
    found = sum(sampled(one, share) for one in IDS)
    assert abs(found - 20_000 * share) < 4 * (20_000 * share * (1 - share)) ** 0.5


def test_the_sample_is_the_same_everywhere() -> None:
    """It follows from the id alone: these are in it for ever, on every machine and under every Python."""
    assert [number for number, one in enumerate(IDS[:400]) if sampled(one, 0.01)] == [18, 236, 261, 281]


@given(st.text(max_size=40), st.floats(0, 0.2), st.floats(0, 0.2))
def test_a_larger_sample_holds_the_smaller(identifier: str, one: float, other: float) -> None:
    """Raising the share adds posts and takes none away; a share of nothing takes none at all."""
    assert sampled(identifier, min(one, other)) <= sampled(identifier, max(one, other))
    assert not sampled(identifier, 0)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"intent": {"broadcast": 1}}, Reason.BROADCAST),
        ({"intent": {"unrelated": 1}, "urgency": {"critical": 1}}, Reason.UNRELATED),
        (OPINION, Reason.OPINION),
    ],
)
def test_a_sampled_post_is_shown_with_both_reasons(said: dict[str, Any], reason: Reason) -> None:
    """It goes to the place for reviews, says first that it is a check, and keeps why it would have been ignored."""
    decision = of(next(posts()), heads(**said), routes={"review": {"sink": "console", "to": "#review"}})
    assert decision.route is Route.REVIEW
    assert decision.reasons[0] is Reason.AUDIT
    assert reason in decision.reasons
    (card,) = decision.messages
    assert (card.kind, card.target, card.case_id, decision.case) == (Kind.ALERT, "#review", None, None)


def test_the_card_says_what_it_is_and_how_to_answer() -> None:
    """Title, urgency and advice are those of a check; for the verdict Slack has buttons, a terminal the command."""
    post = next(posts())
    (message,) = of(post, heads(intent={"unrelated": 1}, urgency={"critical": 1})).messages
    card = Card.from_body(message.body)
    assert card.title.startswith("A check on the bot")
    assert card.urgency.startswith("low")
    assert f"correct {post.id} --needed" in card.recommendation
    assert card.why[0] == "audit sample: the bot would have ignored this"
    assert (card.draft, card.code) == ("", "")
    drawn = str(blocks(card))
    assert all(f"'action_id': '{verb}'" in drawn for verb in ("needed", "not_needed"))
    assert "low | A check on the bot" in one_line(message)
    assert card.recommendation in one_line(message)


def test_the_card_waits_behind_all_others() -> None:
    """Nothing is less pressing than a check, however grave the model took the post for."""
    (check,) = of(next(posts()), heads(intent={"broadcast": 1}, urgency={"critical": 1})).messages
    (review,) = decided(heads(), known=past()).messages
    assert check.priority < review.priority


def test_outside_the_sample_nothing_changes() -> None:
    """Posts that are not in the sample, or where it is off, are ignored as ever."""
    assert of(next(posts(inside=False)), heads(**OPINION)).route is Route.IGNORE
    ignored = of(next(posts()), heads(**OPINION), audit={"share": 0})
    assert (ignored.route, ignored.messages) == (Route.IGNORE, ())


def test_an_empty_post_is_not_sampled() -> None:
    """There is nothing to look at."""
    decisions = [of(mention(external_id=post.external_id, text=" "), heads()) for post in islice(posts(), 20)]
    assert {(decision.route, decision.messages) for decision in decisions} == {(Route.IGNORE, ())}


def test_what_communications_is_told_is_not_sampled() -> None:
    """A wide post that people see anyway is none that nobody sees; where nobody is told, it may be sampled."""
    wide = mention(external_id=next(posts()).external_id, reach=Reach(reposts=9000))
    told = of(wide, heads(**OPINION), routes=TOLD)
    assert (told.route, [message.purpose for message in told.messages]) == (Route.IGNORE, ["communications"])
    assert of(wide, heads(**OPINION)).messages[0].purpose == "audit"


def test_an_open_case_is_left_as_it_is() -> None:
    """The check of a post by somebody with an open case is a card of its own, and joins nothing."""
    decision = of(next(posts()), heads(**OPINION), past(case=case(Route.CALL)))
    assert (decision.case, decision.messages[0].purpose) == (None, "audit")


ALL = Thresholds.model_validate({"ignore": {"at": 0.0}})


@given(post=mentions(), said=st.data(), known=pasts(), mode=st.sampled_from(["off", "draft", "on"]))
@hypothesis_settings(max_examples=300, deadline=None)
def test_whatever_comes_a_check_is_one_quiet_card(post: Mention, said: Any, known: Past, mode: str) -> None:
    """Any sampled post makes one card and no reply, no case and no alarm; and deciding twice is deciding once."""
    judged_so = said.draw(assessments(len(post.text)))
    by = rules(
        post.channel,
        audit=MOST,
        thresholds=ALL.model_dump(),
        replies={"mode": mode, "routes": ["answer", "thank", "review"]},
        channels={post.channel: {"reply_with": "console"}},
        routes=TOLD,
    )
    decision = decide(post, judged_so, known, by, NOW)
    assert decision == decide(post, judged_so, known, by, NOW)
    if Reason.AUDIT not in decision.reasons:
        return
    assert sampled(post.id, 0.2)
    assert not judged_so.danger
    assert (decision.route, decision.case, decision.eligibility) == (Route.REVIEW, None, Eligibility.NONE)
    assert [(one.kind, one.purpose, one.priority) for one in decision.messages] == [(Kind.ALERT, "audit", 1)]


async def test_a_check_is_kept_countable_and_never_escalated(store: Store) -> None:
    """The decision's row names the sample, no case is opened, and no reminder comes however long it waits."""
    post = next(posts())
    rules_for = rules_from(settings(audit=MOST), templates())
    judged(store, (post, assessment(intent="broadcast", urgency="low", p=1.0)))
    await Decider(store, rules_for, "config-1", FakeClock()).handle(post.author_key)
    ((route, reasons),) = rows(store, "SELECT route, CAST(reasons AS TEXT) FROM decision")
    assert route == "review"
    assert '"audit"' in reasons
    assert rows(store, 'SELECT id FROM "case"') == []
    store.do(escalate, rules_for, NOW + 3 * settings().calendar.nudge_after)
    assert rows(store, "SELECT purpose FROM effect") == [("audit",)]
