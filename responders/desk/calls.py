"""The call to the customer: recommended, made, and how it ended. Numbers are never asked for or kept here."""

from __future__ import annotations

from models.case import CallOutcome
from models.form import Answer, Field, Form, Style
from models.press import Verb
from models.store import casework
from responders.desk import words
from responders.desk.asked import Asked, wrong
from responders.desk.claims import NOTE


def offer_call(asked: Asked) -> Answer:
    """The customer is to be called: the ledger of switches begins."""
    outcome = casework.call_offered(asked.session, asked.press.case_id, asked.by, asked.now)
    return asked.told(outcome, "Written down: a call is recommended. Press “Call done” when it was made.")


def call_done(asked: Asked) -> Answer:
    """Ask how it ended."""
    case = asked.case()
    asked.subject()
    return Form(
        "How did the call end?",
        Verb.CALL_ENDED,
        (
            Field("outcome", "Outcome", Style.CHOICE, choices=tuple(words.OUTCOMES.items())),
            Field("note", "Note", Style.LONG, optional=True, longest=NOTE, hint="No numbers, no passwords."),
        ),
        intro=(f"The customer quotes {case.code}.",),
        case_id=case.id,
        mention_id=asked.press.mention_id,
        seen=case.version,
    )


def call_ended(asked: Asked) -> Answer:
    """Write down how it ended."""
    said = asked.said("outcome")
    if said not in list(CallOutcome):
        raise wrong(outcome="Choose how the call ended.")
    outcome = casework.call_ended(
        asked.session, asked.press.case_id, asked.by, CallOutcome(said), asked.said("note")[:NOTE], asked.now
    )
    return asked.told(outcome, "The call is written down.")
