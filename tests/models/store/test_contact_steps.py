"""In whatever order things happen, a number is kept only while it may be: hypothesis looks for one that breaks it."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models.contact import ContactKind, Given, NewContact, Refusal, Why
from models.press import Person
from models.settings.callback import SurveySettings
from models.store import Store, casework, contacts, reach, switches
from models.switch import LADDER, Stage
from tests.models.store.desk import ANA, BEN, opened
from tests.models.store.reaching import CALLBACK, CONSENT, OTHER, VAULT, phone
from tests.models.store.steps import CASE, LATER
from tests.stores import one, rows

WAYS = (phone(), phone(OTHER), NewContact(ContactKind.EMAIL, "eva@example.com"), NewContact(ContactKind.PRIVATE))
FORMS = ("one", "two", "three", "four", "five")
HOURS = st.integers(0, 80)


class Contacts(RuleBasedStateMachine):
    """A case, some browsers, two agents and a clock. What should be kept is told by the simplest account of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="overheard-contacts-"))
        self.store = Store.open(f"sqlite:///{self.folder}/steps.db")
        self.now: datetime = LATER
        self.receipts: dict[str, str] = {}
        self.usable: dict[str, datetime] = {}
        """The receipts that should hold something, and until when."""
        self.wishes: dict[str, datetime] = {}
        """Those of them that hold no number, and until when they take somebody's place."""
        self.withdrawn: set[str] = set()
        self.live = True

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        opened(self.store)

    @rule(form=st.sampled_from(FORMS), way=st.sampled_from(WAYS), hours=HOURS)
    def give(self, form: str, way: NewContact, hours: int) -> None:
        """A browser sends its form."""
        self.pass_time(hours)
        room = self.room(self.receipts.get(form))
        kept = self.store.do(contacts.give, CASE.id, way, CONSENT, CALLBACK, VAULT, self.now, form=form)
        known = self.receipts.get(form)
        if not self.live:
            assert kept == Refusal(Why.CLOSED)
        elif known in self.withdrawn:
            assert kept == Refusal(Why.WITHDRAWN)
        elif not room:
            assert kept == Refusal(Why.FULL)
        else:
            assert isinstance(kept, Given)
            assert known in (None, kept.receipt_token)
            self.keep(form, kept, way)

    @precondition(lambda self: self.receipts)
    @rule(data=st.data(), way=st.sampled_from(WAYS))
    def change(self, data: st.DataObject, way: NewContact) -> None:
        """The owner says something else by the receipt; that may also be after taking it back."""
        form = data.draw(st.sampled_from(sorted(self.receipts)))
        token = self.receipts[form]
        room = self.room(token)
        kept = self.store.do(contacts.give, CASE.id, way, CONSENT, CALLBACK, VAULT, self.now, receipt=token)
        if self.live and not room:
            assert kept == Refusal(Why.FULL)
        elif self.live:
            assert isinstance(kept, Given)
            self.keep(form, kept, way)

    def room(self, token: str | None) -> bool:
        """Whether one more may stand; what stands already may be changed."""
        taken = [one for one in self.usable if self.wishes.get(one, self.now + timedelta(1)) > self.now]
        return token in self.usable or len(taken) < contacts.MOST

    def keep(self, form: str, kept: Given, way: NewContact) -> None:
        self.receipts[form] = kept.receipt_token
        self.withdrawn.discard(kept.receipt_token)
        if not kept.repeated:
            sealed = way.kind is not ContactKind.PRIVATE
            self.wishes.pop(kept.receipt_token, None)
            if not sealed:
                self.wishes[kept.receipt_token] = self.now + CALLBACK.keep_number
            self.usable[kept.receipt_token] = self.now + (CALLBACK.keep_number if sealed else timedelta(days=9999))

    @precondition(lambda self: self.receipts)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        """The owner takes it back, perhaps once more."""
        token = data.draw(st.sampled_from(sorted(self.receipts.values())))
        gone = self.store.do(contacts.withdraw, token, self.now)
        assert gone
        assert not gone.usable
        self.usable.pop(token, None)
        self.withdrawn.add(token)

    @rule(hours=HOURS)
    def clock(self, hours: int) -> None:
        """Time passes, and the clocks do their work."""
        self.pass_time(hours)
        while self.store.do(contacts.erase_due, self.now):
            pass
        self.store.do(reach.retire, CALLBACK, SurveySettings(), self.now)
        self.usable = {token: end for token, end in self.usable.items() if end > self.now}

    @rule(by=st.sampled_from((ANA, BEN)), data=st.data())
    def look(self, by: Person, data: st.DataObject) -> None:
        """Somebody wants to see a number: the holder alone does, and only what is kept."""
        known = self.store.do(contacts.of_case, CASE.id)
        if not known:
            return
        contact = data.draw(st.sampled_from(known))
        seen = self.store.do(contacts.reveal, contact.id, by, VAULT, self.now)
        holder = one(self.store, 'SELECT holder FROM "case"')
        assert isinstance(seen, str) == (holder == by.id and contact.usable)

    @rule(by=st.sampled_from((ANA, BEN)))
    def claim(self, by: Person) -> None:
        """Somebody takes the case, or tries to."""
        self.store.do(casework.claim, CASE.id, by, self.now)

    @rule()
    def close(self) -> None:
        """The case ends, and everything with it."""
        self.store.do(casework.resolve, CASE.id, ANA, "answered", "", self.now)
        self.live, self.usable = False, {}

    @rule()
    def reopen(self) -> None:
        """It is open again; what was erased stays so."""
        self.store.do(casework.reopen, CASE.id, ANA, self.now)
        self.live = True

    def pass_time(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def nothing_is_kept_but_what_may_be(self) -> None:
        """As many are usable as should be, each with a standing consent; the others hold nothing."""
        known = self.store.do(contacts.of_case, CASE.id)
        usable = [contact for contact in known if contact.usable]
        assert len(usable) == len(self.usable)
        sealed = one(self.store, "SELECT count(*) FROM contact WHERE sealed <> ''")
        assert sealed == sum(contact.kind is not ContactKind.PRIVATE for contact in usable)
        standing = {one_ for (one_,) in rows(self.store, "SELECT contact_id FROM consent WHERE withdrawn_at IS NULL")}
        assert {contact.id for contact in usable} <= standing

    @invariant()
    def the_ledger_says_so_too(self) -> None:
        """Who can be reached has said yes: the newest switch then stands at least there, unless it is over."""
        newest = self.store.do(switches.of_case, CASE.id)[-1:]
        if self.usable and newest and newest[0].live:
            assert LADDER.index(newest[0].stage) >= LADDER.index(Stage.ACCEPTED)


TestContacts = Contacts.TestCase
TestContacts.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
