"""Whatever people, customers and clocks do, in any order: the ledger's rows are its history, and nothing is silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from models.case import CallOutcome, Dismissal, Resolution
from models.decision import CaseRef, Reason, Route
from models.mention import Author
from models.press import Person
from models.store import Store, board, casework, closings, switches
from models.store.casework import Outcome
from models.switch import CUSTOMER, LADDER, Actor, Drop, Stage, Why
from tests.build import NOW, mention
from tests.models.store.desk import ANA, BEN
from tests.models.store.ledger import kept, steps, told
from tests.models.store.steps import alert, judge, redecide
from tests.stores import one

ACTORS = st.sampled_from([ANA, BEN, CUSTOMER, None])
PEOPLE = st.sampled_from([ANA, BEN])
REASONS = st.sampled_from(["", "", " ", Why.AGENT, "she asked for it"])
WAYS = st.sampled_from(["", "", "voice", "email"])
JUMPS = st.integers(-90, 300).map(lambda minutes: timedelta(minutes=minutes))
_numbers = count(1)


class Ledger(RuleBasedStateMachine):
    """One case; what happens to it comes in any order, by a clock that may jump back."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        number = next(_numbers)
        self.ref = CaseRef(f"case-{number}", f"code-{number}", new=True)
        self.author = Author(id=f"a{number}", handle=f"a{number}", name="")
        self.now, self.posts = NOW, count(1)
        self.moved: dict[str, datetime] = {}
        self.post(Route.CALL, NOW)

    def teardown(self) -> None:
        """What the next example's clock drops is its own."""
        self.store.do(switches.drop, self.ref.id, Drop.ERASED, self.now, None)

    def post(self, route: Route, at: datetime, *reasons: Reason) -> None:
        """A post of the case's customer is decided."""
        number = next(self.posts)
        found = mention(external_id=f"{self.ref.id}-{number}", author=self.author, posted_at=at)
        judge(self.store, found, now=self.now)
        ref = CaseRef(self.ref.id, self.ref.code, new=number == 1)
        cards = (alert(found, ref),) if number == 1 else ()
        redecide(self.store, found, *cards, case=ref, route=route, reasons=reasons, now=self.now)

    def pressed(self, outcome: Outcome, before: int) -> None:
        """What was refused has changed nothing, and says why."""
        assert outcome.done or outcome.words
        assert outcome.done or self.seen() == before

    def seen(self) -> int:
        """How long the history is."""
        found: int = one(self.store, "SELECT count(*) FROM case_event WHERE case_id = :case", case=self.ref.id)
        return found

    @rule(jump=JUMPS)
    def time_passes(self, jump: timedelta) -> None:
        """Forward, or back."""
        self.now += jump

    @rule(to=st.sampled_from(LADDER), by=ACTORS, why=REASONS, way=WAYS)
    def advance(self, to: Stage, by: Actor, why: str, way: str) -> None:
        """Anybody moves it anywhere."""
        before = self.seen()
        outcome = self.store.do(switches.advance, self.ref.id, to, self.now, by, why, to_channel=way)
        self.pressed(outcome, before)

    @rule(to=st.sampled_from(LADDER), by=st.sampled_from([ANA, None]))
    def advance_in_silence(self, to: Stage, by: Actor) -> None:
        """Without a reason, a live switch takes the next stage or stays; nothing else."""
        before, live = self.seen(), self.store.do(switches.live, self.ref.id)
        outcome = self.store.do(switches.advance, self.ref.id, to, self.now, by)
        self.pressed(outcome, before)
        if live:
            assert outcome.done == (LADDER.index(to) - LADDER.index(live.stage) in (0, 1))

    @rule(reason=st.sampled_from(Drop), by=ACTORS)
    def drop(self, reason: Drop, by: Actor) -> None:
        """Anybody drops it."""
        before = self.seen()
        self.pressed(self.store.do(switches.drop, self.ref.id, reason, self.now, by), before)

    @rule(by=PEOPLE)
    def offer(self, by: Person) -> None:
        """A press on the card."""
        before = self.seen()
        self.pressed(self.store.do(casework.call_offered, self.ref.id, by, self.now), before)

    @rule(by=PEOPLE, outcome=st.sampled_from(CallOutcome))
    def call(self, by: Person, outcome: CallOutcome) -> None:
        """Another press."""
        before = self.seen()
        self.pressed(self.store.do(casework.call_ended, self.ref.id, by, outcome, "", self.now, 2), before)

    @rule(by=PEOPLE, reason=st.sampled_from([*Resolution, *Dismissal]))
    def close(self, by: Person, reason: Resolution | Dismissal) -> None:
        """The case ends, one way or the other."""
        before = self.seen()
        if isinstance(reason, Dismissal):
            self.pressed(self.store.do(casework.dismiss, self.ref.id, by, reason, self.now), before)
        else:
            self.pressed(self.store.do(casework.resolve, self.ref.id, by, reason, "", self.now), before)

    @rule(by=PEOPLE)
    def reopen(self, by: Person) -> None:
        """It was a mistake."""
        before = self.seen()
        self.pressed(self.store.do(casework.reopen, self.ref.id, by, self.now), before)

    @rule(by=PEOPLE)
    def close_in_public(self, by: Person) -> None:
        """The line was written by hand."""
        before = self.seen()
        self.pressed(self.store.do(closings.by_hand, self.ref.id, by, self.now), before)

    @precondition(lambda self: self.store.do(board.case_of, self.ref.id).reason != Dismissal.ERASED)
    @rule(route=st.sampled_from([Route.REVIEW, Route.WINBACK, Route.CALL]), graver=st.booleans())
    def write_again(self, route: Route, graver: bool) -> None:
        """Another post of the same customer joins the case."""
        self.post(route, self.now, *((Reason.ESCALATED,) if graver else (Reason.SAME_CASE,)))

    @rule(idle=st.integers(0, 3))
    def expire(self, idle: int) -> None:
        """The clock that drops what nothing moves."""
        self.store.do(switches.expire, timedelta(hours=idle), self.now, 1000)

    @invariant()
    def the_rows_are_the_history(self) -> None:
        """Told from the events alone, step by step and each openly, the switches are what the rows say."""
        assert told(self.store, self.ref.id) == kept(self.store, self.ref.id)

    @invariant()
    def one_is_live_and_only_in_a_live_case(self) -> None:
        """A closed case has no switch under way, and an open one has at most one."""
        found = self.store.do(switches.of_case, self.ref.id)
        assert [switch.hop for switch in found] == list(range(1, len(found) + 1))
        case = self.store.do(board.case_of, self.ref.id)
        assert sum(switch.live for switch in found) <= (1 if case and case.live else 0)
        assert all(switch.live == (switch.ended_at is None) for switch in found)

    @invariant()
    def no_move_is_before_another(self) -> None:
        """However the clock jumps."""
        for switch in self.store.do(switches.of_case, self.ref.id):
            assert switch.moved_at >= self.moved.get(switch.id, switch.opened_at)
            self.moved[switch.id] = switch.moved_at

    @invariant()
    def every_event_names_its_switch(self) -> None:
        """And where it leads."""
        ids = {switch.id: switch.to_channel for switch in self.store.do(switches.of_case, self.ref.id)}
        assert all(ids[meta["switch"]] == meta["to"] for _, _, meta in steps(self.store, self.ref.id))


def test_the_ledger_is_whole_in_any_order(store: Store) -> None:
    """On both databases, rows and history never part, nothing is skipped in silence, and one switch is live at most."""
    machine = type("OfThisStore", (Ledger,), {"store": store})
    # To find the shortest example takes minutes, and the steps of any are printed.
    found = (Phase.explicit, Phase.reuse, Phase.generate)
    slow = settings(deadline=None, suppress_health_check=list(HealthCheck), phases=found)
    run_state_machine_as_test(machine, settings=settings(slow, max_examples=25, stateful_step_count=12))
