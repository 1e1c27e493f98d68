"""The ledger of changes of channel: who moved it, when, and that nothing is skipped or gone back to in silence."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from models.case import CallOutcome, Dismissal, Resolution
from models.decision import CaseRef, Reason, Receipt, Route
from models.store import Store, casework, effects, gone, switches
from models.switch import Actor, Drop, Stage
from tests.build import NOW, mention
from tests.models.store.desk import ANA, BEN, SOON, case, history, later_post, opened, shown
from tests.models.store.ledger import kept, stages, steps, told
from tests.models.store.steps import CASE, LATER, alert, claimed, decide, reply
from tests.models.store.test_races import together
from tests.stores import one, rows


def to(store: Store, *stages_: Stage) -> None:
    """The customer's switch goes from stage to stage, a minute each."""
    for number, stage in enumerate(stages_):
        store.do(switches.advance, CASE.id, stage, LATER + timedelta(minutes=number), ANA)


def answered(store: Store, text: str) -> None:
    """An answer with these words was posted."""
    store.do(casework.answer, CASE.id, reply(mention(), priority=99, body={"text": text}), ANA, LATER)
    store.do(effects.sent, claimed(store), Receipt("1"), SOON)


@pytest.mark.parametrize("route", [Route.CALL, Route.WINBACK])
def test_a_case_that_needs_a_call_opens_with_a_recommendation(store: Store, route: Route) -> None:
    """It is the bot's, in the case's own channel, and in the same transaction as the case."""
    post = mention()
    decide(store, post, alert(post), route=route)
    ((stage, who, meta),) = steps(store)
    assert (stage, who, meta["to"]) == ("recommended", "bot", "voice")
    assert kept(store) == told(store)
    (switch,) = store.do(switches.of_case, CASE.id)
    assert (switch.from_channel, switch.hop, switch.live) == (post.channel, 1, True)


def test_a_case_that_needs_a_look_recommends_nothing(store: Store) -> None:
    """Nobody is asked to leave the channel; a case that grows graver recommends it then, once."""
    post = mention()
    decide(store, post, alert(post), route=Route.REVIEW)
    assert stages(store) == []
    for number in (1, 2):
        reasons = (Reason.URGENT, Reason.ESCALATED)
        later_post(store, external_id=f"190{number}", route=Route.CALL, reasons=reasons)
    assert stages(store) == ["recommended"]


def test_the_whole_ladder_is_free_step_by_step(store: Store) -> None:
    """Each next stage needs no reason; the row and the history say the same, with who and when."""
    opened(store)
    ladder = (
        Stage.OFFERED, Stage.OPENED, Stage.ACCEPTED, Stage.ATTEMPTED, Stage.CONNECTED, Stage.RESOLVED, Stage.CLOSED
    )  # fmt: skip
    to(store, *ladder)
    assert stages(store) == ["recommended", *ladder]
    assert all("why" not in meta for _, _, meta in steps(store))
    assert kept(store) == told(store)
    sql = "SELECT actor_kind, actor_id, channel FROM case_event WHERE type = 'switch_opened'"
    assert rows(store, sql) == [("agent", "U1", mention().channel)]
    (switch,) = store.do(switches.of_case, CASE.id)
    assert (switch.ended_at, switch.moved_at) == (LATER + timedelta(minutes=5), LATER + timedelta(minutes=6))


@pytest.mark.parametrize("by", [ANA, None])
def test_nothing_is_skipped_in_silence(store: Store, by: Actor) -> None:
    """Without a reason it is refused with what would be skipped; with one, both are written down."""
    opened(store)
    refused = store.do(switches.advance, CASE.id, Stage.ACCEPTED, LATER, by)
    assert (refused.done, refused.words) == (False, "that skips offered, opened, so say why")
    assert store.do(switches.advance, CASE.id, Stage.ACCEPTED, LATER, by, "   ").done is False
    assert stages(store) == ["recommended"]
    assert store.do(switches.advance, CASE.id, Stage.ACCEPTED, LATER, by, "agent").done
    meta = steps(store)[-1][2]
    assert (meta["skipped"], meta["why"]) == (["offered", "opened"], "agent")


def test_nothing_is_gone_back_to_in_silence(store: Store) -> None:
    """The same for a step down."""
    opened(store)
    to(store, Stage.OFFERED, Stage.OPENED)
    assert store.do(switches.advance, CASE.id, Stage.OFFERED, SOON, ANA).words == "that goes back, so say why"
    store.do(switches.advance, CASE.id, Stage.OFFERED, SOON, ANA, "again")
    meta = steps(store)[-1][2]
    assert (meta["back"], meta["why"]) == (True, "again")
    assert kept(store) == told(store)


