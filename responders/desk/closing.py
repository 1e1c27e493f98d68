"""How a case ends, and how it begins again."""

from __future__ import annotations

from models.case import Case, Dismissal, Resolution
from models.form import Answer, Field, Form, Said, Style
from models.press import Verb
from models.store import casework
from responders.deadlines import due
from responders.desk import closeout, winbacks, words
from responders.desk.asked import Asked, Undone, wrong
from responders.desk.claims import NOTE


def resolve(asked: Asked) -> Answer:
    """Ask what solved it."""
    case = _live(asked)
    suggested = Resolution.ANSWERED if case.answered_at else ""
    how = Field("reason", "What solved it?", Style.CHOICE, suggested, tuple(words.RESOLUTIONS.items()))
    stayed = (winbacks.field(optional=True),) if winbacks.waits(asked, case) else ()
    return _form(asked, case, "Resolve", Verb.RESOLVED, how, *stayed)


def resolved(asked: Asked) -> Answer:
    """Close it as done; what was settled elsewhere leads to the line that says so in public."""
    reason, note = asked.said("reason"), asked.said("note")[:NOTE]
    if reason not in list(Resolution):
        raise wrong(reason="Choose what solved it.")
    outcome = casework.resolve(asked.session, asked.press.case_id, asked.by, reason, note, asked.now)
    if outcome.done and asked.said(winbacks.FIELD):
        winbacks.winback_ended(asked)
    done = asked.told(outcome, "The case is resolved.")
    return (closeout.offered(asked) if outcome.done and not outcome.repeated else None) or done


def dismiss(asked: Asked) -> Answer:
    """Ask why nothing is done."""
    case = _live(asked)
    why = Field("reason", "Why is nothing done?", Style.CHOICE, choices=tuple(words.DISMISSALS.items()))
    return _form(asked, case, "Dismiss", Verb.DISMISSED, why)


def dismissed(asked: Asked) -> Answer:
    """Close it without doing anything."""
    reason, note = asked.said("reason"), asked.said("note")[:NOTE]
    if reason not in {str(one) for one in words.DISMISSALS}:
        raise wrong(reason="Choose why nothing is done.")
    outcome = casework.dismiss(asked.session, asked.press.case_id, asked.by, Dismissal(reason), asked.now, note)
    return asked.told(outcome, "The case is dismissed.")


def reopen(asked: Asked) -> Answer:
    """Open it again, for anybody to claim; an answer is owed from now on."""
    case, rules = asked.case(), asked.rules(asked.subject())
    owed = due(rules.limits, case.route, False, asked.now)
    outcome = casework.reopen(
        asked.session, case.id, asked.by, asked.now, answer_by=owed.answer_by, resolve_by=owed.resolve_by
    )
    return asked.told(outcome, "The case is open again.")


def _live(asked: Asked) -> Case:
    case = asked.case()
    asked.subject()
    if not case.live:
        raise Undone(Said(ended(asked, case)))
    return case


def ended(asked: Asked, case: Case) -> str:
    """That a case is closed, since when, and what to do about it."""
    since = f" since {asked.clock(case.closed_at)}" if case.closed_at else ""
    return f"Case {case.code} is {words.ENDED.get(case.state, case.state)}{since}. Press “Re-open” to work on it."


def _form(asked: Asked, case: Case, title: str, submit: Verb, *choices: Field) -> Form:
    note = Field("note", "Note", Style.LONG, optional=True, longest=NOTE)
    mention = asked.press.mention_id
    return Form(title, submit, (*choices, note), title, case_id=case.id, mention_id=mention, seen=case.version)
