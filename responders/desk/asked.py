"""One press while it is carried out: what was asked, of which case, in which transaction, by which rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from sqlmodel import Session

from models.case import Case
from models.form import Answer, Said, Wrong
from models.links import Links
from models.mask import mask
from models.press import Person, Press
from models.settings import Settings
from models.store import board, cases, casework, edits, presses, subjects
from models.store.casework import Outcome
from models.store.subjects import Subject
from models.vault import Vault
from responders.deadlines import limit_for
from responders.desk import permissions, words
from responders.rules import Rules, RulesFor


class Undone(Exception):
    """The transaction ends without a trace, so the press may be made again; ``answer`` is what its person is told."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Asked:
    """A press. Everything that it reads and changes happens in ``session``'s one transaction."""

    press: Press
    session: Session
    now: datetime
    settings: Settings
    rules_for: RulesFor
    vault: Vault | None = None
    links: Links = field(default_factory=lambda: Links("", None))

    @property
    def by(self) -> Person:
        """Who pressed."""
        return self.press.by

    @property
    def fields(self) -> Mapping[str, str]:
        """What was filled in."""
        return self.press.fields

    @property
    def lead(self) -> bool:
        """Whether who pressed may do what only leads may."""
        return permissions.is_lead(self.settings.desk, self.by)

    @property
    def zone(self) -> tzinfo:
        """The clock of the team whose case it is, else of the house."""
        case = board.case_of(self.session, self.press.case_id) if self.press.case_id else None
        if case is None:
            return ZoneInfo(self.settings.calendar.timezone)
        return ZoneInfo(limit_for(self.rules_for(case.brand, "").limits, case.route).zone)

    def once(self) -> bool:
        """Whether this press was not carried out before; from now on it was, unless it ends Undone."""
        return presses.first_time(self.session, self.press.id, self.now)

    def said(self, name: str) -> str:
        """What was said in a field, without blanks around it; empty where nothing was."""
        return self.fields.get(name, "").strip()

    def locked(self) -> Case:
        """The same, and nobody else's to change until this press is done."""
        cases.lock(self.session, self.press.case_id)
        return self.case()

    def case(self) -> Case:
        """The case that was pressed on; Undone where it was erased."""
        case = board.case_of(self.session, self.press.case_id) if self.press.case_id else None
        if case is None:
            raise Undone(Said(words.ERASED))
        return case

    def subject(self) -> Subject:
        """The post that was pressed on, or the one that the case's card is about; Undone where it was erased."""
        mention_id = self.press.mention_id or edits.about(self.session, self.case().id)
        subject = subjects.of(self.session, mention_id) if mention_id else None
        if subject is None:
            raise Undone(Said(words.ERASED))
        if self.press.case_id and subject.case_id != self.press.case_id:
            # A draft belongs to its case: said under another's post, it would reach the wrong person.
            raise Undone(Said(words.UNKNOWN))
        return subject

    def at_work(self) -> tuple[Case, Subject]:
        """The live case and its post, nobody else's to change until this press is done; Undone where it is closed, or
        where who pressed may not work on it."""
        case, subject = self.locked(), self.subject()
        if not case.live:
            closed = casework.claim(self.session, case.id, self.by, self.now)
            raise Undone(Said(words.sentence(closed.said(self.zone, self.now))))
        if not permissions.may_answer(self.settings.desk, case, self.by):
            raise Undone(Said(f"{words.called(case.holder)} has case {case.code}: ask them to hand it over."))
        return case, subject

    def rules(self, subject: Subject) -> Rules:
        """The rules that hold for a post."""
        return self.rules_for(subject.mention.brand, subject.mention.channel)

    def clock(self, at: datetime) -> str:
        """A moment on the team's clock."""
        return words.clock(at, self.zone, self.now)

    def told(self, outcome: Outcome, done: str) -> Answer:
        """What follows from a change: nothing where the card was pressed on, because it shows it; else ``done``."""
        if outcome.erased:
            return Said(words.ERASED)
        if outcome.done or outcome.repeated:
            return None if ":" in self.press.place else Said(done)
        return Said(words.sentence(outcome.said(self.zone, self.now)))


def masked(subject: Subject) -> str:
    """The post's words without the private data that they give away."""
    return mask(subject.mention.text, subject.assessment.pii if subject.assessment else ())


def wrong(**faults: str) -> Undone:
    """The form stays open and says what is wrong with it."""
    return Undone(Wrong(faults))
