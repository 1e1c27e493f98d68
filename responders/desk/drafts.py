"""The public answer: written, looked at as it will stand there, and approved. Nothing here sends."""

from __future__ import annotations

from models.case import Case, Draft
from models.events import EventType
from models.form import Answer, Field, Form, Said, Style
from models.length import length
from models.mask import mask_name
from models.press import Verb
from models.store import casework
from models.store.subjects import Subject
from responders.card_words import place
from responders.desk import answering, permissions, words
from responders.desk.answering import OWN
from responders.desk.asked import Asked, Undone, masked, wrong
from responders.desk.closing import ended
from responders.words import author

LONGEST = 3000
"""What a form's field takes; a draft is cut there and no platform's answer should be that long."""
WRITTEN = "The text that you wrote"


def draft(asked: Asked) -> Answer:
    """Open the draft."""
    case, subject = _answerable(asked)
    return _writing(asked, case, subject, answering.line_of(asked, case, subject))


def preview(asked: Asked) -> Answer:
    """Keep what was written and show the exact text, the account and the length."""
    case, subject = asked.locked(), asked.subject()
    text, start = asked.said("text")[:LONGEST], asked.said("start") or OWN
    if start != OWN and (begun := _begun(asked, case, subject, start, text)):
        return _writing(asked, case, subject, begun, replaces=True)
    if not text:
        raise wrong(text="Write something, or choose a text to begin with.")
    if moved := _moved(asked, case, subject):
        return Said(f"{moved} {_keep_for_later(asked, case, text)}")
    rules = asked.rules(subject)
    if fault := answering.too_long(subject.mention.channel, rules.manifest, text):
        raise wrong(text=fault)
    # One that was sent was approved for that post, so it has to be written anew for another.
    if not case.draft or case.draft.sent or case.draft.text != text or case.draft.by.id != asked.by.id:
        casework.drafted(asked.session, case.id, asked.by, text, asked.now)
    return _shown(asked, asked.case(), subject, text, replaces=True)


def approve(asked: Asked) -> Answer:
    """Look at what somebody else wrote, to send it."""
    case, subject = _answerable(asked, any_holder=True)
    if not permissions.may_approve(asked.settings.desk, asked.by):
        return Said("You may not approve answers. Who may stands in desk.approvers of the configuration.")
    if case.draft is None or case.draft.sent:
        return Said("There is no draft to approve. Press “Draft answer” to write one.")
    return _shown(asked, case, subject, case.draft.text)


def opened_platform(asked: Asked) -> Answer:
    """Somebody answers by hand; nobody knows what was written."""
    if asked.press.case_id:
        casework.note_event(asked.session, asked.press.case_id, EventType.OPENED_PLATFORM, asked.by, asked.now)
    return None


def needs_another(asked: Asked, draft: Draft | None) -> bool:
    """Whether who pressed needs somebody else's word before this draft goes out."""
    if asked.settings.desk.approval == "none" or (draft and draft.approved_by):
        return False
    wrote = draft is None or draft.by.id == asked.by.id
    return wrote or not permissions.may_approve(asked.settings.desk, asked.by)


def _answerable(asked: Asked, any_holder: bool = False) -> tuple[Case, Subject]:
    case, subject = asked.case(), asked.subject()
    if not case.live:
        raise Undone(Said(ended(asked, case)))
    if any_holder:
        may, why = answering.may_send(asked, case, subject)
        why = "" if may else f"{why}. {answering.by_hand(asked, case, subject)}"
    else:
        why = answering.against(asked, case, subject)
    if why:
        raise Undone(Said(why))
    return case, subject


def _writing(asked: Asked, case: Case, subject: Subject, text: str, replaces: bool = False) -> Form:
    starts = answering.starts(asked, case, subject)
    choices = ((OWN, "As it stands below"), *((name, called) for name, called, _ in starts))
    begin = (Field("start", "Begin with", Style.CHOICE, OWN, choices),) if starts else ()
    rules = asked.rules(subject)
    signs = f"{rules.manifest.max_length} signs at most on {place(subject.mention.channel)}."
    return Form(
        f"Answer on {place(subject.mention.channel)}",
        Verb.PREVIEW,
        (*begin, Field("text", "Answer", Style.LONG, text[:LONGEST], hint=signs, optional=True)),
        "Preview",
        (f"{author(subject.mention)} wrote:",),
        masked(subject)[:1000],
        case.id,
        subject.id,
        case.version,
        replaces,
        {"first": answering.digest(text)},
    )


def _begun(asked: Asked, case: Case, subject: Subject, start: str, text: str) -> str:
    """The reviewed text that was chosen to begin with; own words are never thrown away for it."""
    if text and answering.digest(text) != asked.said("first"):
        raise wrong(start="You have written a text too: choose “As it stands below”, or empty the answer first.")
    found = {name: words for name, _, words in answering.starts(asked, case, subject)}
    if start not in found:
        raise wrong(start="It is not there any more. Choose another.")
    return found[start]


def _shown(asked: Asked, case: Case, subject: Subject, text: str, replaces: bool = False) -> Form:
    """The exact text, and who would say it where."""
    mention, rules = subject.mention, asked.rules(subject)
    signs = f"{length(text, rules.manifest.counting)} of {rules.manifest.max_length} signs"
    intro = [f"As {rules.account} on {place(mention.channel)}, to {author(mention)}. Everybody can read it. {signs}."]
    if mask_name(text) != text:
        intro.append("It holds a phone number or an e-mail address: make sure that it is the brand's own.")
    if case.draft and case.draft.by.id != asked.by.id:
        intro.append(f"Written by {words.called(case.draft.by)}.")
    button = "Ask for approval" if needs_another(asked, case.draft) else "Send"
    kept = {"digest": answering.digest(text)}
    return Form(
        "Check and send", Verb.SEND, (), button, tuple(intro), text, case.id, subject.id, case.version, replaces, kept
    )


def _moved(asked: Asked, case: Case, subject: Subject) -> str:
    """What became of the case while the form was open; empty where it does not matter."""
    if not case.live:
        return ended(asked, case)
    return answering.against(asked, case, subject)


def _keep_for_later(asked: Asked, case: Case, text: str) -> str:
    """Nothing typed is lost, and nobody's words are written over."""
    theirs = case.draft is not None and case.draft.by.id != asked.by.id and case.draft.text != text
    if theirs or not casework.drafted(asked.session, case.id, asked.by, text, asked.now).done:
        return f"{WRITTEN}: {text}"
    return f"{WRITTEN} is kept as the case's draft."