def test_own_words_are_a_note_that_goes_with_the_person(store: Store) -> None:
    """What an agent writes freely stands where it is taken out in time, and never in the ledger's own row."""
    opened(store)
    store.do(switches.advance, CASE.id, Stage.ACCEPTED, LATER, ANA, "she told me: Zanzibarella")
    meta = steps(store)[-1][2]
    assert (meta["why"], meta["note"]) == ("said", "she told me: Zanzibarella")
    assert one(store, "SELECT why FROM switch") == "said"


def test_what_the_customer_does_needs_no_reason_from_them(store: Store) -> None:
    """They come by a link that somebody passed on: what was skipped is written down as theirs."""
    opened(store)
    assert store.do(switches.advance, CASE.id, Stage.OPENED, LATER, switches.CUSTOMER).done
    stage, who, meta = steps(store)[-1]
    assert (stage, who, meta["why"], meta["skipped"]) == ("opened", "customer", "customer", ["offered"])


def test_looking_at_the_page_again_undoes_nothing(store: Store) -> None:
    """A second look, before or after the yes, is no step."""
    opened(store)
    for stage in (Stage.OPENED, Stage.OPENED, Stage.ACCEPTED, Stage.OPENED, Stage.ACCEPTED):
        assert store.do(switches.advance, CASE.id, stage, LATER, switches.CUSTOMER).done
    assert stages(store) == ["recommended", "opened", "accepted"]


def test_a_yes_after_a_failed_call_is_a_step_back(store: Store) -> None:
    """They give a better number: the customer said yes once more, and it is written as what it is."""
    opened(store)
    to(store, Stage.OFFERED, Stage.OPENED, Stage.ACCEPTED, Stage.ATTEMPTED)
    store.do(switches.advance, CASE.id, Stage.ACCEPTED, SOON, switches.CUSTOMER)
    assert steps(store)[-1][2]["back"]
    assert kept(store) == told(store)


def test_a_switch_that_ended_is_never_revived(store: Store) -> None:
    """A new hop is opened, with the stages that it did not have."""
    opened(store)
    to(store, Stage.OFFERED)
    store.do(switches.drop, CASE.id, Drop.DECLINED, SOON, switches.CUSTOMER)
    assert store.do(switches.live, CASE.id) is None
    assert not store.do(switches.advance, CASE.id, Stage.ACCEPTED, SOON, ANA).done
    store.do(switches.advance, CASE.id, Stage.ACCEPTED, SOON, ANA, "agent")
    first, second = store.do(switches.of_case, CASE.id)
    assert (first.stage, first.drop, second.stage, second.hop) == (Stage.DROPPED, Drop.DECLINED, Stage.ACCEPTED, 2)
    assert kept(store) == told(store)


def test_a_drop_says_where_it_was_and_why(store: Store) -> None:
    """Any live stage can be dropped; a second time changes nothing, and another reason is refused with words."""
    opened(store)
    to(store, Stage.OFFERED, Stage.OPENED)
    store.do(switches.drop, CASE.id, Drop.WITHDRAWN, SOON, switches.CUSTOMER)
    stage, who, meta = steps(store)[-1]
    assert (stage, who, meta["stage"], meta["reason"]) == ("dropped", "customer", "opened", "withdrawn")
    assert store.do(switches.drop, CASE.id, Drop.WITHDRAWN, SOON, None).repeated
    assert store.do(switches.drop, CASE.id, Drop.EXPIRED, SOON, None).words == "no change of channel is under way"
    with pytest.raises(ValueError, match="drop it"):
        store.do(switches.advance, CASE.id, Stage.DROPPED, SOON, ANA)


def test_a_case_that_nobody_knows_is_said_to_be_erased(store: Store) -> None:
    """No step is written for a case that was forgotten, or never was."""
    assert store.do(switches.advance, "nobody", Stage.OFFERED, NOW, ANA).erased
    assert store.do(switches.drop, "nobody", Drop.ERASED, NOW, None).erased
    assert store.do(switches.recommend, "nobody", "voice", NOW, None) is None


def test_what_is_recommended_twice_is_under_way_once(store: Store) -> None:
    """Another recommendation finds the live one; after a drop it is a new hop."""
    opened(store)
    found = store.do(switches.recommend, CASE.id, "email", LATER, ANA)
    assert found
    assert (found.to_channel, stages(store)) == ("voice", ["recommended"])
    store.do(switches.drop, CASE.id, Drop.DECLINED, LATER, ANA)
    again = store.do(switches.recommend, CASE.id, "email", LATER, ANA)
    assert again
    assert (again.to_channel, again.hop) == ("email", 2)


