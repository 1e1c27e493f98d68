"""The report of what people really did: one case through the store's own functions, and one meaning of each word."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from insights.digest import DAY, digest
from insights.report import Report, report
from models.case import CallOutcome, Resolution
from models.decision import Reason, Receipt, Route
from models.events import EventType
from models.mention import Author
from models.past import SCREENED_OUT, Screened
from models.press import Person
from models.store import Store, answers, board, casework, digests, effects, privacy, surveys, switches
from models.store import report as material
from models.store.report import Span
from models.switch import CUSTOMER, Stage
from tests.build import NOW, mention
from tests.build import settings as build_settings
from tests.models.store.desk import ANA, later_post, shown
from tests.models.store.steps import CASE, LATER, alert, claimed, decide, listen, redecide, reply

MINUTE = timedelta(minutes=1)
UNTIL = NOW + timedelta(days=9)


def reported(store: Store, **span: str) -> Report:
    """The report of ten days around it."""
    return report(store.do(material.read, Span(NOW - DAY, UNTIL, **span)), build_settings())


def through(store: Store) -> None:
    """A case goes the whole way: card, claim, offer, page, number, brief, call, and the survey."""
    shown(store)
    at = [LATER + minute * MINUTE for minute in range(100)]
    store.do(casework.claim, CASE.id, ANA, at[4])
    store.do(switches.advance, CASE.id, Stage.OFFERED, at[10], ANA)
    store.do(switches.advance, CASE.id, Stage.OPENED, at[20], CUSTOMER)
    store.do(switches.advance, CASE.id, Stage.ACCEPTED, at[25], CUSTOMER)
    store.do(casework.note_event, CASE.id, EventType.BRIEF_OPENED, ANA, at[30])
    store.do(casework.call_ended, CASE.id, ANA, CallOutcome.RESOLVED, "", at[40])
    store.do(surveys.ask, CASE.id, "page", at[50])
    store.do(surveys.answer, CASE.id, at[60], DAY, csat=5, nps=9, again=False)


def test_the_whole_way(store: Store) -> None:
    """Every stage is reached, the story was kept, nothing was explained twice, and the switch held."""
    through(store)
    made = reported(store)
    (pair,) = made.pairs
    assert (pair.from_channel, pair.to_channel) == ("x", "voice")
    assert [(rung.stage, rung.reached) for rung in pair.rungs] == [
        *((stage.value, 1) for stage in list(Stage)[:7]),
        ("closed", 0),
    ]
    assert (pair.held.of.share, pair.context_kept.share, pair.explained_again.share) == (1, 1, 0)
    assert pair.offer_to_call.p50 == 30 * 60
    (channel,) = made.channels
    assert (channel.speed.claim.always.p50, channel.speed.first_response.always.p50) == (4 * 60, 41 * 60)
    assert (channel.outcome.switched.hits, channel.outcome.visible_ending.hits) == (1, 0)
    voice = next(one for one in made.said if one.path == "voice")
    assert (voice.satisfied.hits, voice.nps.score) == (1, 100)


def test_who_comes_back_in_public_was_not_helped(store: Store) -> None:
    """A post after the call makes the switch failed, in the funnel and for the channel."""
    through(store)
    later_post(store, minutes=24 * 60, now=NOW + timedelta(days=1, minutes=1))
    made = reported(store)
    assert (made.pairs[0].held.of.share, made.pairs[0].failed.share) == (0, 1)
    assert made.channels[0].outcome.came_back.share == 1


def test_numbers_stay_when_a_person_is_forgotten(store: Store) -> None:
    """All of the case's numbers are as before: the history keeps what happened and when."""
    through(store)
    before = reported(store)
    store.do(privacy.forget, "x", "anna_l", NOW + timedelta(days=3))
    after = reported(store)
    assert after.pairs == before.pairs
    assert after.said == before.said
    assert [one.speed.claim for one in after.channels] == [one.speed.claim for one in before.channels]
    assert after.total.outcome == before.total.outcome


