"""The call to the customer: offered, dialled, made, and how it ended; or not wanted. No number is asked for here."""

from __future__ import annotations

from models.case import CallOutcome, Case, CaseState
from models.contact import ContactKind
from models.form import Answer, Field, Form, Said, Style
from models.press import Verb
from models.store import casework, contacts, dialling, letters, switches
from models.store.letters import Wrote
from models.switch import VOICE, Drop
from responders.desk import briefing, closeout, words
from responders.desk.asked import Asked, wrong
from responders.desk.claims import NOTE

DIALLED = "The contact centre was asked to dial. Press “Call done” when the call is over."


def offer_call(asked: Asked) -> Answer:
    """The customer is told of a call: the ledger of switches goes on."""
    outcome = casework.call_offered(asked.session, asked.press.case_id, asked.by, asked.now)
    return asked.told(outcome, "Written down: a call is offered. “Brief & call” shows what is known.")


def call_done(asked: Asked) -> Answer:
    """Ask how it ended."""
    case = asked.case()
    asked.subject()
    written = _in_writing(asked, case)
    calls = tuple((str(outcome), f"Called: {said}" if written else said) for outcome, said in words.OUTCOMES.items())
    others = tuple((str(how), said) for how, said in words.LETTERS.items()) if written else ()
    return Form(
        "How did it go?" if written else "How did the call end?",
        Verb.CALL_ENDED,
        (
            Field("outcome", "Outcome", Style.CHOICE, choices=(*others, *calls)),
            Field("note", "Note", Style.LONG, optional=True, longest=NOTE, hint="No numbers, no passwords."),
        ),
        intro=(f"The customer quotes {case.code}.",),
        case_id=case.id,
        mention_id=asked.press.mention_id,
        seen=case.version,
        replaces=True,
    )


def call_ended(asked: Asked) -> Answer:
    """Write down how it ended; one that settled it leads to the line that says so in public."""
    said, note, case_id = asked.said("outcome"), asked.said("note")[:NOTE], asked.press.case_id
    if said in list(Wrote):
        outcome = letters.wrote(asked.session, case_id, asked.by, Wrote(said), note, asked.now)
    elif said in list(CallOutcome):
        most = asked.settings.callback.attempts
        outcome = casework.call_ended(asked.session, case_id, asked.by, CallOutcome(said), note, asked.now, most)
    else:
        raise wrong(outcome="Choose how the call ended.")
    if outcome.done and asked.case().state is CaseState.RESOLVED:
        return closeout.offered(asked) or asked.told(outcome, "The case is resolved.")
    return asked.told(outcome, "The call is written down.")


def _in_writing(asked: Asked, case: Case) -> bool:
    """Whether it is not a call that is under way."""
    live = switches.live(asked.session, case.id)
    return live is not None and live.to_channel != VOICE


def declined(asked: Asked) -> Answer:
    """The customer wants no other channel; what they gave for it is erased."""
    case, _ = asked.at_work()
    outcome = switches.drop(asked.session, case.id, Drop.DECLINED, asked.now, asked.by)
    if not outcome.done:
        return asked.told(outcome, "")
    gone = " What they gave is erased." if _taken_back(asked, case) else ""
    return _again(asked, f"Written down: they do not want it.{gone}")


def withdrawn(asked: Asked) -> Answer:
    """The customer takes the consent back, and says so to anybody of the team."""
    case = asked.locked()
    asked.subject()
    if not _taken_back(asked, case):
        return Said("Nothing is kept that could be taken back.")
    return _again(asked, "The consent is taken back, and what they gave is erased. Do not call.")


def _taken_back(asked: Asked, case: Case) -> int:
    kept = [one for one in contacts.of_case(asked.session, case.id) if one.usable]
    for one in kept:
        contacts.withdraw_by(asked.session, one.id, asked.by, asked.now)
    return len(kept)


def dial(asked: Asked) -> Answer:
    """Ask the contact centre to connect who holds the case with the number that was given last."""
    (case, _), dialler = asked.at_work(), asked.settings.callback.dial
    if dialler is None:
        return Said("No contact centre is set: callback.dial of the configuration names it.")
    given = contacts.of_case(asked.session, case.id)
    phones = [one for one in given if one.usable and one.kind is ContactKind.PHONE]
    if not phones:
        return Said("There is no number any more: it was withdrawn or erased.")
    outcome = dialling.dial(asked.session, case.id, phones[-1].id, asked.by, dialler, asked.now)
    return _again(asked, DIALLED) if outcome.done else asked.told(outcome, "")


def _again(asked: Asked, first: str) -> Answer:
    """The brief as it stands now, in the place of the one that was pressed in."""
    return briefing.form(asked, asked.case(), asked.subject(), first, replaces=True)