@pytest.mark.parametrize(
    ("reason", "ends"),
    [
        (Resolution.CALLED, [("voice", "resolved", "")]),
        (Resolution.ELSEWHERE, [("voice", "dropped", "superseded"), ("elsewhere", "resolved", "")]),
        (Resolution.ANSWERED, [("voice", "dropped", "not_needed")]),
        (Resolution.BY_ITSELF, [("voice", "dropped", "not_needed")]),
    ],
)
def test_the_end_of_a_case_ends_its_switch(store: Store, reason: str, ends: list[tuple[str, str, str]]) -> None:
    """Settled there, settled another way, or not needed: by how people say that the case ended."""
    opened(store)
    store.do(casework.resolve, CASE.id, ANA, reason, "", LATER)
    assert [(switch.way, switch.stage, switch.drop) for switch in kept(store)] == ends
    assert kept(store) == told(store)


def test_a_case_without_a_switch_that_was_settled_by_a_call_has_one(store: Store) -> None:
    """An agent called and told nobody until the end: the ledger knows of it, and of all that was skipped."""
    post = mention()
    decide(store, post, alert(post), route=Route.REVIEW)
    store.do(casework.resolve, CASE.id, ANA, Resolution.CALLED, "", LATER)
    ((stage, _, meta),) = steps(store)
    assert (stage, meta["why"], len(meta["skipped"])) == ("resolved", "case_resolved", 6)
    assert kept(store) == told(store)


def test_what_was_settled_already_is_settled_once(store: Store) -> None:
    """The switch is resolved, then the case with it: that is no second hop."""
    opened(store)
    store.do(switches.advance, CASE.id, Stage.RESOLVED, LATER, ANA, "called")
    store.do(casework.resolve, CASE.id, ANA, Resolution.CALLED, "", SOON)
    assert len(kept(store)) == 1


def test_a_dismissal_drops_the_switch_and_opening_it_again_recommends_it_anew(store: Store) -> None:
    """What ended only because the case ended begins again with it, as another hop."""
    opened(store)
    store.do(casework.dismiss, CASE.id, ANA, Dismissal.DUPLICATE, LATER)
    assert [switch.drop for switch in kept(store)] == ["not_needed"]
    store.do(casework.reopen, CASE.id, ANA, SOON)
    assert [switch.stage for switch in kept(store)] == ["dropped", "recommended"]


def test_a_post_that_its_author_deleted_ends_the_switch(store: Store) -> None:
    """With the last post of the case its switch ends too: nobody is to be called about nothing."""
    post = mention()
    shown(store)
    store.do(gone.erase, post.id, "config-1", LATER)
    assert not case(store).live
    assert [switch.drop for switch in kept(store)] == ["not_needed"]


def test_of_a_closed_case_only_the_end_in_public_is_written(store: Store) -> None:
    """A link that is opened too late, or an outcome that comes too late, changes nothing."""
    opened(store)
    store.do(casework.resolve, CASE.id, ANA, Resolution.CALLED, "", LATER)
    late = store.do(switches.advance, CASE.id, Stage.OPENED, SOON, switches.CUSTOMER)
    assert (late.done, late.words) == (False, "already resolved by Ana")
    assert store.do(switches.advance, CASE.id, Stage.CLOSED, SOON, ANA).done
    assert store.do(switches.advance, CASE.id, Stage.CLOSED, SOON, ANA).repeated
    assert kept(store) == told(store)


def test_an_answer_with_the_code_offers_the_other_way(store: Store) -> None:
    """Once it was really posted, by who pressed Send."""
    shown(store)
    answered(store, f"Quote {CASE.code} and we call you.")
    stage, who, meta = steps(store)[-1]
    assert (stage, who) == ("offered", "agent")
    assert "why" not in meta


def test_an_answer_without_the_code_offers_nothing(store: Store) -> None:
    """It only answers."""
    shown(store)
    answered(store, "We are sorry.")
    assert stages(store) == ["recommended"]


def test_an_answer_with_the_code_begins_a_switch_that_nobody_recommended(store: Store) -> None:
    """The customer may come by it, so the ledger begins there and says how."""
    post = mention()
    decide(store, post, alert(post), route=Route.REVIEW)
    store.do(effects.sent, claimed(store), Receipt("C1:17"), LATER)
    answered(store, f"Quote {CASE.code.lower()} and we call you.")
    ((stage, _, meta),) = steps(store)
    assert (stage, meta["why"], meta["skipped"]) == ("offered", "code_said", ["recommended"])


