"""Two people press at the same moment, in two connections: one wins, and nothing is lost, doubled or stuck."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TypeVar

from sqlmodel import Session

from models.case import Dismissal, Resolution
from models.decision import CaseRef, Decision, Kind, Message, Reason, Receipt, Route
from models.mention import Mention
from models.press import Person
from models.store import Store, casework, deciding, effects, presses, privacy
from models.store.casework import Outcome
from tests.build import NOW, mention
from tests.models.store.desk import ANA, BEN, case, history, opened, shown
from tests.models.store.steps import CASE, LATER, SINK, claimed, judge, note, reply
from tests.stores import one, rows

T = TypeVar("T")
ROUNDS = 5


def together(store: Store, *works: Callable[[Session], T]) -> list[T]:
    """Run all of it at once, each in a connection and thread of its own."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[Session], T]) -> T:
        gate.wait(10)
        return store.do(work)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works, timeout=30))


def claims(*people: Person) -> list[Callable[[Session], Outcome]]:
    """A claim by each of them."""
    return [partial(casework.claim, case_id=CASE.id, by=by, now=LATER) for by in people]


def test_of_two_claims_one_wins_and_the_other_is_told(store: Store) -> None:
    """There is one holder and one claim in the history, and the loser learns the winner's name."""
    opened(store)
    people = [Person(f"U{number}", f"Agent {number}") for number in range(4)]
    outcomes = together(store, *claims(*people))
    (winner,) = [by for by, outcome in zip(people, outcomes, strict=True) if outcome.done]
    assert case(store).holder == winner
    assert {outcome.words for outcome in outcomes if not outcome.done} == {f"already claimed by {winner.name}"}
    assert history(store) == [("claimed", winner.id)]


def test_the_same_press_delivered_twice_at_once_is_carried_out_once(store: Store) -> None:
    """Of two envelopes in the same moment one does the work, and the other finds that it was done."""
    opened(store)

    def press(session: Session) -> bool:
        if not presses.first_time(session, "p-1", NOW):
            return False
        return casework.claim(session, CASE.id, ANA, LATER).done

    assert sorted(together(store, press, press)) == [False, True]
    assert history(store) == [("claimed", "U1")]


def test_of_resolve_and_dismiss_one_ends_the_case(store: Store) -> None:
    """It has one end and one reason, whoever came first."""
    opened(store)
    outcomes = together(
        store,
        lambda session: casework.resolve(session, CASE.id, ANA, Resolution.CALLED, "", LATER),
        lambda session: casework.dismiss(session, CASE.id, BEN, Dismissal.SPAM, LATER),
    )
    assert sorted(outcome.done for outcome in outcomes) == [False, True]
    ((ledger, _), (end, by)) = history(store)
    assert (ledger, end) in (("switch_completed", "resolved"), ("switch_dropped", "closed_no_action"))
    assert (end, by, case(store).reason) in (("resolved", "U1", "called"), ("closed_no_action", "U2", "spam"))


def test_of_two_sends_one_answer_is_queued(store: Store) -> None:
    """Two people who answer the same post at once say one thing to the customer."""
    opened(store)
    sends = [partial(casework.answer, case_id=CASE.id, message=reply(mention()), by=by, now=LATER) for by in (ANA, BEN)]
    outcomes = together(store, *sends)
    assert sorted(outcome.done for outcome in outcomes) == [False, True]
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'reply'") == 1


def test_a_new_post_and_an_end_at_once_leave_nothing_unseen(store: Store) -> None:
    """Whichever comes first, the case counts every post, and its history has every number once."""
    shown(store)
    for number in range(ROUNDS):
        post = mention(external_id=f"19{number}")
        judge(store, post, now=LATER)
        together(store, partial(_joins, post=post), _resolves)
        seqs = [seq for (seq,) in rows(store, "SELECT seq FROM case_event ORDER BY seq")]
        assert seqs == list(range(1, len(seqs) + 1))
        assert case(store).mentions == number + 2


def _joins(session: Session, post: Mention) -> bool:
    case_ref = CaseRef(CASE.id, CASE.code, new=False)
    joins = Decision(Route.CALL, (Reason.SAME_CASE,), case=case_ref, messages=(note(post),))
    return deciding.record(session, post, joins, "config-1", LATER)


def _resolves(session: Session) -> bool:
    return casework.resolve(session, CASE.id, ANA, Resolution.CALLED, "", LATER).done


def test_a_card_that_arrives_while_it_is_claimed_is_drawn_as_claimed(store: Store) -> None:
    """Whichever of the two comes first, the last drawing that people get is that of the claimed case."""
    opened(store)
    together(store, partial(_arrives, message=claimed(store)), partial(_handed, to="U0"))
    for number in range(1, ROUNDS):
        drawn = claimed(store, SINK, LATER + timedelta(minutes=number))
        together(store, partial(_arrives, message=drawn), partial(_handed, to=f"U{number}"))
    last = claimed(store, SINK, LATER + timedelta(hours=1))
    assert (last.kind, last.body["holder_id"], last.thread) == (Kind.EDIT, f"U{ROUNDS - 1}", "C1:17")


def _arrives(session: Session, message: Message) -> None:
    effects.sent(session, message, Receipt("C1:17"), LATER)


def _handed(session: Session, to: str) -> None:
    assert casework.hand_over(session, CASE.id, ANA, Person(to), "", LATER, lead=True).done


def test_who_sends_and_who_presses_never_wait_in_a_circle(store: Store) -> None:
    """A sender that claims, and people who press on the same card, all come to an end."""
    shown(store)
    for number in range(ROUNDS):
        at = LATER + timedelta(minutes=number)
        together(
            store,
            partial(_handed, to=f"U{number}"),
            partial(effects.claim, sink=SINK, now=at),
            partial(effects.doubt_unfinished, sink=SINK, now=LATER),
        )
    assert case(store).holder == Person(f"U{ROUNDS - 1}")


def test_forgetting_while_somebody_claims_leaves_no_trace(store: Store) -> None:
    """Whichever comes first, no holder, draft or words of the person are left, and nothing waits to be drawn."""
    shown(store)
    together(
        store,
        lambda session: privacy.forget(session, "x", "anna_l", LATER),
        lambda session: casework.drafted(session, CASE.id, ANA, "Dear Anna", LATER),
    )
    assert case(store).draft is None
    assert rows(store, "SELECT key FROM effect WHERE kind = 'edit' AND state = 'pending'") == []
    assert "Anna" not in str(rows(store, "SELECT body FROM effect"))