def test_only_what_was_asked_for(store: Store) -> None:
    """Another brand and another channel have no part in it."""
    through(store)
    assert reported(store, brand="kestrelo").total.counts.cases == 1
    assert reported(store, channel="x").total.counts.cases == 1
    assert reported(store, brand="rivalo").total.counts.cases == 0
    assert reported(store, channel="telegram").channels == ()


@pytest.mark.parametrize("since", [NOW - DAY, LATER + MINUTE])
def test_the_past_stays_as_it_was(store: Store, since: datetime) -> None:
    """The report of a span that is over does not change by what happens later, nor does the backlog of its end."""
    shown(store)
    store.do(casework.claim, CASE.id, ANA, LATER + 4 * MINUTE)
    span = Span(since, LATER + 5 * MINUTE)
    before = report(store.do(material.read, span), build_settings())
    assert before.total.backlog.open == 1
    store.do(casework.resolve, CASE.id, ANA, Resolution.CALLED, "", LATER + 9 * MINUTE)
    assert report(store.do(material.read, span), build_settings()) == before


def test_what_a_rule_sorted_out_is_no_mention(store: Store) -> None:
    """The brand's own posts, muted ones and the like were heard and left out; they are no volume, and have no lag."""
    posts = [mention(external_id=str(number)) for number in range(10)]
    listen(store, *(Screened(post, why) for post, why in zip(posts, [None, None, *SCREENED_OUT], strict=True)))
    redecide(store, posts[0], case=None, route=Route.IGNORE, reasons=(Reason.OPINION,))
    assert reported(store).total.counts.mentions == 2


def test_claimed_means_the_same_everywhere(store: Store) -> None:
    """The day's figures, the digest and the report say the same of claims and first responses."""
    people = [Author(id=f"a{number}", handle=f"u{number}", name="U") for number in range(3)]
    posts = [mention(external_id=author.id, author=author) for author in people]
    for post in posts:
        ref = replace(CASE, id=post.external_id, code=post.external_id)
        decide(store, post, alert(post, ref), case=ref)
        store.do(effects.sent, claimed(store), Receipt("C1:1"), LATER)
    for post, wait, heard in zip(posts, (3, 7, 20), (9, 13, 33), strict=True):
        at = LATER + wait * MINUTE
        if wait < 20:
            store.do(casework.claim, post.external_id, ANA, at)
            store.do(casework.release, post.external_id, ANA, at)
        else:
            store.do(casework.hand_over, post.external_id, ANA, Person("U9", "Cem"), "", at)
        store.do(answers.arrived, replace(reply(post), case_id=post.external_id), NOW + heard * MINUTE)
    now = LATER + timedelta(hours=1)
    today = store.do(board.today, NOW - MINUTE, now)
    text = digest(store.do(digests.period, now - DAY, now), now.tzinfo)["text"]
    (channel,) = reported(store).channels
    assert (today.claim, today.first_response) == (7 * 60, 13 * 60)
    assert (channel.speed.claim.always.p50, channel.speed.first_response.always.p50) == (7 * 60, 13 * 60)
    assert "Half were claimed within 7 min, nine in ten within 20 min." in text
    assert "Half were answered or called within 13 min, nine in ten within 33 min." in text


@pytest.mark.parametrize("reason", [Resolution.ANSWERED, Resolution.BY_ITSELF])
def test_closed_without_a_claim(store: Store, reason: Resolution) -> None:
    """Who closes a case at once has claimed it, and only "answered" says that the customer heard from us."""
    shown(store)
    store.do(casework.resolve, CASE.id, ANA, reason, "", LATER + 5 * MINUTE)
    (channel,) = reported(store).channels
    assert channel.speed.claim.always.p50 == 5 * 60
    assert channel.speed.first_response.always.ended == (reason is Resolution.ANSWERED)