def test_an_answer_that_comes_late_takes_nothing_back(store: Store) -> None:
    """The customer had accepted meanwhile: the offer is no step back."""
    shown(store)
    store.do(casework.answer, CASE.id, reply(mention(), priority=99, body={"text": CASE.code}), ANA, LATER)
    sent = claimed(store)
    store.do(switches.advance, CASE.id, Stage.ACCEPTED, LATER, switches.CUSTOMER)
    store.do(effects.sent, sent, Receipt("1"), SOON)
    assert stages(store) == ["recommended", "accepted"]


def test_who_comes_back_in_public_is_named_with_the_switch(store: Store) -> None:
    """Only what was posted after both spoke counts, and the event says which switch has failed."""
    opened(store)
    store.do(casework.resolve, CASE.id, ANA, Resolution.ELSEWHERE, "", LATER)
    later_post(store, minutes=-5, external_id="1899")
    assert "returned_to_public" not in [what for what, _ in history(store)]
    later_post(store, minutes=30)
    ((meta,),) = rows(store, "SELECT meta FROM case_event WHERE type = 'returned_to_public'")
    assert f"{CASE.id}-2" in str(meta)


def test_who_goes_on_there_is_not_back_in_public(store: Store) -> None:
    """A letter that quotes the code, after the matter was settled by e-mail, joins the case and is no return."""
    opened(store)
    store.do(switches.advance, CASE.id, Stage.RESOLVED, LATER, ANA, why="by e-mail", to_channel="email")
    later_post(store, channel="email")
    assert "returned_to_public" not in [what for what, _ in history(store)]
    later_post(store, minutes=40, external_id="1902")
    assert "returned_to_public" in [what for what, _ in history(store)]


def test_a_return_recommends_a_call_again(store: Store) -> None:
    """The case is open again because the customer wrote again: the next hop begins where they wrote."""
    opened(store)
    store.do(casework.call_ended, CASE.id, ANA, CallOutcome.RESOLVED, "", LATER)
    later_post(store, route=Route.REVIEW)
    assert [switch.stage for switch in kept(store)] == ["resolved", "recommended"]
    assert kept(store) == told(store)


def test_a_clock_that_jumps_back_never_shortens_a_stage(store: Store) -> None:
    """The row's last move is never before the one before it; the history keeps what the clock said."""
    opened(store)
    to(store, Stage.OFFERED, Stage.OPENED)
    store.do(switches.advance, CASE.id, Stage.ACCEPTED, LATER - timedelta(days=3), ANA)
    (switch,) = store.do(switches.of_case, CASE.id)
    assert switch.moved_at == LATER + timedelta(minutes=1)


def test_a_switch_that_nothing_moves_expires(store: Store) -> None:
    """A clock drops it, and leaves alone what has moved since or is over."""
    opened(store)
    assert store.do(switches.expire, timedelta(days=30), NOW + timedelta(days=29)) == 0
    assert store.do(switches.expire, timedelta(days=30), NOW + timedelta(days=30)) == 1
    assert [switch.drop for switch in kept(store)] == ["expired"]
    assert store.do(switches.expire, timedelta(days=30), NOW + timedelta(days=90)) == 0


def test_of_two_presses_at_once_each_stage_is_written_once(store: Store) -> None:
    """Two agents offer, two browsers open: one moves it, and the other finds it there."""
    opened(store)
    offers = [partial(casework.call_offered, case_id=CASE.id, by=by, now=LATER) for by in (ANA, BEN)]
    assert sorted(outcome.repeated for outcome in together(store, *offers)) == [False, True]
    looks = partial(switches.advance, case_id=CASE.id, to=Stage.OPENED, now=LATER, by=switches.CUSTOMER)
    together(store, looks, looks, looks)
    assert stages(store) == ["recommended", "offered", "opened"]


def test_a_withdrawal_and_an_outcome_at_once_leave_one_truth(store: Store) -> None:
    """Whichever comes first, rows and history agree, and nobody has called somebody who had said no."""
    opened(store)
    called = partial(casework.call_ended, case_id=CASE.id, by=ANA, outcome=CallOutcome.REACHED, note="", now=LATER)
    said_no = partial(switches.drop, case_id=CASE.id, reason=Drop.WITHDRAWN, now=LATER, by=switches.CUSTOMER)
    call, drop = together(store, called, said_no)
    assert drop.done
    assert kept(store) == told(store)
    assert stages(store)[-1] == "dropped"
    assert ("connected" in stages(store)) == call.done


def test_two_cases_have_two_ledgers(store: Store) -> None:
    """Each counts its own hops."""
    opened(store)
    other = mention(external_id="77", author=mention().author)
    ref = CaseRef("case-2", "3456789", new=True)
    decide(store, other, alert(other, ref), case=ref)
    store.do(switches.advance, "case-2", Stage.OFFERED, LATER, ANA)
    assert (stages(store), stages(store, "case-2")) == (["recommended"], ["recommended", "offered"])
